"""Tests of the comparison and robustness of methods, on drawn faces, and the list of scripts."""

import importlib.util
import json
import re
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from fertools import reports
from fertools.datasets import make_faces
from fertools.evaluation import Comparison
from fertools.selection import FeatureSubsetSelector

FOLDER = Path(__file__).parents[2] / "benchmarks"
# Replacement of _peers_fer.py that predicts happy for all faces.
REPLACEMENT = """#!{python}
import json, sys
import numpy as np

NAMES = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
print(json.dumps({{"versions": {{"fer": "9.9"}}}}), flush=True)
for line in sys.stdin:
    call, file, runs = json.loads(line)
    assert call == "probabilities"
    scores = [[0, 0, 0, 2, 0, 0, 0]] * len(np.load(file))
    answer = {{"classes": NAMES, "scores": scores}}
    print(json.dumps({{"seconds": 0, "answer": answer}}), flush=True)
"""


@pytest.fixture(scope="module")
def script():
    """Return a function that imports a script or one of its helpers."""

    def script(name):
        spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        yield script


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="module")
def run(script, drawn_fer2013, folder):
    """Return a function that runs a script on drawn faces, with a replacement for fer."""
    peer = folder / "python"
    peer.write_text(REPLACEMENT.format(python=sys.executable))
    peer.chmod(0o755)

    def run(name, *arguments):
        arguments += ("--n-features", 300, "--n-jobs", 1, "--out", folder, "--checkpoints", folder)
        if name != "fer2013_neural":
            arguments = (drawn_fer2013, *arguments, "--peer", peer, "--unfinished")
        with redirect_stdout(StringIO()) as said:
            script(name).main(list(map(str, arguments)))
        return said.getvalue()

    return run


@pytest.fixture(scope="module")
def comparison(run, drawn_fer2013, folder):
    """Return the comparison of a run in which one of the networks is not trained."""
    run("fer2013_neural", "ann", "--data", drawn_fer2013, "--epochs", 1)
    said = run("comparison", "--methods", "svm", "ann", "conv1d", "fer", "chance")
    assert "conv1d is left out" in said and "svm: ok" in said
    return Comparison.load(folder / "comparison")


def test_methods_equal_those_of_other_scripts(comparison, folder):
    assert list(comparison.results) == ["svm", "ann", "fer", "chance"]
    assert comparison.protocol == "fer2013_published"
    table, network = comparison.table(), json.loads((folder / "neural_ann.json").read_text())
    scores = network["scores"]["PrivateTest"]
    assert table.loc["ann", "accuracy"] == scores["published"]["accuracy"]
    assert table.loc["ann", "deduplicated"] == scores["deduplicated"]["accuracy"]
    assert comparison.results["ann"].history["loss"] == network["history"]["loss"]
    assert comparison.results["ann"].best_epoch == 0
    # All classes have the same number of drawn faces.
    assert table.loc["svm", "accuracy"] > 0.8
    assert table.loc["fer", "accuracy"] == pytest.approx(1 / 7)
    np.testing.assert_array_equal(comparison.results["fer"].probabilities.sum(axis=1), 1)


def test_unknown_costs_are_missing(comparison):
    costs = comparison.table()[["fit_seconds", "peak_memory_mib", "model_bytes"]]
    unknown = costs.loc[["svm", "ann", "fer"], ["fit_seconds", "peak_memory_mib"]]
    assert unknown.isna().all(axis=None)
    assert costs.loc["chance", "fit_seconds"] < 1
    assert (costs.loc[["svm", "ann"], "model_bytes"] > 1e5).all()


def test_comparison_resumes(comparison, run, folder, script):
    before = (folder / "comparison" / "svm.json").read_text()
    tables = script("_comparison_tables")
    path = next((folder / "methods").rglob("ann.fer"))
    path.write_bytes(next((folder / "methods").rglob("svm.fer")).read_bytes())
    said = run("comparison", "--methods", "svm", "ann", "majority")
    # A changed model file with the same name is run again.
    assert said.splitlines()[:3] == ["svm: reused", "ann: fitting", "ann: measuring"]
    assert (folder / "comparison" / "svm.json").read_text() == before
    # A network whose training was cut off is in no table.
    assert set(tables.best_first(folder).results) == {"svm", "fer", "chance", "majority"}
    network = json.loads((folder / "neural_ann.json").read_text())
    (folder / "neural_ann.json").write_text(json.dumps(network | {"complete": True}))
    cases = tables.best_first(folder).results
    assert set(cases) == {"svm", "ann", "fer", "chance", "majority"}
    accuracy = [case.scores["published"]["accuracy"] for case in cases.values()]
    assert accuracy == sorted(accuracy, reverse=True)
    text = tables.comparison(folder)
    assert text.count("\n") == 2 + len(cases) + 2 and "nan" not in text
    assert re.search(r"\| `fer` \| 14.29 \|", text)
    chosen = script("_choice_tables").choice(folder)
    assert "| `fer`, the network of the package fer | 14.3 |" in chosen
    assert "| `svm`: LBP" in chosen and "nan" not in chosen
    assert "| `ann`, the most accurate of 1 networks trained here | " in chosen
    assert "all 10 pairs" in text
    tables.plot(folder, folder)
    assert (folder / tables.PLOT).stat().st_size < 60_000


