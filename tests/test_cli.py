"""The command, called as a script would call it: its output, its files and its exit codes."""

import json
from io import StringIO

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from skimage.data import astronaut

from fertools import __version__
from fertools.cli import main
from fertools.datasets import EXPRESSIONS, make_faces
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


def test_predict_whole(model, tmp_path, capsys):
    Image.fromarray(make_faces(1, random_state=3).images[0]).save(tmp_path / "crop.png")
    arguments = ["predict", tmp_path / "crop.png", "--whole", "--model", model, "--format", "json"]
    code, out, _ = run(capsys, *arguments)
    assert code == 0 and json.loads(out)[0]["faces"][0]["box"] == [0, 0, 48, 48]


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


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("evaluate nowhere.zip", "nowhere.zip"),
        ("evaluate short.csv", "row 2"),
        ("predict a.jpg --model nowhere.fer", "nowhere.fer: there is no such file"),
        ("predict a.jpg --model half.fer", "damaged, cut short or no model file"),
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
