"""The command, called as a script would call it: its output, its files and its exit codes."""

import json
import os
import subprocess
import sys
from io import StringIO

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from skimage.data import astronaut

from fertools import __version__
from fertools.cli import main
from fertools.cli._methods import CLASSICAL, ON_FEATURES, TRANSFER, image_network, kind_of
from fertools.datasets import EXPRESSIONS, load_fer2013, make_faces
from fertools.neural.networks import NETWORKS
from fertools.persistence import load, read_metadata


def run(capsys, *args):
    """Run the command; return its exit code, standard output and standard error."""
    with pytest.raises(SystemExit) as exit_:
        main([str(arg) for arg in args])
    code = exit_.value.code
    return (code or 0, *capsys.readouterr())


@pytest.fixture(scope="module")
def model(drawn_fer2013, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "knn.fer"
    options = ["--classifier", "knn", "--features", "dct", "--n-features", "100", "--quiet"]
    with pytest.raises(SystemExit) as exit_:
        main(["train", str(drawn_fer2013), "--out", str(path), *options])
    assert not exit_.value.code
    return path


@pytest.fixture(scope="module")
def network(drawn_fer2013, tmp_path_factory):
    """Return the file of a network that was trained for an epoch; its checkpoint is beside it."""
    pytest.importorskip("keras")
    folder = tmp_path_factory.mktemp("network")
    options = "--network ckplus_cnn --epochs 1 --batch-size 35 --optimizer momentum --seed 5 "
    options += "--learning-rate 0.005 --class-weight balanced --augment --patience 3 --quiet"
    places = ["--out", str(folder / "net.fer"), "--checkpoint", str(folder / "state")]
    with pytest.raises(SystemExit) as exit_:
        main(["train", str(drawn_fer2013), *places, *options.split()])
    assert not exit_.value.code
    return folder / "net.fer"


def write_folder(folder, sizes, splits=("",)):
    """Write 42 drawn faces in a folder for each class; sizes and splits take turns."""
    faces = make_faces(42, random_state=7)
    for row, (image, label) in enumerate(zip(faces.images, faces.labels, strict=True)):
        path = folder / splits[row % len(splits)] / label / f"{row}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        size = sizes[row % len(sizes)]
        Image.fromarray(image).resize(size).save(path)
    return folder


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "astronaut.jpg"
    Image.fromarray(astronaut()).save(path)
    return path


def test_train_writes_a_model_with_its_scores(model, capsys):
    about = read_metadata(model)
    assert about["training_images"] == 105 and len(about["data_sha256"]) == 64
    assert about["scores"]["PublicTest"]["published"]["n"] == 35
    faces = make_faces(70, random_state=5)
    assert load(model).score(faces.images, faces.labels) > 0.25
    code, out, _ = run(capsys, "info", model)
    assert code == 0 and json.loads(out)["model"]["classes"] == sorted(EXPRESSIONS)


def test_train_a_limited_svm(drawn_fer2013, tmp_path, capsys):
    path = tmp_path / "svm.fer"
    options = ["--features", "lbp", "--n-features", "50", "--limit", "70", "--jobs", "1"]
    code, out, _ = run(capsys, "train", drawn_fer2013, "--out", path, *options)
    assert code == 0 and "PublicTest accuracy: published" in out
    assert read_metadata(path)["training_images"] == 70
    assert hasattr(load(path), "predict_proba")


def test_evaluate_shows_both_scores(drawn_fer2013, model, capsys):
    code, out, _ = run(capsys, "evaluate", drawn_fer2013, "--model", model, "--format", "json")
    scores = json.loads(out)
    assert code == 0 and set(scores) == {"PublicTest", "PrivateTest"}
    assert scores["PrivateTest"]["published"]["n"] == 35
    assert scores["PrivateTest"]["deduplicated"]["n"] == 34
    code, out, err = run(capsys, "evaluate", drawn_fer2013, "--model", model, "--quiet")
    assert code == 0 and err == ""
    for words in ("published", "deduplicated", "accuracy", "macro-F1", "surprise"):
        assert words in out


@pytest.mark.parametrize("format", ["table", "json", "csv"])
def test_predict_prints_only_results_on_standard_output(model, photo, format, capsys):
    code, out, _ = run(capsys, "predict", photo, "--model", model, "--format", format)
    assert code == 0
    if format == "json":
        [result] = json.loads(out)
        assert result["status"] == "ok" and result["source"] == str(photo)
        assert sum(result["faces"][0]["probabilities"].values()) == pytest.approx(1)
    elif format == "csv":
        frame = pd.read_csv(StringIO(out))
        assert frame["status"].tolist() == ["ok"] and set(EXPRESSIONS) <= set(frame.columns)
    else:
        assert "ok" in out


def test_predict_keeps_every_input_and_says_by_the_exit_code(model, photo, tmp_path, capsys):
    (tmp_path / "text.jpg").write_text("hello")
    Image.new("RGB", (80, 80)).save(tmp_path / "dark.png")
    inputs = [tmp_path / "none.jpg", photo, tmp_path / "text.jpg", tmp_path / "dark.png"]
    code, out, err = run(
        capsys,
        "predict",
        *inputs,
        "--model",
        model,
        "--format",
        "json",
        "--annotate",
        tmp_path / "a",
    )
    assert code == 1
    assert [r["status"] for r in json.loads(out)] == ["missing", "ok", "unreadable", "no_face"]
    assert "none.jpg: there is no such file." in err.replace("\n", "")
    [picture] = (tmp_path / "a").iterdir()
    drawn = cv2.imread(str(picture))
    assert picture.name == "001_astronaut.png" and drawn.shape[0] >= 512 < drawn.shape[1]


def test_predict_whole(model, network, tmp_path, capsys):
    Image.fromarray(make_faces(1, random_state=3).images[0]).save(tmp_path / "crop.png")
    for file in (model, network):
        arguments = ["predict", tmp_path / "crop.png", "--whole", "--model", file]
        code, out, _ = run(capsys, *arguments, "--format", "json")
        assert code == 0 and json.loads(out)[0]["faces"][0]["box"] == [0, 0, 48, 48]


def test_predict_shows_an_uncertain_face_as_such(model, photo, tmp_path, capsys):
    arguments = ["predict", photo, "--model", model, "--min-probability", 1]
    code, out, _ = run(capsys, *arguments, "--format", "json", "--annotate", tmp_path / "a")
    [face] = json.loads(out)[0]["faces"]
    assert code == 0 and len(list((tmp_path / "a").iterdir())) == 1
    assert face["status"] == "uncertain" and face["expression"] is None
    code, out, _ = run(capsys, *arguments)
    assert code == 0 and "uncertain" in out and "%" in out
    code, out, _ = run(capsys, *arguments, "--format", "csv")
    assert pd.read_csv(StringIO(out))["status"].tolist() == ["uncertain"]
    code, _, err = run(capsys, "predict", photo, "--model", model, "--min-probability", 2)
    assert code == 2 and "--min-probability" in err


def test_options_of_a_network_reach_it(network):
    classifier, about = load(network), read_metadata(network)
    given = {"network": "ckplus_cnn", "epochs": 1, "batch_size": 35, "optimizer": "momentum"}
    given |= {"learning_rate": 0.005, "class_weight": "balanced", "patience": 3, "random_state": 5}
    assert given.items() <= classifier.get_params(deep=False).items()
    assert classifier.augmenter is not None
    assert (about["network"], about["epochs"], about["best_epoch"]) == ("ckplus_cnn", 1, 1)


def test_public_test_picks_the_epoch_and_a_checkpoint_goes_on(
    drawn_fer2013, network, tmp_path, capsys
):
    state = json.loads((network.parent / "state" / "state.json").read_text())
    # All of Training is trained on, and nothing of it is held out.
    assert state["run"]["rows"] == 105 and "val_loss" in state["history"]
    path, folder = tmp_path / "net.fer", network.parent / "state"
    options = ["--network", "ckplus_cnn", "--epochs", "2", "--batch-size", "35", "--out", path]
    options = ["train", drawn_fer2013, "--checkpoint", folder, *options, "--augment"]
    code, _, err = run(capsys, *options)
    assert code == 2 and "resume_from must be of the same training" in err
    same = ["--optimizer", "momentum", "--learning-rate", 0.005, "--class-weight", "balanced"]
    code, out, err = run(capsys, *options, *same)
    assert code == 0 and "PublicTest accuracy" in out and "Best epoch: " in out
    assert f"Going on with the training in {folder}." in err and "2/2" in err
    assert load(path).history_["loss"][0] == state["history"]["loss"][0]
    assert read_metadata(path)["epochs"] == 2


def test_evaluate_a_network(drawn_fer2013, network, capsys):
    code, out, _ = run(capsys, "evaluate", drawn_fer2013, "--model", network, "--format", "json")
    fer = load_fer2013(drawn_fer2013)
    private = fer.usage == "PrivateTest"
    right = load(network).predict(fer.images[private]) == fer.labels[private]
    scores = json.loads(out)["PrivateTest"]["published"]
    assert code == 0 and scores["accuracy"] == pytest.approx(right.mean())


def test_a_network_on_features(drawn_fer2013, tmp_path, capsys):
    pytest.importorskip("keras")
    path = tmp_path / "ann.fer"
    options = "--network ann --features dct --n-features 60 --epochs 20 --learning-rate 0.01"
    code, out, err = run(capsys, "train", drawn_fer2013, "--out", path, *options.split())
    assert code == 0 and "epoch" in err and "PublicTest accuracy" in out
    pipeline = load(path)
    assert pipeline["select"].get_support().sum() == 60
    faces = make_faces(70, random_state=5)
    assert pipeline.score(faces.images, faces.labels) > 0.25


@pytest.mark.parametrize("name", NETWORKS)
def test_kinds_of_networks(name):
    assert kind_of(None) == CLASSICAL
    assert (kind_of(name) == ON_FEATURES) == (name in ("ann", "conv1d"))
    published = ("mobilenet_v2", "vgg16", "resnet50_v2", "inception_resnet_v2")
    assert (kind_of(name) == TRANSFER) == (name in published)


def test_options_of_transfer_networks():
    random = image_network("vgg16", TRANSFER, 64, "none", None, {})
    assert random.network_options == {"weights": None, "frozen": None, "size": 64}
    assert random.augmenter is not None, "as its source did"
    loaded = image_network("vgg16", TRANSFER, None, "w.h5", False, {})
    assert loaded.network_options == {"weights": "w.h5"} and loaded.augmenter is None


def test_folders_without_splits(tmp_path, capsys):
    data = write_folder(tmp_path / "faces", [(48, 48), (60, 50)])
    train = ["train", data, "--out", tmp_path / "m.fer", "--classifier", "knn", "-q"]
    train += ["--features", "dct", "--n-features", "50"]
    code, _, err = run(capsys, *train)
    assert code == 2 and "--size must be given" in err and "several sizes" in err
    code, out, _ = run(capsys, *train, "--size", "40")
    assert code == 0 and "accuracy" not in out
    about = read_metadata(tmp_path / "m.fer")
    assert about["training_images"] == 42 and about["image_shape"] == [40, 40]
    code, out, _ = run(capsys, "evaluate", data, "--model", tmp_path / "m.fer", "--format", "json")
    [(split, protocols)] = json.loads(out).items()
    assert code == 0 and split == "all" and list(protocols) == ["published"]
    assert protocols["published"]["n"] == 42 and protocols["published"]["accuracy"] == 1


def test_folders_with_splits(model, tmp_path, capsys):
    pytest.importorskip("keras")
    data = write_folder(tmp_path / "faces", [(64, 64)], ["train", "val", "test"])
    options = ["--features", "dct", "--n-features", "50", "--network", "ann", "--epochs", "1"]
    code, out, _ = run(capsys, "train", data, "--out", tmp_path / "m.fer", *options)
    assert code == 0 and "Validation accuracy" in out
    assert read_metadata(tmp_path / "m.fer")["training_images"] == 14
    # The model takes 48 x 48 pixels.
    for folder, protocols in ((data, 2), (write_folder(tmp_path / "b", [(9, 8)], ["test"]), 1)):
        code, out, _ = run(capsys, "evaluate", folder, "--model", model, "--format", "json")
        assert code == 0 and len(json.loads(out)["Test"]) == protocols


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--network five_conv --classifier svm", "--network and --classifier exclude"),
        ("--epochs 3", "--epochs goes with a network on features or a network on images"),
        ("--classifier rf --weights none", "--weights goes with a transfer network; rf is a class"),
        ("--network five_conv --n-features 9", "--n-features goes with a classical classifier or"),
        ("--network five_conv --weights imagenet", "five_conv is a network on images"),
        ("--network ann --no-augment", "--augment goes with a network on images or a transfer"),
        ("--network sixty_conv", "network must be one of ann, conv1d"),
        ("--network five_conv --optimizer best", "'optimizer' parameter"),
        ("--network conv1d --class-weight equal", "'class_weight' parameter"),
        ("--size 0", "Invalid value for '--size'"),
    ],
)
def test_options_that_do_not_go_together(options, words, tmp_path, monkeypatch, capsys):
    if "parameter" in words:  # of a network
        pytest.importorskip("keras")
    monkeypatch.setenv("COLUMNS", "300")
    # The data is not there: nothing of it is read before the options are right.
    code, out, err = run(capsys, "train", "x.zip", "--out", tmp_path / "m.fer", *options.split())
    assert code == 2 and out == "" and words in err and "x.zip" not in err


