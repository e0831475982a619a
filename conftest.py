"""Fixtures of all tests and doctests; tests that need a missing extra are not collected."""

import os
import sys
from importlib.util import find_spec

import pytest

# TensorFlow with oneDNN keeps the memory of networks that are no longer used.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

# See `make test-minimum`.
collect_ignore_glob = []
if find_spec("keras") is None:
    collect_ignore_glob += ["*/neural", "*/inspection", "tests/benchmarks"]
if find_spec("gradio") is None:
    collect_ignore_glob += ["*/app"]
if find_spec("matplotlib") is None:
    collect_ignore_glob += ["*/plotting", "tests/test_docs.py", "tests/docs", "tests/reports"]
if find_spec("av") is None:
    collect_ignore_glob += ["*/video", "*/*video.py", "tests/test_docs.py"]
if find_spec("zarr") is None:
    collect_ignore_glob += ["*/batch", "*/*extract.py", "tests/test_docs.py"]


@pytest.fixture(autouse=True)
def close_figures():
    """Close the figures that a test or a doctest leaves open."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
