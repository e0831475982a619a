"""The API page lists every public name."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import fertools

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
MODULES = [
    f"fertools.{module.name}"
    for module in pkgutil.iter_modules(fertools.__path__)
    if not module.name.startswith("_") and module.name not in {"cli"}
] + ["fertools.neural.networks"]


@pytest.mark.parametrize("name", MODULES)
def test_page_lists_public_names(name):
    names = importlib.import_module(name).__all__
    short = name.removeprefix("fertools.")
    # Lines of tables of functions and classes, and the table of constants.
    listed = re.findall(rf"^   {short}\.(\w+)$|`fertools\.{short}\.(\w+)`", PAGE, re.MULTILINE)
    modules = {module.removeprefix(f"{name}.") for module in MODULES}
    assert set(names) <= {first or second for first, second in listed} | modules
    assert f"   {short}\n" in PAGE
