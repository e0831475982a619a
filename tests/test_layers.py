"""Modules import only from lower layers of the package, and without cycles."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import fertools

ROOT = Path(fertools.__file__).parent
# From the bottom up; see CONTRIBUTING.md. A package or module may import from lower layers and
# from itself.
LAYERS = (
    ("exceptions",),
    ("_utils",),
    ("annotation", "base", "persistence"),
    ("calibration", "features", "selection"),
    ("detection", "kernels", "preprocessing"),
    ("datasets", "neural"),
    ("pipeline",),
    ("recognizer",),
    ("evaluation", "inspection"),
    ("plotting", "video"),
    ("batch", "reports"),
    ("app",),
    ("cli",),
    ("__main__",),
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
FILES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


def module_name(path):
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path) for path in FILES}


def imported_modules(path):
    """Return the modules of the package that a file imports, in functions too."""
    package = list(path.relative_to(ROOT.parent).parent.parts)
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        base = package[: len(package) - node.level + 1]
        base = ".".join([*base, *((node.module or "").split(".") if node.module else [])])
        submodules = {f"{base}.{alias.name}" for alias in node.names}
        found |= (submodules & MODULES) or {base}
    return found - {"fertools"}


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_imports_only_from_lower_layers(path):
    own = module_name(path).split(".")[1]
    higher = {
        name
        for name in imported_modules(path)
        if name.split(".")[1] != own and LEVEL[name.split(".")[1]] >= LEVEL[own]
    }
    assert not higher


def test_modules_form_no_cycle():
    graph = {module_name(path): imported_modules(path) for path in FILES}
    # A package imports its files to export their names.
    graph = {name: targets for name, targets in graph.items() if name in MODULES}
    packages = {module_name(p) for p in FILES if p.name == "__init__.py"}
    for name in packages:
        graph[name] = {target for target in graph[name] if not target.startswith(f"{name}.")}
    TopologicalSorter(graph).prepare()


def test_files_are_short():
    long = {
        path.name: n
        for path in FILES
        if (n := len(path.read_text(encoding="utf-8").splitlines())) > 350
    }
    assert not long
