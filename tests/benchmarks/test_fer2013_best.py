"""The benchmark of the best machine, on drawn faces."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from fertools.datasets import load_fer2013

FOLDER = Path(__file__).parents[2] / "benchmarks"
SCRIPT = FOLDER / "fer2013_best.py"
CASES = ["kernel ridge", "one view", "LBP alone", "local support vectors"]
MEAN = "mean of three machines"


@pytest.fixture
def best(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    spec = importlib.util.spec_from_file_location("fer2013_best", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_calibrated_scores_are_those_of_one_temperature(best):
    random = np.random.default_rng(0)
    decisions = random.normal(size=(400, 2))
    labels = np.where(random.random(400) < 1 / (1 + np.exp(3 * np.diff(decisions)[:, 0])), "a", "b")
    other = random.normal(size=(5, 2))
    got = best.calibrated({"PublicTest": decisions, "x": other}, labels, np.array(["a", "b"]))
    # For two classes, one temperature is logistic regression on the difference, without intercept.
    oracle = LogisticRegression(C=1e12, fit_intercept=False)
    oracle.fit(np.diff(decisions), labels)
    np.testing.assert_allclose(got["x"], oracle.predict_proba(np.diff(other)), atol=1e-4)


def test_views_are_the_image_then_its_shifts(best, drawn_fer2013, tmp_path):
    described = best.Described(load_fer2013(drawn_fer2013), tmp_path, 1)
    rows = described.rows({"LBP": 1}, "PublicTest")
    views = described.views({"LBP": 1}, "PublicTest", 1)
    assert views.shape == (5, *rows.shape)
    np.testing.assert_allclose(views[0], rows, atol=1e-4)
    assert all(np.abs(view - rows).max() > 0.1 for view in views[1:])


def run(data, folder, *arguments):
    command = [
        sys.executable,
        "-W",
        "error",
        SCRIPT,
        data,
        "--out",
        folder,
        "--checkpoints",
        folder,
    ]
    command += ["--n-jobs", "1", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads((folder / "fer2013_best.json").read_text())


def test_cases_and_the_final_run_resume(drawn_fer2013, tmp_path):
    _, first = run(drawn_fer2013, tmp_path, "--cases", *CASES, MEAN)
    assert list(first["cases"]) == [*CASES, MEAN]
    for case in first["cases"].values():
        # PrivateTest is for the end.
        assert list(case["scores"]) == ["PublicTest"]
        assert case["scores"]["PublicTest"]["published"]["accuracy"] > 0.5
        assert case["machine_ms_per_face"] > 0
    assert set(first["descriptors"]) >= {"LBP", "HOG, 6 pixels"}
    said, again = run(drawn_fer2013, tmp_path, "--cases", *CASES, MEAN)
    assert said == "" and again == first
    said, final = run(drawn_fer2013, tmp_path, "--final")
    assert final["seconds"] > first["seconds"] > 0
    assert said.startswith("best ") and list(final["cases"])[:-1] == list(first["cases"])
    scores = final["cases"]["best"]["scores"]
    assert list(scores) == ["PublicTest", "PrivateTest"]
    assert scores["PrivateTest"]["published"]["n"] == 35
    assert scores["PrivateTest"]["deduplicated"]["n"] == 34


def test_cases_that_differ_in_their_shifts_alone_are_one_machine(drawn_fer2013, tmp_path):
    names = ["support vectors, shifted views", "one view"]
    # In whatever order they are asked for.
    _, result = run(drawn_fer2013, tmp_path, "--cases", *names[::-1])
    shifted, single = (result["cases"][name] for name in names)
    for cost in ("fit_seconds", "machine_ms_per_face"):
        assert shifted[cost] == single[cost]
    assert [case["parameters"]["shifts"] for case in (shifted, single)] == [1, 0]
    files = [
        next(tmp_path.rglob(f"{name}_decisions.npz")) for name in ("*shifted_views", "one_view")
    ]
    shifted, single = (np.load(file)["PublicTest"] for file in files)
    assert shifted.shape == single.shape and np.abs(shifted - single).max() > 1e-3
