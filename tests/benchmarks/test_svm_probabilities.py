"""The benchmark of SVM probabilities, on drawn faces."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def tables(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    spec = importlib.util.spec_from_file_location("tables", FOLDER / "tables.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(*arguments):
    command = [sys.executable, "-W", "error", FOLDER / "svm_probabilities.py"]
    done = subprocess.run(
        [*command, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_svm_probabilities_resumes(drawn_fer2013, tables, tmp_path):
    arguments = (drawn_fer2013, "--images", 70, "--n-features", 60, "--out", tmp_path)
    run(*arguments, "--draws", 1)
    first = json.loads((tmp_path / "svm_probabilities.json").read_text())["rows"]["70"]["0"]
    assert len(first["scores"]) == 6
    for scores in first["scores"].values():
        assert 0 < scores["log_loss"] < 3 and 0 < scores["ece"] < 1
        assert 0 < scores["auroc"] < 1 and scores["accuracy"] > 0.2
    assert all(seconds > 0 for seconds in first["gram_svc_fit_cpu_seconds"].values())
    printed = run(*arguments, "--draws", 2)
    rows = json.loads((tmp_path / "svm_probabilities.json").read_text())["rows"]["70"]
    assert list(rows) == ["0", "1"] and rows["0"] == first
    assert "70 1 random forest" in printed and "70 0" not in printed
    table = tables.TABLES["svm_probabilities"](tmp_path)
    assert "SVM, probability=True, 70 images" in table and "70 images | 2 |" in table
