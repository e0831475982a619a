"""`fertools train` with networks."""

import json
import os
import subprocess
import sys

import pytest
from PIL import Image

from fertools.datasets import make_faces
from fertools.persistence import load, read_metadata


def test_network_options_are_parameters(network):
    classifier, about = load(network), read_metadata(network)
    given = {"network": "ckplus_cnn", "epochs": 1, "batch_size": 35, "optimizer": "momentum"}
    given |= {
        "learning_rate": 0.005,
        "class_weight": "balanced",
        "patience": 3,
        "random_state": 5,
        "monitor": "accuracy",
    }
    assert given.items() <= classifier.get_params(deep=False).items()
    assert classifier.augmenter is not None
    assert (about["network"], about["epochs"], about["best_epoch"]) == ("ckplus_cnn", 1, 1)


def test_training_is_resumed_from_a_checkpoint(drawn_fer2013, network, tmp_path, run):
    state = json.loads((network.parent / "state" / "state.json").read_text())
    # The network is trained on all of Training.
    assert state["run"]["rows"] == 105 and "val_loss" in state["history"]
    path, folder = tmp_path / "net.fer", network.parent / "state"
    options = ["--network", "ckplus_cnn", "--epochs", "2", "--batch-size", "35", "--out", path]
    options = ["train", drawn_fer2013, "--checkpoint", folder, *options, "--augment"]
    code, _, err = run(*options)
    assert code == 2 and "resume_from must be a checkpoint of the same training" in err
    same = ["--optimizer", "momentum", "--learning-rate", 0.005, "--class-weight", "balanced"]
    same += ["--monitor", "accuracy"]
    code, out, err = run(*options, *same)
    assert code == 0 and "PublicTest accuracy" in out and "Best epoch: " in out
    assert f"Resuming the training in {folder}." in err and "2/2" in err
    assert load(path).history_["loss"][0] == state["history"]["loss"][0]
    assert read_metadata(path)["epochs"] == 2


def test_feature_network_is_the_last_step_of_a_pipeline(drawn_fer2013, tmp_path, run):
    pytest.importorskip("keras")
    path = tmp_path / "ann.fer"
    options = "--network ann --features dct --n-features 60 --epochs 12 --learning-rate 0.01"
    code, out, err = run("train", drawn_fer2013, "--out", path, *options.split())
    assert code == 0 and "epoch" in err and "PublicTest accuracy" in out
    pipeline = load(path)
    assert pipeline["select"].get_support().sum() == 60
    faces = make_faces(70, random_state=5)
    assert pipeline.score(faces.images, faces.labels) > 0.25


def test_validation_folder_is_scored(write_folder, model, tmp_path, run):
    pytest.importorskip("keras")
    data = write_folder(tmp_path / "faces", [(64, 64)], ["train", "val", "test"])
    options = ["--features", "dct", "--n-features", "50", "--network", "ann", "--epochs", "1"]
    code, out, _ = run("train", data, "--out", tmp_path / "m.fer", *options)
    assert code == 0 and "Validation accuracy" in out
    assert read_metadata(tmp_path / "m.fer")["training_images"] == 14
    # The model takes 48 x 48 pixels.
    for folder, protocols in ((data, 2), (write_folder(tmp_path / "b", [(9, 8)], ["test"]), 1)):
        code, out, _ = run("evaluate", folder, "--model", model, "--format", "json")
        assert code == 0 and len(json.loads(out)["Test"]) == protocols


def test_missing_keras_is_reported(network, tmp_path, monkeypatch, run):
    # None makes `import keras` fail, as if it were not installed.
    monkeypatch.setitem(sys.modules, "keras", None)
    for arguments in (
        ["train", "x.zip", "--network", "five_conv", "--out", tmp_path / "m.fer"],
        ["train", "x.zip", "--network", "ann", "--out", tmp_path / "m.fer"],
        ["evaluate", "x.zip", "--model", network],
        ["predict", "x.png", "--model", network],
    ):
        code, out, err = run(*arguments, "--quiet")
        assert code == 2 and out == ""
        assert err == 'fertools: keras is not installed; pip install "fertools[neural]"\n'
    assert run("info", network)[0] == 0


def test_tensorflow_prints_nothing(network, tmp_path):
    Image.fromarray(make_faces(1, random_state=3).images[0]).save(tmp_path / "crop.png")
    command = [sys.executable, "-m", "fertools", "predict", tmp_path / "crop.png", "--whole", "-q"]
    environment = {name: value for name, value in os.environ.items() if name[:3] != "TF_"}
    done = subprocess.run(
        [*command, "--model", network], capture_output=True, text=True, env=environment, timeout=120
    )
    assert done.returncode == 0 and done.stderr == "" and "ok" in done.stdout
