"""`fertools evaluate`."""

import json

import pytest

from fertools.datasets import load_fer2013
from fertools.persistence import load


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
