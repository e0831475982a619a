"""Benchmark of SVM probabilities, on drawn faces."""

import json
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "benchmarks"


def test_svm_probabilities_resumes(run_script, drawn_fer2013, tables, tmp_path):
    arguments = (drawn_fer2013, "--images", 70, "--n-features", 60, "--out", tmp_path)
    run_script("svm_probabilities", *arguments, "--draws", 1)
    first = json.loads((tmp_path / "svm_probabilities.json").read_text())["rows"]["70"]["0"]
    assert len(first["scores"]) == 6
    for scores in first["scores"].values():
        assert 0 < scores["log_loss"] < 3 and 0 < scores["ece"] < 1
        assert 0 < scores["auroc"] < 1 and scores["accuracy"] > 0.2
    assert all(seconds > 0 for seconds in first["gram_svc_fit_cpu_seconds"].values())
    printed = run_script("svm_probabilities", *arguments, "--draws", 2)
    rows = json.loads((tmp_path / "svm_probabilities.json").read_text())["rows"]["70"]
    assert list(rows) == ["0", "1"] and rows["0"] == first
    assert "70 1 random forest" in printed and "70 0" not in printed
    table = tables.TABLES["svm_probabilities"](tmp_path)
    assert "SVM, probability=True, 70 images" in table and "70 images | 2 |" in table