def test_report_is_written_from_saved_results(comparison, run, folder, monkeypatch):
    calls = []
    monkeypatch.setattr(reports, "write_comparison_report", lambda *call: calls.append(call))
    run("comparison", "--report", folder / "page")
    [(found, out, data)] = calls
    assert comparison.results.keys() <= found.results.keys()
    assert out == folder / "page" and len(data.images) == 175


def test_networks_are_scored_from_recorded_probabilities(
    comparison, run, script, drawn_fer2013, folder
):
    options = ("--data", drawn_fer2013, "--epochs", 1, "--no-checkpoints")
    run("fer2013_neural", "three_conv", *options)
    path = folder / "neural_three_conv.json"
    network = json.loads(path.read_text())
    assert "three_conv is left out" in run("comparison", "--methods", "three_conv")
    path.write_text(json.dumps(network | {"complete": True}))
    said = run("comparison", "--methods", "three_conv", "--untimed")
    assert said == "three_conv: recorded\n"
    found = Comparison.load(folder / "comparison")
    assert found.results.keys() > comparison.results.keys()
    row, scores = found.table().loc["three_conv"], network["scores"]["PrivateTest"]
    assert row["accuracy"] == scores["published"]["accuracy"]
    assert row["deduplicated"] == scores["deduplicated"]["accuracy"]
    lesson = script("_lesson_tables")
    assert "| `three_conv`, a network | " in lesson.lesson_networks(folder)
    conclusions = lesson.lesson_conclusions(folder)
    assert "`svm` is " in conclusions and "points above `three_conv`, the most " in conclusions
    assert "`three_conv` was not measured on photos" in conclusions and "nan" not in conclusions
    assert np.isnan(row["ms_one"]) and row["model_bytes"] > 1e6


def test_paired_difference(script):
    truth = np.tile(["a", "b"], 50)
    first, second = (SimpleNamespace(truth=truth, predicted=truth.copy()) for _ in range(2))
    first.predicted[:10], second.predicted[5:35] = "c", "c"
    difference, low, high = script("_lesson_tables").paired_difference(
        first, second, np.ones(100, bool)
    )
    # 25 samples are right only in the first, 5 only in the second.
    error = 1.96 * ((0.25 + 0.05 - 0.2**2) / 100) ** 0.5
    np.testing.assert_allclose([difference, low, high], [0.2, 0.2 - error, 0.2 + error])


def test_fit_time_starts_from_the_images(script, tmp_path):
    seconds = script("comparison").fit_seconds
    assert seconds("svm", tmp_path) is None
    results = {
        "fer2013_handcrafted": {
            "seconds": {"describe_training": 100, "select": 20, "describe_ms_per_face": 3},
            "methods": {"SVM (RBF)": {"fit_seconds": 5}},
        },
        "neural_ann": {"train_seconds": 7, "n_features": 4000},
        "neural_five_conv": {"train_seconds": 8, "size": 48},
        "pretrained": {"models": {"fast": {"fit_seconds": 9}}},
    }
    for name, result in results.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(result))
    asked = ("svm", "ann", "five_conv", "fast", "accurate", "fer")
    assert [seconds(name, tmp_path) for name in asked] == [125, 127, 8, 9, None, None]


def test_first_features_equal_a_smaller_selection(script):
    random = np.random.default_rng(0)
    X, y = random.normal(size=(200, 12)), random.integers(0, 3, 200)
    X[:, :4] += y[:, None] * np.arange(4)
    many, few = (FeatureSubsetSelector("mrmr", n_features_to_select=n).fit(X, y) for n in (8, 3))
    got = script("_methods").first_features(many, 3)
    np.testing.assert_array_equal(got.get_support(), few.get_support())
    assert many.get_support().sum() == 8


