"""Benchmark of face detection on few scenes, and its counts."""

import json

import numpy as np
import pytest


@pytest.fixture
def detection(load_script):
    return load_script("detection")


def test_all_detectors_are_measured(run_script, tmp_path):
    arguments = ["--scenes", "4", "--large", "1", "--large-size", "700", "900", "--out"]
    run_script("detection", *arguments, tmp_path)
    result = json.loads((tmp_path / "detection.json").read_text())
    assert result["scenes"] == 4 and sum(result["counts"].values()) == 3 * result["faces"]
    plain, default = (result["rows"][name] for name in ("cv2.detectMultiScale", "default"))
    for key in ("found", "false", "precision", "recall", "recall_of"):
        assert default[key] == plain[key]
    assert result["rows"]["border 0.1"]["found"] >= default["found"] > 0
    assert set(result["large"]) == {"None", "1920", "1024", "640"}
    lfw = result["lfw_subset"]["min_side 100, border 0.3"]
    assert lfw["found"] >= 95 and lfw["false"] == 0


@pytest.mark.parametrize(
    ("found", "is_found", "n_false"),
    [
        ([], [False, False], 0),
        ([(0, 0, 10, 10), (50, 50, 10, 10)], [True, True], 0),
        # A second box on a detected face, or a box that half overlaps it, is a false positive.
        ([(0, 0, 10, 10), (1, 0, 10, 10)], [True, False], 1),
        ([(5, 0, 10, 10)], [False, False], 1),
    ],
)
def test_box_is_matched_to_one_face(detection, found, is_found, n_false):
    boxes = np.array([(0, 0, 10, 10), (50, 52, 10, 10)])
    matched, false = detection.match(boxes, found)
    assert matched.tolist() == is_found and false == n_false
    assert detection.match(np.empty((0, 4)), found)[1] == len(found)
