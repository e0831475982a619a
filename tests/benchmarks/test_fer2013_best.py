"""Benchmark of the best hand-crafted classifier, on drawn faces."""

import json

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from fertools.datasets import load_fer2013

CASES = ["kernel ridge", "one view", "LBP alone", "local support vectors"]
MEAN = "mean of three classifiers"


@pytest.fixture
def best(load_script):
    return load_script("fer2013_best")


def test_calibration_fits_one_temperature(best):
    random = np.random.default_rng(0)
    decisions = random.normal(size=(400, 2))
    labels = np.where(random.random(400) < 1 / (1 + np.exp(3 * np.diff(decisions)[:, 0])), "a", "b")
    other = random.normal(size=(5, 2))
    got = best.calibrated({"PublicTest": decisions, "x": other}, labels, np.array(["a", "b"]))
    # For two classes, one temperature is logistic regression on the difference, without intercept.
    oracle = LogisticRegression(C=1e12, fit_intercept=False)
    oracle.fit(np.diff(decisions), labels)
    np.testing.assert_allclose(got["x"], oracle.predict_proba(np.diff(other)), atol=1e-4)


def test_first_view_is_the_unshifted_image(best, drawn_fer2013, tmp_path):
    described = best.Described(load_fer2013(drawn_fer2013), tmp_path, 1)
    unshifted = described.features({"LBP": 1}, "PublicTest")
    views = described.views({"LBP": 1}, "PublicTest", 1)
    assert views.shape == (5, *unshifted.shape)
    np.testing.assert_allclose(views[0], unshifted, atol=1e-4)
    assert all(np.abs(view - unshifted).max() > 0.1 for view in views[1:])


@pytest.fixture
def run(run_script, drawn_fer2013, tmp_path):
    def run(*arguments):
        folders = ("--out", tmp_path, "--checkpoints", tmp_path)
        said = run_script("fer2013_best", drawn_fer2013, *folders, "--n-jobs", 1, *arguments)
        return said, json.loads((tmp_path / "fer2013_best.json").read_text())

    return run


def test_completed_cases_are_not_repeated(run):
    _, first = run("--cases", *CASES, MEAN)
    assert list(first["cases"]) == [*CASES, MEAN]
    for case in first["cases"].values():
        # Only --final scores PrivateTest.
        assert list(case["scores"]) == ["PublicTest"]
        assert case["scores"]["PublicTest"]["published"]["accuracy"] > 0.5
        assert case["classifier_ms_per_face"] > 0
    assert set(first["descriptors"]) >= {"LBP", "HOG, 6 pixels"}
    said, again = run("--cases", *CASES, MEAN)
    assert said == "" and again == first
    said, final = run("--final")
    assert final["seconds"] > first["seconds"] > 0
    assert said.startswith("best ") and list(final["cases"])[:-1] == list(first["cases"])
    scores = final["cases"]["best"]["scores"]
    assert list(scores) == ["PublicTest", "PrivateTest"]
    assert scores["PrivateTest"]["published"]["n"] == 35
    assert scores["PrivateTest"]["deduplicated"]["n"] == 34


def test_cases_that_differ_only_in_shifts_share_one_classifier(run, tmp_path):
    names = ["support vectors, shifted views", "one view"]
    # The order of the arguments does not matter.
    _, result = run("--cases", *names[::-1])
    shifted, single = (result["cases"][name] for name in names)
    for cost in ("fit_seconds", "classifier_ms_per_face"):
        assert shifted[cost] == single[cost]
    assert [case["parameters"]["shifts"] for case in (shifted, single)] == [1, 0]
    files = [
        next(tmp_path.rglob(f"{name}_decisions.npz")) for name in ("*shifted_views", "one_view")
    ]
    shifted, single = (np.load(file)["PublicTest"] for file in files)
    assert shifted.shape == single.shape and np.abs(shifted - single).max() > 1e-3


class _Interrupted:
    """Model that returns the first pixels, and fails once after a number of chunks."""

    odd_ = np.zeros(2, dtype=bool)

    def __init__(self, n_chunks):
        self.n_left, self.n_calls = n_chunks, 0

    def set_params(self, n_jobs):
        return self

    def transform(self, images):
        if self.n_left == 0:
            self.n_left = 10
            raise KeyboardInterrupt
        self.n_left, self.n_calls = self.n_left - 1, self.n_calls + 1
        return images[:, 0, :2].astype(np.float32)


def test_interrupted_features_are_continued(load_script, tmp_path, monkeypatch):
    script = load_script("_best_features")
    monkeypatch.setattr(script, "CHUNK", 10)
    images = np.random.default_rng(0).integers(0, 256, (35, 4, 4)).astype(np.uint8)
    model, path = _Interrupted(2), tmp_path / "features.npy"
    with pytest.raises(KeyboardInterrupt):
        script.transform_into(path, model, images)
    features = script.transform_into(path, model, images)
    np.testing.assert_array_equal(features, images[:, 0, :2])
    # Four chunks in both calls together.
    assert model.n_calls == 4 and not path.with_suffix(".done").exists()


def test_views_of_another_split_are_not_continued(load_script, tmp_path, monkeypatch):
    script = load_script("_best_features")
    monkeypatch.setattr(script, "CHUNK", 10)
    monkeypatch.setattr(script, "load", lambda path: model)
    splits = np.random.default_rng(0).integers(0, 256, (2, 7, 4, 4)).astype(np.uint8)
    model = _Interrupted(2)
    with pytest.raises(KeyboardInterrupt):
        script.described_views("LBP", splits[0], "PrivateTest", 1, tmp_path, 1)
    views = script.described_views("LBP", splits[1], "PublicTest", 1, tmp_path, 1)
    expected = script.image_views(splits[1], False, 1)[1:, :, 0, :2]
    np.testing.assert_array_equal(views, expected)


def test_leave_one_out_accuracy_is_recorded(best, drawn_fer2013, tmp_path):
    data = load_fer2013(drawn_fer2013)
    described = best.Described(data, tmp_path, 1)
    settings = {"weights": {"LBP": 1.0}, "mirrored": True, "classifier": "kernel ridge, alpha 0.1"}
    model, costs = best.trained(described, data.labels, **settings)
    training = data.usage == "Training"
    left_out = model.classes_[model.loo_decisions_.argmax(axis=1)] == data.labels[training]
    assert costs["leave_one_out"] == left_out[described.unseen[training]].mean()
    assert 0.5 < costs["leave_one_out"] <= 1