def test_without_keras(network, tmp_path, monkeypatch, capsys):
    # None makes `import keras` fail, as where it is not installed.
    monkeypatch.setitem(sys.modules, "keras", None)
    for arguments in (
        ["train", "x.zip", "--network", "five_conv", "--out", tmp_path / "m.fer"],
        ["train", "x.zip", "--network", "ann", "--out", tmp_path / "m.fer"],
        ["evaluate", "x.zip", "--model", network],
        ["predict", "x.png", "--model", network],
    ):
        code, out, err = run(capsys, *arguments, "--quiet")
        assert code == 2 and out == ""
        assert err == 'fertools: keras is not installed; pip install "fertools[neural]"\n'
    assert run(capsys, "info", network)[0] == 0


def test_tensorflow_is_silent_on_a_terminal(network, tmp_path):
    Image.fromarray(make_faces(1, random_state=3).images[0]).save(tmp_path / "crop.png")
    command = [sys.executable, "-m", "fertools", "predict", tmp_path / "crop.png", "--whole", "-q"]
    environment = {name: value for name, value in os.environ.items() if name[:3] != "TF_"}
    done = subprocess.run(
        [*command, "--model", network], capture_output=True, text=True, env=environment, timeout=120
    )
    assert done.returncode == 0 and done.stderr == "" and "ok" in done.stdout


