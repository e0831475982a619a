"""`fertools benchmark`: what its names stand for, and that it goes on where it was stopped."""

import json
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fertools import reports
from fertools.cli import main
from fertools.cli._benchmark import _protocol_of
from fertools.cli._methods import make_method, read_methods
from fertools.datasets import make_faces
from fertools.evaluation import Comparison
from fertools.neural.networks import NETWORKS, recipe_of

QUICK = "quick: {method: knn, features: dct, n_features: 40, calibrated: false}\n"
# Hours, if nobody stops it.
ENDLESS = "endless: {method: rf, features: dct, n_features: 40, n_estimators: 1000000}\n"


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    pytest.importorskip("matplotlib")
    """Return a folder with 70 drawn faces, a folder for each class."""
    folder, drawn = tmp_path_factory.mktemp("data") / "faces", make_faces(70, random_state=4)
    for row, (image, label) in enumerate(zip(drawn.images, drawn.labels, strict=True)):
        (folder / label).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / label / f"{row}.png")
    return folder


@pytest.fixture
def no_page(monkeypatch):
    """Leave out what takes most of the time."""
    monkeypatch.setattr(
        reports, "write_comparison_report", lambda comparison, folder, data: folder / "index.html"
    )


def run(capsys, *args):
    """Run the command; return its exit code, standard output and standard error."""
    with pytest.raises(SystemExit) as exit_:
        main(["benchmark", *map(str, args)])
    return exit_.value.code or 0, *capsys.readouterr()


def estimator_of(method, parameters=(), epochs=None):
    return make_method(method, dict(parameters), epochs=epochs, jobs=3, seed=5)


def times(folder):
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("cases/*.npz")}


@pytest.mark.parametrize("name", ["svm", "rf", "knn"])
def test_classifiers_are_those_of_train(name):
    pipeline = estimator_of(name)
    classifier = pipeline["classify"].estimator
    assert pipeline["features"].n_jobs == classifier.n_jobs == 3
    assert classifier.get_params().get("random_state", 5) == 5
    assert pipeline["select"].n_features_to_select == 0.2


@pytest.mark.parametrize("name", NETWORKS)
def test_networks(name):
    estimator = estimator_of(name, epochs=2)
    network = estimator[-1] if name in ("ann", "conv1d") else estimator
    assert (network.network, network.epochs, network.random_state) == (name, 2, 5)
    if network is estimator:
        assert (network.augmenter is not None) == recipe_of(name).augmentation


def test_recipes_and_levels_to_be_above():
    for name, n_words in (("fast", 200), ("accurate", 800)):
        parameters = estimator_of(name).get_params()
        assert parameters["classify__transformer__transformer__n_words"] == n_words
        assert parameters["classify__estimator__random_state"] == 5
    images, labels = np.zeros((9, 4)), ["sad"] * 6 + ["happy"] * 3
    majority = estimator_of("majority").fit(images, labels)
    chance = estimator_of("chance").fit(images, labels)
    assert majority.predict_proba(images[:1]).tolist() == [[1 / 3, 2 / 3]]
    assert chance.predict_proba(images[:1]).tolist() == [[0.5, 0.5]]
    assert set(majority.predict(images)) == {"sad"}


def test_a_file_says_parameters_of_the_pipeline_and_of_the_classifier(tmp_path):
    path = tmp_path / "methods.yaml"
    path.write_text(
        "knn:\n"
        "linear: {method: svm, features: [lbp, dct], kernel: linear, calibrated: false}\n"
        "another seed: {method: rf, random_state: 7, n_estimators: 20}\n"
        "wide: {method: ann, epochs: 9, network_options: {hidden: [300]}, illumination: clahe}\n"
        "large: {method: vgg16, weights: none, size: 64, augment: false}\n"
    )
    made = {}
    for name, (method, parameters) in read_methods(str(path)).items():
        made[name] = estimator_of(method, parameters, epochs=2)
    assert list(made) == ["knn", "linear", "another seed", "wide", "large"]
    assert made["linear"]["classify"].kernel == "linear"
    assert [name for name, _ in made["linear"]["features"].descriptors][:2] == ["lbp", "dct"]
    forest = made["another seed"]["classify"].estimator
    assert (forest.random_state, forest.n_estimators, forest.n_jobs) == (7, 20, 3)
    assert made["wide"]["classify"].epochs == 9
    assert made["wide"]["classify"].network_options == {"hidden": [300]}
    assert made["wide"]["illumination"] != "passthrough"
    assert made["large"].network_options == {"weights": None, "frozen": None, "size": 64}
    assert made["large"].augmenter is None


