"""Print the lowest versions that pyproject.toml allows, as requirements for pip.

They are those of the package and of its tests, without what belongs to an extra.
"""

import re
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parent.parent / "pyproject.toml"


def lowest(requirements):
    """Return ``name==x`` for each ``name>=x,...``; requirements of extras are left out."""
    pinned = []
    for requirement in requirements:
        match = re.fullmatch(r"([\w.-]+)>=([\w.]+)(,[^;]*)?(;.*)?", requirement)
        if match:
            pinned.append(f"{match[1]}=={match[2]}")
        elif "[" not in requirement:
            raise ValueError(f"requirements must be of the form name>=version; got {requirement}.")
    return pinned


def minimum_versions(project):
    """Return the pinned requirements of the package and its tests.

    Parameters
    ----------
    project : dict
        The table ``project`` of pyproject.toml.

    Returns
    -------
    list of str
    """
    extras = project["optional-dependencies"]
    optional = {pin for name in ("neural", "plot", "app") for pin in lowest(extras[name])}
    tests = [pin for pin in lowest(extras["test"]) if pin not in optional]
    # The second backend of the networks, what only some loaders need, the tests of the page and of
    # the endpoint, and the linters.
    left_out = ("jax", "pyarrow", "httpx", "playwright", "ruff", "mypy")
    tests = [pin for pin in tests if pin.split("==")[0] not in left_out]
    return lowest(project["dependencies"]) + tests


if __name__ == "__main__":
    pins = minimum_versions(tomllib.loads(PROJECT.read_text())["project"])
    sys.stdout.write("\n".join(pins) + "\n")
