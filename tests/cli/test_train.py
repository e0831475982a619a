"""`fertools train` with classifiers."""

import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fertools.cli import main
from fertools.datasets import EXPRESSIONS, make_faces
from fertools.persistence import load, read_metadata

QUICK = ["--classifier", "knn", "--features", "dct", "--n-features", "50", "-q"]


def test_model_file_contains_scores(model, run):
    about = read_metadata(model)
    assert about["training_images"] == 105 and len(about["data_sha256"]) == 64
    assert about["scores"]["PublicTest"]["published"]["n"] == 35
    faces = make_faces(70, random_state=5)
    assert load(model).score(faces.images, faces.labels) > 0.25
    code, out, _ = run("info", model)
    assert code == 0 and json.loads(out)["model"]["classes"] == sorted(EXPRESSIONS)


def test_limit_is_the_number_of_training_images(drawn_fer2013, tmp_path, run):
    path = tmp_path / "svm.fer"
    options = ["--features", "lbp", "--n-features", "50", "--limit", "70", "--jobs", "1"]
    code, out, _ = run("train", drawn_fer2013, "--out", path, *options)
    assert code == 0 and "PublicTest accuracy: published" in out
    assert read_metadata(path)["training_images"] == 70
    assert hasattr(load(path), "predict_proba")


def test_images_of_several_sizes_require_a_size(write_folder, tmp_path, run):
    data = write_folder(tmp_path / "faces", [(48, 48), (60, 50)])
    train = ["train", data, "--out", tmp_path / "m.fer", "--classifier", "knn", "-q"]
    train += ["--features", "dct", "--n-features", "50"]
    code, _, err = run(*train)
    assert code == 2 and "--size is required" in err and "several sizes" in err
    code, out, _ = run(*train, "--size", "40")
    assert code == 0 and "accuracy" not in out
    about = read_metadata(tmp_path / "m.fer")
    assert about["training_images"] == 42 and about["image_shape"] == [40, 40]
    code, out, _ = run("evaluate", data, "--model", tmp_path / "m.fer", "--format", "json")
    [(split, protocols)] = json.loads(out).items()
    assert code == 0 and split == "all" and list(protocols) == ["published"]
    assert protocols["published"]["n"] == 42 and protocols["published"]["accuracy"] == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--network five_conv --classifier svm", "--network and --classifier exclude"),
        ("--epochs 3", "--epochs applies to feature networks and image networks and transfer"),
        (
            "--classifier rf --weights none",
            "transfer networks; rf is a classifier",
        ),
        (
            "--network five_conv --n-features 9",
            "applies to classifiers and feature networks",
        ),
        ("--network five_conv --weights imagenet", "five_conv is an image network"),
        ("--network ann --no-augment", "--augment applies to image networks and transfer networks"),
        ("--network sixty_conv", "network must be one of ann, conv1d"),
        ("--network five_conv --optimizer best", "'optimizer' parameter"),
        ("--network conv1d --class-weight equal", "'class_weight' parameter"),
        ("--size 0", "Invalid value for '--size'"),
    ],
)
def test_options_of_other_methods_are_refused(options, words, tmp_path, monkeypatch, run):
    if "parameter" in words:  # of a network
        pytest.importorskip("keras")
    monkeypatch.setenv("COLUMNS", "300")
    # x.zip does not exist: the options are checked before the data is read.
    code, out, err = run("train", "x.zip", "--out", tmp_path / "m.fer", *options.split())
    assert code == 2 and out == "" and words in err and "x.zip" not in err


def test_training_on_data_without_splits_is_reported(faces, tmp_path, run):
    options = ["train", faces, "--out", tmp_path / "m.fer", *QUICK[:-1]]
    code, out, err = run(*options)
    assert code == 0 and "accuracy" not in out
    assert "no splits: training on all images. Hold some out with --test-size 0.2." in err
    code, _, err = run("evaluate", faces, "--model", tmp_path / "m.fer")
    assert code == 0 and "was trained on images of this data" in err
    assert run(*options, "-q")[2] == ""


def test_held_out_images_are_scored(faces, tmp_path, run):
    options = ["train", faces, "--out", tmp_path / "m.fer", *QUICK, "--test-size", "0.3"]
    code, out, err = run(*options)
    assert code == 0 and err == "" and "Validation accuracy" in out
    about = read_metadata(tmp_path / "m.fer")
    assert about["training_images"] == 49
    score = about["scores"]["Validation"]["published"]
    assert score["n"] == 21 and {v["support"] for v in score["per_class"].values()} == {3}
    assert load(tmp_path / "m.fer").classes_.tolist() == sorted(about["classes"])


def test_test_size_is_refused_for_data_with_splits(drawn_fer2013, tmp_path, run):
    options = ["train", drawn_fer2013, "--out", tmp_path / "m.fer", *QUICK, "--test-size", "0.3"]
    code, _, err = run(*options)
    assert code == 2 and "--test-size requires data without splits" in err


@pytest.mark.parametrize("usage", [{}, {"Usage": "Training"}])
def test_table_without_splits_works_in_every_command(usage, tmp_path, run):
    drawn = make_faces(70, random_state=4)
    rows = [" ".join(map(str, image.ravel())) for image in drawn.images]
    columns = {"emotion": [EXPRESSIONS.index(label) for label in drawn.labels], "pixels": rows}
    if not usage:
        columns = {"label": drawn.labels, "pixels": rows}
    table, model = tmp_path / "train.csv", tmp_path / "m.fer"
    pd.DataFrame(columns | usage).to_csv(table, index=False)
    code, out, _ = run("train", table, "--out", model, *QUICK, "--test-size", "0.3")
    assert code == 0 and "Validation accuracy" in out
    code, out, _ = run("evaluate", table, "--model", model, "-q")
    assert code == 0 and "all" in out
    assert run("audit", table, "--no-detect", "-q")[0] == 0
    pytest.importorskip("matplotlib")
    options = ["--methods", "majority", "--out", tmp_path / "o", "-q"]
    assert run("benchmark", table, *options)[0] == 0


@pytest.fixture(scope="module")
def one_disgust(tmp_path_factory):
    """Return a folder with 20 drawn faces per class, but one face of disgust."""
    folder = tmp_path_factory.mktemp("faces")
    faces = make_faces(140, random_state=0)
    disgust = np.flatnonzero(faces.labels == "disgust")
    for row in np.delete(np.arange(140), disgust[1:]):
        path = folder / faces.labels[row] / f"{row}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(faces.images[row]).save(path)
    return folder


@pytest.mark.filterwarnings("default::UserWarning")
@pytest.mark.parametrize("classifier", ["svm", "rf", "knn"])
def test_class_with_one_image_is_in_a_warning(one_disgust, classifier, tmp_path, capsys):
    path = tmp_path / "model.fer"
    options = ["--classifier", classifier, "--features", "hog", "--n-features", "200"]
    with pytest.raises(SystemExit) as exit_:
        main(["train", str(one_disgust), "--out", str(path), *options])
    assert not exit_.value.code
    captured = capsys.readouterr()
    [warning] = [line for line in captured.err.splitlines() if line.startswith("Warning:")]
    assert "need at least 2 samples per class; got 1 of 'disgust'" in warning
    model, test = load(path), make_faces(140, random_state=1)
    probabilities = model.predict_proba(test.images)
    assert np.ptp(probabilities.max(axis=1)) > 0.2
    others = test.labels != "disgust"
    predicted = model.classes_[probabilities.argmax(axis=1)]
    assert (predicted == test.labels)[others].mean() > 0.5
