"""Fixtures of all tests and doctests, and what is left out where an extra is not installed."""

import sys
from importlib.util import find_spec

import pytest

# See `make test-minimum`.
collect_ignore_glob = []
if find_spec("keras") is None:
    collect_ignore_glob += ["*/neural", "*/inspection", "tests/test_benchmark*.py"]
if find_spec("matplotlib") is None:
    collect_ignore_glob += ["*/plotting", "tests/test_docs.py", "tests/evaluation/test_report.py"]


@pytest.fixture(autouse=True)
def close_figures():
    """Close the figures that a test or a doctest leaves open, so that the next one has none."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
