"""Benchmark of the audit, on drawn faces, and its table."""

import json
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "benchmarks"


def test_audit(run_script, tables, drawn_fer2013, tmp_path):
    run_script("audit", drawn_fer2013, "--n-jobs", 1, "--out", tmp_path)
    result = json.loads((tmp_path / "audit.json").read_text())
    assert result["images"] == 175 and result["findings"]["exact duplicates"]["groups"] == 1
    assert result["exact_across"]["PrivateTest"] == {
        "Training": 1,
        "PublicTest": 0,
        "PrivateTest": 0,
    }
    assert result["seconds"]["auditing"]["clock"] > 0

    table = tables.audit(tmp_path)
    assert "| exact duplicates | 2 | 1 |" in table
    assert "| PrivateTest images with an exact duplicate in Training | 1 |  |" in table


def test_committed_counts_of_fer2013():
    result = json.loads((FOLDER / "results" / "audit.json").read_text())
    assert result["images"] == 35887 and result["one_gray_level"] == 12
    assert result["findings"]["duplicates of an earlier image"]["images"] == 1853
    assert result["findings"]["duplicates with conflicting labels"]["groups"] == 57
    assert result["exact_across"]["PrivateTest"]["Training"] == 288
    assert result["exact_across"]["PublicTest"]["Training"] == 280
    assert result["seconds"]["auditing"]["clock"] < 120
