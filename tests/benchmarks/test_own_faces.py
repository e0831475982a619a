"""Benchmark of pipelines that are trained on few people, on drawn faces."""

import json

import numpy as np
import pytest
from PIL import Image

from fertools.datasets import make_faces


@pytest.fixture
def people(tmp_path):
    """Return a folder with the neutral and happy faces of twelve drawn people."""
    for label in ("neutral", "happy"):
        folder = tmp_path / "people" / label
        folder.mkdir(parents=True)
        for number, image in enumerate(make_faces(12, classes=[label], random_state=0).images):
            Image.fromarray(image).save(folder / f"{number:03}.jpg")
    return tmp_path / "people"


def test_both_photos_of_a_person_are_on_one_side(load_script, people):
    script = load_script("own_faces")
    images, labels, persons = script.read_faces(people)
    assert images.shape == (24, 48, 48) and set(labels) == {"neutral", "happy"}
    mask = script.training_rows(persons, 5, seed=0)
    assert mask.sum() == 10 and not set(persons[mask]) & set(persons[~mask])
    assert (mask != script.training_rows(persons, 5, seed=1)).any()


def test_shipped_model_chooses_among_the_labels(load_script):
    script = load_script("own_faces")
    faces = make_faces(4, classes=["happy", "neutral"], random_state=0)
    right = script.score_shipped("fast", faces.images, faces.labels)
    assert right.shape == (4,) and right.dtype == bool
    assert script.score_shipped("fast", faces.images, np.repeat("happy", 4)).all()


def test_result_and_table(load_script, tables, people, tmp_path, monkeypatch):
    script = load_script("own_faces")
    first = dict(list(script.PIPELINES.items())[:2])
    monkeypatch.setattr(script, "PIPELINES", first)
    script.main([str(people), "--people", "4", "8", "--repeats", "2", "--out", str(tmp_path)])
    result = json.loads((tmp_path / "own_faces.json").read_text())
    assert (result["photos"], result["people"], result["repeats"]) == (24, 12, 2)
    for row in result["rows"].values():
        for score in row["accuracy"].values():
            assert 0.2 < score["lowest"] <= score["mean"] <= score["highest"] <= 1
    text = tables.TABLES["own_faces"](tmp_path)
    assert "| LBP + HOG, 600 features |" in text and "12 adults" in text