def test_the_file_of_the_guide(tmp_path):
    guide = Path(__file__).parent.parent / "docs" / "guide" / "cli.md"
    path = tmp_path / "methods.yaml"
    path.write_text(guide.read_text().split("```yaml\n")[1].split("```")[0])
    made = [estimator_of(*method) for method in read_methods(str(path)).values()]
    assert len(made) == 4 and made[-1].epochs == 60


@pytest.mark.parametrize(
    ("keys", "protocol"),
    [
        ({"usage": ["Training", "PublicTest", "PrivateTest"]}, "fer2013_published"),
        ({"usage": ["Training", "Test"]}, "image_folder"),
        ({"groups": [f"S{n}" for n in range(10)]}, "ckplus_person_independent"),
        ({"groups": ["S1", "S2"] * 9}, "image_folder"),
        ({}, "image_folder"),
    ],
)
def test_protocol_by_the_data(keys, protocol):
    assert _protocol_of({key: np.array(values) for key, values in keys.items()}) == protocol


def test_the_page_and_the_table(faces, tmp_path, capsys):
    options = [faces, "--methods", "majority,chance", "--out", tmp_path / "out"]
    code, out, err = run(capsys, *options)
    assert code == 0 and "Protocol image_folder: the splits that" in err
    for words in ("majority", "chance", "14.29%", "macro-F1"):
        assert words in out
    for name in ("index.html", "comparison.md", "scores.json"):
        assert (tmp_path / "out" / name).stat().st_size


def test_a_second_run_fits_nothing(faces, no_page, tmp_path, capsys):
    options = [faces, "--methods", "majority,chance", "--out", tmp_path / "out"]
    assert run(capsys, *options)[0] == 0
    first = times(tmp_path / "out")
    code, out, err = run(capsys, *options, "--format", "json")
    assert code == 0 and times(tmp_path / "out") == first and len(first) == 2
    assert "Finished before: majority, chance." in err
    told = json.loads(out)
    assert told["protocol"] == "image_folder" and len(told["pairs"]) == 1
    assert told["methods"]["majority"]["accuracy"] == pytest.approx(1 / 7)
    assert told["methods"]["majority"]["log_loss"] == pytest.approx(np.log(7))
    code, _, err = run(capsys, *options, "--seed", 1, "--quiet")
    assert code == 0 and err == "" and set(times(tmp_path / "out").values()).isdisjoint(first)


def test_a_method_that_fails_is_a_row_with_a_reason(faces, no_page, tmp_path, capsys):
    path = tmp_path / "methods.yml"
    path.write_text("majority:\n'greedy [bold]': {method: knn, features: dct, n_features: 9999}\n")
    options = [faces, "--methods", path, "--out", tmp_path / "out", "--quiet"]
    code, _, err = run(capsys, *options)
    assert code == 2 and "'greedy [bold]'" in err
    path.write_text(path.read_text().replace(" [bold]", ""))
    code, out, err = run(capsys, *options)
    assert code == 1 and "14.29%" in out and "failed" in out
    assert err.startswith("greedy failed: ValueError: n_features_to_select must be at most")
    code, out, _ = run(capsys, *options, "--format", "json")
    row = json.loads(out)["methods"]["greedy"]
    assert code == 1 and row["accuracy"] is None and "9999" in row["reason"]


