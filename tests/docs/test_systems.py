"""The table of systems gives the parameters of the networks that the page builds."""

import re
from pathlib import Path

import pytest

from fertools.neural.networks import NETWORKS

PAGE = (Path(__file__).parents[2] / "docs" / "systems.md").read_text()
ROW = re.compile(r"^\| \[([A-L]), [^]]+\]\(#([\w-]+)\) \| `(\w+)` \| ([\d,]*) \|", re.MULTILINE)


def anchor(heading):
    """Return the anchor of a heading, as MyST names it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_table_lists_every_system_and_network():
    rows = ROW.findall(PAGE)
    assert "".join(sorted({letter for letter, *_ in rows})) == "ABCDEFGHIJKL"
    assert {name for *_, name, _ in rows} == {*NETWORKS, "svm", "rf", "knn"}
    sections = {anchor(heading) for heading in re.findall(r"^## (.*)$", PAGE, re.MULTILINE)}
    assert {section for _, section, *_ in rows} == sections


def test_page_prints_the_parameters_of_the_table():
    outputs = "\n".join(re.findall(r"^```text\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE))
    printed = set(re.findall(r"\d[\d,]+", outputs))
    for _, _, name, parameters in ROW.findall(PAGE):
        # The page builds small_vgg_elu with the five classes of its report.
        if parameters and name != "small_vgg_elu":
            assert parameters in printed


@pytest.mark.parametrize("letter", "ABCDEFGHIJKL")
def test_each_section_has_an_example(letter):
    _, _, rest = PAGE.partition(f"\n## {letter}. ")
    assert "```python" in rest.partition("\n## ")[0]
