"""`fertools predict`."""

import json
import os
from io import StringIO

import cv2
import pandas as pd
import pytest
from PIL import Image
from skimage.data import astronaut

from fertools.cli._predict import _picture_name
from fertools.datasets import EXPRESSIONS, make_faces


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "astronaut.jpg"
    Image.fromarray(astronaut()).save(path)
    return path


@pytest.mark.parametrize("format", ["table", "json", "csv"])
def test_output_formats(model, photo, format, run):
    code, out, _ = run("predict", photo, "--model", model, "--format", format)
    assert code == 0
    if format == "json":
        [result] = json.loads(out)
        assert result["status"] == "ok" and result["source"] == str(photo)
        probabilities = result["faces"][0]["probabilities"].values()
        assert sum(probabilities) == pytest.approx(1)
        assert result["faces"][0]["probability"] == max(probabilities)
    elif format == "csv":
        frame = pd.read_csv(StringIO(out))
        assert frame["status"].tolist() == ["ok"] and set(EXPRESSIONS) <= set(frame.columns)
    else:
        assert "ok" in out


def test_unusable_photos_are_reported(model, photo, tmp_path, run):
    (tmp_path / "text.jpg").write_text("hello")
    Image.new("RGB", (80, 80)).save(tmp_path / "dark.png")
    inputs = [tmp_path / "none.jpg", photo, tmp_path / "text.jpg", tmp_path / "dark.png"]
    code, out, err = run(
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


def test_whole_image_is_a_face(model, network, tmp_path, run):
    Image.fromarray(make_faces(1, random_state=3).images[0]).save(tmp_path / "crop.png")
    for file in (model, network):
        arguments = ["predict", tmp_path / "crop.png", "--whole", "--model", file]
        code, out, _ = run(*arguments, "--format", "json")
        assert code == 0 and json.loads(out)[0]["faces"][0]["box"] == [0, 0, 48, 48]


def test_uncertain_face_has_no_expression(model, photo, tmp_path, run):
    arguments = ["predict", photo, "--model", model, "--min-probability", 1]
    code, out, _ = run(*arguments, "--format", "json", "--annotate", tmp_path / "a")
    [face] = json.loads(out)[0]["faces"]
    assert code == 0 and len(list((tmp_path / "a").iterdir())) == 1
    assert face["status"] == "uncertain" and face["expression"] is None
    code, out, _ = run(*arguments)
    assert code == 0 and "uncertain" in out and "%" in out
    code, out, _ = run(*arguments, "--format", "csv")
    assert pd.read_csv(StringIO(out))["status"].tolist() == ["uncertain"]
    code, _, err = run("predict", photo, "--model", model, "--min-probability", 2)
    assert code == 2 and "--min-probability" in err


def boxes_of(run, *arguments):
    code, out, _ = run("predict", *arguments, "--format", "json")
    return code, [face["box"] for result in json.loads(out) for face in result["faces"]]


def test_options_of_the_search(model, tmp_path, run):
    path = tmp_path / "small.png"
    small = Image.fromarray(astronaut()).resize((140, 140), Image.Resampling.BOX)  # a 27-pixel face
    small.save(path)
    asked = (path, "--model", model)
    assert boxes_of(run, *asked) == (1, [])
    for options in (["--search", "full"], ["--min-size", 20]):
        code, [(x, y, width, _)] = boxes_of(run, *asked, *options)
        assert code == 0 and 22 <= width <= 32 and abs(x - 48) < 5 and abs(y - 17) < 5
    assert boxes_of(run, *asked, "--min-size", 20, "--min-face-probability", 1) == (1, [])
    code, out, _ = run("predict", *asked, "--search", "full", "--format", "csv")
    assert pd.read_csv(StringIO(out))["status"].tolist() == ["small"]


@pytest.mark.parametrize(
    "options", [["--search", "slow"], ["--min-size", "0"], ["--min-face-probability", "nan"]]
)
@pytest.mark.parametrize("command", ["predict", "video", "webcam"])
def test_invalid_options_of_the_search(command, options, model, photo, run):
    arguments = [] if command == "webcam" else [photo]
    code, _, err = run(command, *arguments, "--model", model, *options)
    assert code == 2 and options[0] in err


def test_options_of_the_search_exclude_whole(model, photo, run):
    code, _, err = run("predict", photo, "--model", model, "--whole", "--profile")
    assert code == 2 and "must not be combined with --whole" in err


def test_picture_names_fit_every_file_system():
    assert _picture_name(7, "photos/caf\u00e9.jpg") == "007_caf\u00e9.png"
    for source in ("n" * 255, "\u4e2d" * 85, "\udcff" * 255):
        names = [_picture_name(number, source) for number in (7, 7, 8)]
        assert 252 <= len(os.fsencode(names[0])) <= 255
        assert names[0] == names[1] != names[2]
