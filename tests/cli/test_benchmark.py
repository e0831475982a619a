"""`fertools benchmark`."""

import json
import signal
import subprocess
import sys
import time
from functools import partial

import numpy as np
import pytest

from fertools import reports
from fertools.cli._benchmark import _protocol_of
from fertools.evaluation import Comparison

QUICK = "quick: {method: knn, features: dct, n_features: 40, calibrated: false}\n"


# Fits for hours unless it is stopped.
ENDLESS = "endless: {method: rf, features: dct, n_features: 40, n_estimators: 1000000}\n"


@pytest.fixture
def run_benchmark(run):
    """Return a function that runs `fertools benchmark`."""
    pytest.importorskip("matplotlib")
    return lambda *args: run("benchmark", *args)


@pytest.fixture
def no_page(monkeypatch):
    """Skip the report, which takes most of the time."""
    monkeypatch.setattr(
        reports, "write_comparison_report", lambda comparison, folder, data: folder / "index.html"
    )


def times(folder):
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("cases/*.npz")}


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
def test_default_protocol(keys, protocol):
    assert _protocol_of({key: np.array(values) for key, values in keys.items()}) == protocol


def test_report_and_table(faces, tmp_path, run_benchmark):
    options = [faces, "--methods", "majority,chance", "--out", tmp_path / "out"]
    code, out, err = run_benchmark(*options)
    assert code == 0 and "Protocol image_folder: splits given by" in err
    for words in ("majority", "chance", "14.29%", "macro-F1"):
        assert words in out
    for name in ("index.html", "comparison.md", "scores.json"):
        assert (tmp_path / "out" / name).stat().st_size


def test_second_run_reuses_results(faces, no_page, tmp_path, run_benchmark):
    options = [faces, "--methods", "majority,chance", "--out", tmp_path / "out"]
    assert run_benchmark(*options)[0] == 0
    first = times(tmp_path / "out")
    code, out, err = run_benchmark(*options, "--format", "json")
    assert code == 0 and times(tmp_path / "out") == first and len(first) == 2
    assert "Finished before: majority, chance." in err
    told = json.loads(out)
    assert told["protocol"] == "image_folder" and len(told["pairs"]) == 1
    assert told["methods"]["majority"]["accuracy"] == pytest.approx(1 / 7)
    assert told["methods"]["majority"]["log_loss"] == pytest.approx(np.log(7))
    code, _, err = run_benchmark(*options, "--seed", 1, "--quiet")
    assert code == 0 and err == "" and set(times(tmp_path / "out").values()).isdisjoint(first)


def test_failed_method_is_reported(faces, no_page, tmp_path, run_benchmark):
    path = tmp_path / "methods.yml"
    path.write_text("majority:\n'greedy [bold]': {method: knn, features: dct, n_features: 9999}\n")
    options = [faces, "--methods", path, "--out", tmp_path / "out", "--quiet"]
    code, _, err = run_benchmark(*options)
    assert code == 2 and "'greedy [bold]'" in err
    path.write_text(path.read_text().replace(" [bold]", ""))
    code, out, err = run_benchmark(*options)
    assert code == 1 and "14.29%" in out and "failed" in out
    assert err.startswith("greedy failed: ValueError: n_features_to_select must be at most")
    code, out, _ = run_benchmark(*options, "--format", "json")
    row = json.loads(out)["methods"]["greedy"]
    assert code == 1 and row["accuracy"] is None and "9999" in row["reason"]


