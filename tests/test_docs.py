"""The Python of README and docs runs, page by page, as a reader would type it.

Blocks marked `python` run; blocks marked `py` need FER-2013 and are only shown.
"""

import re
from pathlib import Path

import pytest
from matplotlib import pyplot

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
PAGES = [
    page
    for page in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]
    if "```python" in page.read_text()
]


@pytest.fixture(autouse=True)
def figures():
    """Close the figures of a page, as matplotlib warns of too many."""
    yield
    pyplot.close("all")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {}
    for block in BLOCK.findall(page.read_text()):
        exec(compile(block, str(page), "exec"), namespace)
