"""The examples of the gallery have titles and pages without addresses of objects."""

import ast
import re
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[2] / "docs" / "examples").glob("plot_*.py"))
# The gallery shows the value of the last expression of a block. Functions that return None, and
# functions that return tables or text:
NOTHING = {"set_axis_off", "show", "tight_layout"}
SHOWN = {"print", "recognize", "to_frame", "round", "table", "pairs", "by_region"}


def blocks(text):
    """Return the code of each block."""
    return re.split(r"^# %%.*$", text, flags=re.MULTILINE)


def called_name(node):
    """Return the name of the function of a call, or None."""
    if not isinstance(node, ast.Call):
        return None
    return node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_title_is_underlined_and_followed_by_a_description(path):
    _, title, line, empty, description, *_ = path.read_text().split("\n")
    assert title and line == "=" * len(title) and not empty
    assert description[0].isupper()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_no_block_ends_with_an_object_that_has_no_text(path):
    for block in blocks(path.read_text()):
        last = ast.parse(block).body[-1:]
        if last and isinstance(last[0], ast.Expr) and not isinstance(last[0].value, ast.Constant):
            assert called_name(last[0].value) in SHOWN | NOTHING


def test_titles_are_unique():
    titles = [path.read_text().split("\n")[1] for path in EXAMPLES]
    assert len(set(titles)) == len(titles) >= 13
