"""The page on citing agrees with CITATION.cff."""

from pathlib import Path

import pytest
import yaml

import fertools

ROOT = Path(__file__).parents[2]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text())
PAGE = (ROOT / "docs" / "citing.md").read_text()


@pytest.mark.parametrize("key", ["title", "version", "license"])
def test_reference_contains_the_fields_of_the_file(key):
    assert f"{{{CITATION[key]}}}" in PAGE


def test_version_is_that_of_the_package():
    assert CITATION["version"] == fertools.__version__
