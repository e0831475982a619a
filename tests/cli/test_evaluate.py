"""`fertools evaluate`."""

import json

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from fertools.datasets import load_fer2013, make_faces
from fertools.persistence import load
from fertools.recognizer import ExpressionRecognizer


def test_published_and_deduplicated_scores(drawn_fer2013, model, run):
    code, out, _ = run("evaluate", drawn_fer2013, "--model", model, "--format", "json")
    scores = json.loads(out)
    assert code == 0 and set(scores) == {"PublicTest", "PrivateTest"}
    assert scores["PrivateTest"]["published"]["n"] == 35
    assert scores["PrivateTest"]["deduplicated"]["n"] == 34
    code, out, err = run("evaluate", drawn_fer2013, "--model", model, "--quiet")
    assert code == 0 and err == ""
    for words in ("published", "deduplicated", "accuracy", "macro-F1", "surprise"):
        assert words in out


def test_network_is_scored(drawn_fer2013, network, run):
    code, out, _ = run("evaluate", drawn_fer2013, "--model", network, "--format", "json")
    fer = load_fer2013(drawn_fer2013)
    private = fer.usage == "PrivateTest"
    right = load(network).predict(fer.images[private]) == fer.labels[private]
    scores = json.loads(out)["PrivateTest"]["published"]
    assert code == 0 and scores["accuracy"] == pytest.approx(right.mean())


def test_damaged_rows_of_a_table_are_reported(model, tmp_path, monkeypatch, run):
    monkeypatch.setenv("COLUMNS", "300")
    pixels = " ".join(["7"] * 2304)
    table = tmp_path / "short.csv"
    table.write_text(f"emotion,pixels,Usage\n0,{pixels},Training\n1,{pixels[:-6]},Training\n")
    code, out, err = run("evaluate", table, "--model", model)
    assert code == 0 and "row 2: A row must contain 2304 pixels; got 2301." in err
    assert "published" in out


def test_scores_by_group(drawn_fer2013, model, tmp_path, run):
    fer = load_fer2013(drawn_fer2013)
    ids = fer.ids[fer.usage != "Training"]
    people = tmp_path / "people.csv"
    people.write_text("file,gender\n" + "".join(f"{n},{'fm'[i % 2]}\n" for i, n in enumerate(ids)))
    command = ("evaluate", drawn_fer2013, "--model", model, "--groups", people)
    code, out, _ = run(*command, "--format", "json")
    groups = json.loads(out)["groups"]
    assert code == 0 and [row["group"] for row in groups] == ["f", "m"]
    assert sum(row["n"] for row in groups) == len(ids)
    code, out, _ = run(*command)
    assert code == 0 and "gender" in out and "95 % interval" in out


@pytest.mark.parametrize(
    ("content", "message"),
    [("", "must be a CSV file"), ("file\n1\n", "at least one column of groups"), (None, "people")],
)
def test_invalid_table_of_people(drawn_fer2013, model, tmp_path, run, content, message):
    people = tmp_path / "people.csv"
    if content is not None:
        people.write_text(content)
    code, _, err = run("evaluate", drawn_fer2013, "--model", model, "--groups", people)
    assert code == 2 and message in err and "Traceback" not in err


def test_other_names_of_the_classes_are_matched(model, tmp_path, run):
    faces = make_faces(14, random_state=3)
    others = {"happy": "Happiness", "angry": "ANGER", "sad": "Sad"}
    for folder, rename in (("same", {}), ("other", others)):
        for number, (image, label) in enumerate(zip(faces.images, faces.labels, strict=True)):
            target = tmp_path / folder / rename.get(label, label)
            target.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(target / f"{number}.png")
    same, other = (
        json.loads(run("evaluate", tmp_path / name, "--model", model, "--format", "json")[1])["all"]
        for name in ("same", "other")
    )
    assert other == same
    (tmp_path / "other" / "Sad").rename(tmp_path / "other" / "bored")
    code, _, err = run("evaluate", tmp_path / "other", "--model", model)
    assert code == 0 and "cannot predict bored" in err


def test_data_without_a_class_of_the_model_is_refused(model, tmp_path, run):
    (tmp_path / "data" / "IMG").mkdir(parents=True)
    Image.fromarray(make_faces(1, random_state=0).images[0]).save(tmp_path / "data/IMG/1.png")
    code, _, err = run("evaluate", tmp_path / "data", "--model", model)
    assert code == 2 and "data must contain classes of the model" in err and "['IMG']" in err


def test_photos_are_searched_for_faces(tmp_path, run):
    for name, image in (("happy", astronaut()), ("sad", np.zeros((512, 512), np.uint8))):
        (tmp_path / name).mkdir()
        Image.fromarray(image).save(tmp_path / name / "1.png")
    code, out, _ = run("evaluate", tmp_path, "--detect", "--format", "json")
    scores = json.loads(out)["all"]["published"]
    assert code == 0 and scores["labels"] == ["happy", "no_face", "sad"]
    assert scores["accuracy"] == scores["macro_f1"] == 0.5
    assert scores["confusion_matrix"] == [[1, 0, 0], [0, 0, 0], [0, 1, 0]]


def test_failed_recognitions_are_reported(model, tmp_path, run, monkeypatch):
    (tmp_path / "happy").mkdir()
    Image.fromarray(astronaut()).save(tmp_path / "happy" / "1.png")

    def fail(recognizer, gray):
        raise ValueError("out of order")

    monkeypatch.setattr(ExpressionRecognizer, "_recognize", fail)
    _, _, err = run("evaluate", tmp_path, "--model", model, "--detect")
    assert (
        "1 of the photos could not be recognized and count as wrong: array 0: out of order" in err
    )


def test_macro_f1_is_the_mean_over_the_classes_of_the_data(model, tmp_path, run):
    faces = make_faces(28, random_state=5)
    for number in np.flatnonzero(np.isin(faces.labels, ["happy", "sad"])):
        target = tmp_path / faces.labels[number]
        target.mkdir(exist_ok=True)
        Image.fromarray(faces.images[number] // 8).save(target / f"{number}.png")
    out = run("evaluate", tmp_path, "--model", model, "--format", "json")[1]
    scores = json.loads(out)["all"]["published"]
    per_class = scores["per_class"]
    assert set(per_class) > {"happy", "sad"}
    mean = (per_class["happy"]["f1"] + per_class["sad"]["f1"]) / 2
    assert scores["macro_f1"] == pytest.approx(mean)


def test_whole_photos_are_noticed(tmp_path, run):
    for name in ("happy", "sad"):
        (tmp_path / name).mkdir()
        Image.fromarray(astronaut()).save(tmp_path / name / "1.png")
    assert "--detect" in run("evaluate", tmp_path)[2]
    assert "--detect" not in run("evaluate", tmp_path, "--detect")[2]
