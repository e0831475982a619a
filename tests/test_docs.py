"""The Python of README and docs runs, page by page, as a reader would type it.

Blocks marked `python` run; blocks marked `py` need FER-2013 and are only shown. A block marked
`text` directly below a block marked `python` is its output. Decimals may differ by 0.05, as other
versions of the libraries compute other scores.
"""

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from matplotlib import pyplot

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"^```python\n(.*?)^```(?:\n\n```text\n(.*?)^```)?", re.DOTALL | re.MULTILINE)
WORD = re.compile(r"\d[\d,]*(?:\.\d+)?|[^\W\d]+|[^\w\s]")
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


def is_same_text(shown, printed):
    """Compare words and numbers, the latter with a tolerance if they have decimals."""
    shown, printed = WORD.findall(shown), WORD.findall(printed)
    return len(shown) == len(printed) and all(
        abs(float(first) - float(second)) <= 0.05
        if re.fullmatch(r"\d+\.\d+", first) and re.fullmatch(r"\d+\.\d+", second)
        else first == second
        for first, second in zip(shown, printed, strict=True)
    )


def test_comparison_of_outputs():
    assert is_same_text("svm:  0.91\n(48, 48)\n", "svm: 0.93\n(48, 48)")
    assert not is_same_text("svm: 0.91", "svm: 0.81")
    assert not is_same_text("2,787,015", "2,787,016")
    assert not is_same_text("happy", "sad")
    assert not is_same_text("a b", "a")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {}
    for block, output in BLOCK.findall(page.read_text()):
        with redirect_stdout(StringIO()) as printed:
            exec(compile(block, str(page), "exec"), namespace)
        if output:
            assert is_same_text(output, printed.getvalue()), printed.getvalue()


def test_no_text_is_hidden_as_a_comment():
    """Sphinx hides lines of Markdown that begin with a percent sign."""
    code = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
    for page in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]:
        assert not re.search(r"^\s*%", code.sub("", page.read_text()), re.MULTILINE), page
