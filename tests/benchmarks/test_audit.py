"""The benchmark of the audit runs, on tiny data, and its table is made from what it writes."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "benchmarks"


def test_audit(drawn_fer2013, tmp_path, monkeypatch):
    command = [sys.executable, "-W", "error", FOLDER / "audit.py", drawn_fer2013]
    options = ["--n-jobs", "1", "--out", tmp_path]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "audit.json").read_text())
    assert result["images"] == 175 and result["findings"]["exact copies"]["groups"] == 1
    assert result["exact_across"]["PrivateTest"] == {
        "Training": 1,
        "PublicTest": 0,
        "PrivateTest": 0,
    }
    assert result["seconds"]["auditing"]["clock"] > 0

    monkeypatch.syspath_prepend(str(FOLDER))
    spec = importlib.util.spec_from_file_location("tables", FOLDER / "tables.py")
    tables = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tables)
    table = tables.audit(tmp_path)
    assert "| exact copies | 2 | 1 |" in table
    assert "| PrivateTest images with an exact copy in Training | 1 |  |" in table


def test_the_committed_figures_are_those_of_fer2013():
    result = json.loads((FOLDER / "results" / "audit.json").read_text())
    assert result["images"] == 35887 and result["one_gray_level"] == 12
    assert result["findings"]["copies of an earlier image"]["images"] == 1853
    assert result["findings"]["copies with conflicting labels"]["groups"] == 57
    assert result["exact_across"]["PrivateTest"]["Training"] == 288
    assert result["exact_across"]["PublicTest"]["Training"] == 280
    assert result["seconds"]["auditing"]["clock"] < 120