def test_demo(tmp_path, capsys):
    code, out, _ = run(capsys, "demo", "--out", tmp_path / "demo", "--quiet")
    assert code == 0
    assert "happy" in out and "support vector machine" in out and "fertools predict" in out
    drawn = cv2.imread(str(tmp_path / "demo" / "astronaut.png"))
    assert drawn.shape[1] > 512 and not np.array_equal(drawn[:, :512], astronaut()[:, :, ::-1])


def test_version_and_help(capsys):
    assert run(capsys, "--version")[:2] == (0, f"fertools {__version__}\n")
    code, out, _ = run(capsys, "--help")
    assert code == 0 and all(c in out for c in ("demo", "predict", "train", "evaluate", "info"))


def cut_in_half(model, folder):
    (folder / "half.fer").write_bytes(model.read_bytes()[: model.stat().st_size // 2])


def test_damaged_rows_of_a_table_are_reported(model, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "300")
    pixels = " ".join(["7"] * 2304)
    table = tmp_path / "short.csv"
    table.write_text(f"emotion,pixels,Usage\n0,{pixels},Training\n1,{pixels[:-6]},Training\n")
    code, out, err = run(capsys, "evaluate", table, "--model", model)
    assert code == 0 and "row 2: A row must hold 2304 pixels; got 2301." in err
    assert "published" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("evaluate nowhere.zip", "nowhere.zip"),
        ("predict a.jpg --model nowhere.fer", "nowhere.fer: there is no such file"),
        ("predict a.jpg --model half.fer", "damaged, cut short or not a model file"),
        ("predict a.jpg --format xml", "Invalid value"),
        ("train short.csv --out no/folder/m.fer", "there is no folder"),
        ("train short.csv --out m.fer --features sift", "features must be one of"),
        ("info half.fer", "damaged"),
        ("sing", "No such command"),
    ],
)
def test_what_is_wrong_is_said_without_a_traceback(
    arguments, words, model, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    cut_in_half(model, tmp_path)
    pixels = " ".join(["7"] * 2304)
    rows = f"0,{pixels},Training\n1,{pixels[:-6]},Training\n"
    (tmp_path / "short.csv").write_text("emotion,pixels,Usage\n" + rows)
    code, out, err = run(capsys, *arguments.split())
    assert code == 2 and out == ""
    assert words in err and "Traceback" not in err
    assert not list(tmp_path.glob("*.part")) and not (tmp_path / "m.fer").exists()