def test_robustness_resumes(comparison, run, folder, script):
    asked = ("--methods", "svm", "fer", "detector", "--images", 21)
    run("robustness", *asked)
    path, tables = folder / "robustness.json", script("_robustness_tables")
    first = json.loads(path.read_text())
    for method in first["methods"].values():
        assert method["images"] == 21
        for name, levels in first["levels"].items():
            assert len(method[name]) == len(levels)
    svm, fer = first["methods"]["svm"], first["methods"]["fer"]
    assert svm["undistorted"] > 0.8 > svm["occlusion"][-1]
    # Each class has 3 images.
    assert {fer["undistorted"], *fer["blur"]} == {3 / 21}
    del svm["blur"]
    path.write_text(json.dumps(first))
    assert len(tables.by_accuracy(first, folder)) == 2
    assert run("robustness", *asked) == "svm: blur\n"
    again = json.loads(path.read_text())
    text = tables.robustness(folder)
    assert text.count("\n") == 2 + 3 + 2 and "| face detected |" in text
    tables.plot(folder, folder)
    assert {path.stem for path in folder.glob("robustness_*.svg")} == {
        f"robustness_{name}" for name in (*again["levels"], "detector")
    }


def test_methods_classify_the_same_photos_of_other_sources(
    comparison, script, drawn_fer2013, folder, tmp_path
):
    for label, photo in [("happy", astronaut()), ("sad", astronaut()[..., ::-1])]:
        (tmp_path / "photos" / label).mkdir(parents=True)
        Image.fromarray(photo).save(tmp_path / "photos" / label / "1.png")
    arguments = (tmp_path / "photos", "--data", drawn_fer2013, "--peer", folder / "python")
    arguments += ("--n-features", 300, "--n-jobs", 1, "--out", tmp_path, "--checkpoints", folder)

    def run(*more):
        with redirect_stdout(StringIO()) as said:
            script("across").main([str(argument) for argument in (*arguments, *more)])
        return said.getvalue()

    said = run("--models", "fast", "--methods", "ann", "fer")
    assert "ann is left out: there is no result of fer2013_neural.py ann." in said
    run("--models", "--methods", "ann", "svm", "--unfinished")
    photos = json.loads((tmp_path / "across.json").read_text())["datasets"]["photos"]
    assert set(photos["models"]) == {"fast"} and set(photos["methods"]) == {"ann", "fer", "svm"}
    for scores in photos["methods"]["fer"]["variants"].values():
        # The replacement of fer predicts happy, which is right for one of two photos.
        assert scores["found"] == 1 and scores["refined crops"]["accuracy"] == 0.5
    # The SVM has no probabilities, which the priors change.
    assert "refined crops and priors" not in photos["methods"]["svm"]["variants"]["wide search"]
    text = script("_across_tables").across_methods(tmp_path)
    assert all(f"| `{name}` | " in text for name in ("ann", "fer", "svm", "fast"))


def test_distortions(script):
    robustness = script("robustness")
    faces = make_faces(40, random_state=0).images
    for share in (0, 0.1, 0.5):
        covered = robustness.occlude(faces, share)
        for image, result in zip(faces, covered, strict=True):
            # Some pixels under the rectangle already have the mean gray level.
            is_mean = result == int(image.mean())
            assert (result != image).mean() <= share + 0.03 and is_mean.mean() >= share - 0.03
            assert (is_mean | (result == image)).all()
    gray = np.full((10, 48, 48), 128, np.uint8)
    noise = robustness.add_noise(gray, 20).astype(float) - 128
    assert noise.std() == pytest.approx(20, rel=0.02) and abs(noise.mean()) < 0.5
    np.testing.assert_array_equal(robustness.add_noise(faces, 0), faces)
    np.testing.assert_array_equal(robustness.blur(gray, 2.0), gray)
    edge = np.zeros((1, 48, 48), np.uint8)
    edge[:, :, 24:] = 255
    # The derivative of a blurred edge is the Gaussian.
    slope = np.diff(robustness.blur(edge, 3.0)[0, 24].astype(float)) / 255
    middle = (slope * np.arange(47)).sum()
    assert (slope * (np.arange(47) - middle) ** 2).sum() == pytest.approx(9, rel=0.03)


def test_every_script_and_table_is_listed(script):
    text = (FOLDER / "README.md").read_text()
    listed = set(re.findall(r"^\| `(\w+\.py)` \|", text, re.MULTILINE))
    scripts = {path.name for path in FOLDER.glob("[!_]*.py")} - {"tables.py"}
    assert listed == scripts and "benchmarks/tables.py" in text
    # The fourth column lists the tables.
    columns = (line.split("|")[4] for line in text.splitlines() if line.startswith("| `"))
    named = {name for column in columns for name in re.findall(r"`(\w+)`", column)}
    assert named == script("tables").TABLES.keys()
