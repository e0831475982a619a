"""Benchmark of the filter of blur and noise, on drawn faces."""

import json

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from fertools.pipeline._fitted_steps import flat_steps


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos" / "happy"
    folder.mkdir(parents=True)
    Image.fromarray(astronaut()).save(folder / "0.jpg")
    return folder.parent


def test_model_without_the_filter(load_script):
    script = load_script("restoration")
    wiener = flat_steps(script.without_filter("fast"))[0]
    images = script.blur(np.random.default_rng(0).integers(0, 256, (2, 48, 48), np.uint8), 1)
    np.testing.assert_array_equal(wiener.transform(images), images)


def test_photos_are_reduced_to_the_side_of_the_face(load_script):
    script = load_script("restoration")
    gray = np.zeros((200, 300), np.uint8)
    images, boxes = script.reduced([gray] * 3, [(50, 40, 100, 100), None, (0, 0, 20, 20)], 30)
    assert [image.shape for image in images] == [(60, 90), (200, 300), (200, 300)]
    assert boxes == ((15, 12, 30, 30), None, (0, 0, 20, 20))


def test_result_and_table(load_script, tables, drawn_fer2013, photos, tmp_path):
    script = load_script("restoration")
    options = ["--images", "14", "--photos", str(photos), "--out", str(tmp_path)]
    script.main([str(drawn_fer2013), *options])
    result = json.loads((tmp_path / "restoration.json").read_text())
    assert 0.8 < result["rows"]["blur 2"]["blur"] - result["rows"]["original"]["blur"] < 2.5
    assert result["rows"]["noise 40"]["noise"] > 30
    assert result["photos"]["photos"]["original"]["fast"]["with"]["accuracy"] == 1
    text = tables.TABLES["restoration"](tmp_path)
    assert "| PublicTest, blur 1.5 |" in text and "1 of photos" in text
