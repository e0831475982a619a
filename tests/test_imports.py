"""`import fertools` is fast and imports no heavy dependency."""

import importlib
import json
import pkgutil
import subprocess
import sys

import pytest

import fertools

# Imported where they are used.
LATE = (
    *("tensorflow", "keras", "gradio", "dask", "matplotlib"),
    *("sklearn", "pandas", "cv2", "numpy"),
)
# Dependencies of the extras.
OPTIONAL = (
    *("tensorflow", "keras", "gradio", "fastapi", "uvicorn"),
    *("dask", "matplotlib", "zarr", "pyarrow"),
)


def public_modules():
    """Return the names of the public modules of the package."""
    names = [info.name for info in pkgutil.walk_packages(fertools.__path__, "fertools.")]
    return [name for name in names if not any(part[0] == "_" for part in name.split("."))]


def run(code):
    """Run code in a new interpreter and return its JSON output."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_import_is_fast():
    code = (
        "import json, time; start = time.perf_counter(); import fertools; "
        "print(json.dumps(time.perf_counter() - start))"
    )
    assert min(run(code) for _ in range(5)) < 0.3


@pytest.mark.parametrize("statement", ["import fertools", "import fertools.cli"])
def test_import_loads_nothing_heavy(statement):
    loaded = run(f"{statement}; import json, sys; print(json.dumps(list(sys.modules)))")
    assert not set(loaded) & set(LATE)


def test_submodules_are_attributes_of_the_package():
    assert set(public_modules()) >= {f"fertools.{name}" for name in fertools._SUBMODULES}
    for name in fertools._SUBMODULES:
        assert getattr(fertools, name).__name__ == f"fertools.{name}"
    assert set(fertools.__all__) <= set(dir(fertools))
    with pytest.raises(AttributeError, match="'fertools' has no attribute 'nothing'"):
        _ = fertools.nothing


@pytest.mark.parametrize("name", fertools._NAMES)
def test_names_are_those_of_the_submodules(name):
    module = importlib.import_module(f"fertools.{fertools._NAMES[name]}")
    assert getattr(fertools, name) is getattr(module, name)
    assert name in module.__all__
    assert name in dir(fertools)


def test_star_import_has_every_name():
    names = run(
        "from fertools import *; import json; print(json.dumps([n for n in dir() if n != 'json']))"
    )
    assert set(fertools.__all__) <= set(names)


def test_public_modules_import_without_the_extras():
    # None in sys.modules makes `import name` raise an ImportError.
    code = (
        "import importlib, json, sys\n"
        f"sys.modules.update(dict.fromkeys({OPTIONAL!r}))\n"
        f"for name in {public_modules()!r}:\n"
        "    module = importlib.import_module(name)\n"
        "    for public in getattr(module, '__all__', ()):\n"
        "        getattr(module, public)\n"
        "print(json.dumps('imported'))\n"
    )
    assert run(code) == "imported"