def test_network_on_published_splits(drawn_fer2013, no_page, tmp_path, run_benchmark):
    pytest.importorskip("keras")
    path, folder = tmp_path / "methods.yaml", tmp_path / "out"
    path.write_text("ann: {features: dct, n_features: 40}\n")
    code, _, err = run_benchmark(drawn_fer2013, "--methods", path, "--epochs", 2, "--out", folder)
    assert code == 0 and "Protocol fer2013_published: " in err
    [case] = Comparison.load(folder / "cases").results.values()
    assert len(case.history["val_accuracy"]) == 2 and len(case.row) == 35


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            "--methods sift",
            "sift: --methods must be one of svm, rf, knn, fast, accurate",
        ),
        ("--methods svm,", "got ''"),
        ("--methods no.yaml", "no.yaml"),
        ("--methods list.yaml", "list.yaml: must map each name to its parameters"),
        ("--methods broken.yaml", "broken.yaml: not a YAML file"),
        ("--methods key.yaml", "linear: svm takes C, balance, break_ties"),
        ("--methods key.yaml", "got 'kernal'"),
        ("--methods value.yaml", "mine: selector must be one of 'mrmr'"),
        ("--methods type.yaml", "mine: The 'n_estimators' parameter of RandomForestClassifier"),
        ("--methods size.yaml", "five: five_conv takes augment, batch_size"),
        ("--methods svm --epochs 3", "--epochs requires a network; --methods svm has none"),
        ("--methods svm --epochs 0", "Invalid value for '--epochs'"),
        ("--methods svm --protocol lfw", "--protocol must be one of fer2013_published, fer2013_d"),
        ("--methods svm --protocol cross_dataset", "got 'cross_dataset'"),
        ("--methods svm", "x.zip"),
    ],
)
def test_errors_are_one_line(options, words, tmp_path, monkeypatch, run_benchmark):
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
    # x.zip does not exist: the methods are checked before the data is read.
    code, out, err = run_benchmark("x.zip", *options.split(), "--out", "out")
    assert code == 2 and out == "" and words in err and "Traceback" not in err
    assert not (tmp_path / "out").exists()


def test_unsuitable_data_is_reported(faces, tmp_path, run_benchmark):
    options = [faces, "--methods", "majority", "--out"]
    code, _, err = run_benchmark(*options, tmp_path / "o", "--protocol", "ckplus_random")
    assert code == 2 and "data must have 'groups' for ckplus_random" in err
    assert run_benchmark(*options, tmp_path / "o", "--size", 0)[0] == 2
    (tmp_path / "file").write_text("")
    code, _, err = run_benchmark(*options, tmp_path / "file")
    assert code == 2 and "file" in err and "Traceback" not in err


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_run_keeps_finished_methods(stop, faces, no_page, tmp_path, run_benchmark):
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
        # A shell that runs tests in the background makes them, and their children, ignore SIGINT.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    try:
        summary = folder / "cases" / "comparison.json"
        deadline = time.monotonic() + 90
        while not (summary.exists() and "quick" in json.loads(summary.read_text())["cases"]):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(0.5)  # The endless method is now being fitted.
        process.send_signal(stop)
        out, err = process.communicate(timeout=300)
    finally:
        process.kill()
    assert "Traceback" not in err and out == ""
    if stop is signal.SIGINT:
        assert process.returncode == 130
        assert "Stopped: 2 of 4 methods finished. Run the same command to continue." in err
        assert str(folder / "index.html") in err and (folder / "index.html").stat().st_size
    done = times(folder)
    assert set(done) == {"majority.npz", "quick.npz"}

    path.write_text(path.read_text().replace("1000000", "5"))
    code, out, err = run_benchmark(*options)
    assert code == 0 and "Finished before: majority, quick." in err
    assert done.items() <= times(folder).items() and len(times(folder)) == 4
    assert list(Comparison.load(folder / "cases").results) == [
        "majority",
        "quick",
        "endless",
        "chance",
    ]


def test_results_of_another_seed_are_not_overwritten(faces, tmp_path, run_benchmark):
    options = [faces, "--out", tmp_path / "o", "-q", "--methods"]
    assert run_benchmark(*options, "majority,chance")[0] == 0
    code, _, err = run_benchmark(*options, "majority", "--seed", 1)
    assert code == 2 and "would lose those of chance" in err and str(tmp_path / "o") in err


def test_methods_of_earlier_runs_are_reported(faces, tmp_path, run_benchmark):
    options = [faces, "--out", tmp_path / "o", "--methods"]
    assert run_benchmark(*options, "majority")[0] == 0
    code, out, err = run_benchmark(*options, "chance")
    assert code == 0 and "majority" in out and "chance" in out
    assert "From earlier runs: majority." in err
    page = (tmp_path / "o" / "index.html").read_text(encoding="utf-8")
    assert "majority" in page and "chance" in page


def test_missing_matplotlib_is_reported(tmp_path, monkeypatch, run):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    # x.zip does not exist: nothing was read.
    code, _, err = run("benchmark", "x.zip", "--methods", "majority", "--out", tmp_path / "o", "-q")
    assert code == 2
    assert err == 'fertools: matplotlib is not installed; pip install "fertools[plot]"\n'
