"""Benchmark scripts as modules, run in the process of the tests."""

import importlib.util
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def load_script(monkeypatch):
    """Return a function that imports a script by name, with its helpers."""
    monkeypatch.syspath_prepend(str(FOLDER))
    # Setting the variables here makes monkeypatch remove what the scripts set.
    for name in ("TF_ENABLE_ONEDNN_OPTS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        monkeypatch.setenv(name, "1")

    def load_script(name):
        spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load_script


@pytest.fixture
def run_script(load_script, monkeypatch, capsys):
    """Return a function that runs a script with arguments and returns its output."""

    def run_script(name, *arguments):
        script = load_script(name)
        monkeypatch.setattr(sys, "argv", [name])
        capsys.readouterr()
        script.main([str(argument) for argument in arguments])
        return capsys.readouterr().out

    return run_script


@pytest.fixture
def tables(load_script):
    """Return the module that generates the tables of the pages."""
    return load_script("tables")