def test_epochs_of_a_network_on_published_splits(drawn_fer2013, no_page, tmp_path, capsys):
    pytest.importorskip("keras")
    path, folder = tmp_path / "methods.yaml", tmp_path / "out"
    path.write_text("ann: {features: dct, n_features: 40}\n")
    code, _, err = run(capsys, drawn_fer2013, "--methods", path, "--epochs", 2, "--out", folder)
    assert code == 0 and "Protocol fer2013_published: " in err
    [case] = Comparison.load(folder / "cases").cases.values()
    assert len(case.history["val_accuracy"]) == 2 and len(case.row) == 35


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--methods sift", "sift: --methods must be of svm, rf, knn, fast, accurate, ann, conv1d"),
        ("--methods svm,", "got ''"),
        ("--methods no.yaml", "no.yaml"),
        ("--methods list.yaml", "list.yaml: must give each name its parameters"),
        ("--methods broken.yaml", "broken.yaml: not a YAML file"),
        ("--methods key.yaml", "linear: svm takes C, balance, break_ties"),
        ("--methods key.yaml", "got 'kernal'"),
        ("--methods value.yaml", "mine: selector must be one of 'mrmr'"),
        ("--methods type.yaml", "mine: The 'n_estimators' parameter of RandomForestClassifier"),
        ("--methods size.yaml", "five: five_conv takes augment, batch_size"),
        ("--methods svm --epochs 3", "--epochs is for networks; --methods svm has none"),
        ("--methods svm --epochs 0", "Invalid value for '--epochs'"),
        ("--methods svm --protocol lfw", "--protocol must be one of fer2013_published, fer2013_d"),
        ("--methods svm --protocol cross_dataset", "got 'cross_dataset'"),
        ("--methods svm", "x.zip"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(options, words, tmp_path, monkeypatch, capsys):
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    for name, content in {
        "list": "[svm, rf]",
        "broken": "a: {b",
        "key": "linear: {method: svm, kernal: linear}",
        "value": "mine: {method: knn, selector: best}",
        "type": "mine: {method: rf, n_estimators: many}",
        "size": "five: {method: five_conv, size: 64}",
    }.items():
        (tmp_path / f"{name}.yaml").write_text(content)
    # The data is not there: nothing of it is read before the methods are right.
    code, out, err = run(capsys, "x.zip", *options.split(), "--out", "out")
    assert code == 2 and out == "" and words in err and "Traceback" not in err
    assert not (tmp_path / "out").exists()


def test_what_the_data_does_not_allow(faces, tmp_path, capsys):
    options = [faces, "--methods", "majority", "--out"]
    code, _, err = run(capsys, *options, tmp_path / "o", "--protocol", "ckplus_random")
    assert code == 2 and "data must have 'groups' for ckplus_random" in err
    assert run(capsys, *options, tmp_path / "o", "--size", 0)[0] == 2
    (tmp_path / "file").write_text("")
    code, _, err = run(capsys, *options, tmp_path / "file")
    assert code == 2 and "file" in err and "Traceback" not in err


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_stopped_and_started_again_loses_the_running_case_alone(
    stop, faces, no_page, tmp_path, capsys
):
    path, folder = tmp_path / "methods.yaml", tmp_path / "out"
    path.write_text("majority:\n" + QUICK + ENDLESS + "chance:\n")
    options = [faces, "--methods", path, "--out", folder]
    command = [sys.executable, "-m", "fertools", "benchmark", *options]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        # Tests that a shell runs in the background are deaf to it, and so would be what they start.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    try:
        summary = folder / "cases" / "comparison.json"
        deadline = time.monotonic() + 90
        while not (summary.exists() and "quick" in json.loads(summary.read_text())["cases"]):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(0.5)  # Into the case that does not end.
        process.send_signal(stop)
        out, err = process.communicate(timeout=300)
    finally:
        process.kill()
    assert "Traceback" not in err and out == ""
    if stop is signal.SIGINT:
        assert process.returncode == 130
        assert "Stopped. 2 of 4 methods are done; run the same command to continue." in err
        assert str(folder / "index.html") in err and (folder / "index.html").stat().st_size
    done = times(folder)
    assert set(done) == {"majority.npz", "quick.npz"}

    path.write_text(path.read_text().replace("1000000", "5"))
    code, out, err = run(capsys, *options)
    assert code == 0 and "Finished before: majority, quick." in err
    assert done.items() <= times(folder).items() and len(times(folder)) == 4
    assert list(Comparison.load(folder / "cases").cases) == [
        "majority",
        "quick",
        "endless",
        "chance",
    ]


def test_results_of_another_seed_stay(faces, tmp_path, capsys):
    options = [faces, "--out", tmp_path / "o", "-q", "--methods"]
    assert run(capsys, *options, "majority,chance")[0] == 0
    code, _, err = run(capsys, *options, "majority", "--seed", 1)
    assert code == 2 and "would lose those of chance" in err and str(tmp_path / "o") in err


def test_benchmark_reports_methods_of_earlier_runs(faces, tmp_path, capsys):
    options = [faces, "--out", tmp_path / "o", "--methods"]
    assert run(capsys, *options, "majority")[0] == 0
    code, out, err = run(capsys, *options, "chance")
    assert code == 0 and "majority" in out and "chance" in out
    assert "From earlier runs: majority." in err
    page = (tmp_path / "o" / "index.html").read_text(encoding="utf-8")
    assert "majority" in page and "chance" in page


def test_without_matplotlib(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    # The data is not there: it is said before anything is read.
    code, _, err = run(capsys, "x.zip", "--methods", "majority", "--out", tmp_path / "o", "-q")
    assert code == 2
    assert err == 'fertools: matplotlib is not installed; pip install "fertools[plot]"\n'
