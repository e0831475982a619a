"""Tracking by overlap and appearance."""

import numpy as np
import pytest

from fertools.video import analyze
from fertools.video._tracker import Tracker


def follow(tracker, draw, faces):
    """Return the track of each face of a frame, by its seed."""
    image = draw(faces, size=(120, 260))
    boxes = [(x, y, 24, 24) for _, x, y in faces]
    tracks = tracker.update(image[:, :, 0], image, boxes)
    return {face[0]: track.number for face, track in zip(faces, tracks, strict=True)}


@pytest.mark.parametrize("gap", [1, 10])
def test_number_survives_a_gap(draw, gap):
    tracker = Tracker(max_gap=15)
    for k in range(5):
        assert follow(tracker, draw, [(1, 10 + 3 * k, 20)]) == {1: 1}
    for _ in range(gap):
        follow(tracker, draw, [])
    assert follow(tracker, draw, [(1, 25 + 3 * gap, 20)]) == {1: 1}


def test_number_survives_a_gap_of_a_face_that_stands_still_after_moving(draw):
    tracker = Tracker(max_gap=15)
    for k in range(5):
        follow(tracker, draw, [(1, 10 + 4 * k, 20)])
    for _ in range(10):
        follow(tracker, draw, [])
    assert follow(tracker, draw, [(1, 26, 20)]) == {1: 1}


def test_face_that_returns_late_is_new(draw):
    tracker = Tracker(max_gap=3)
    follow(tracker, draw, [(1, 50, 20)])
    for _ in range(4):
        follow(tracker, draw, [])
    assert follow(tracker, draw, [(1, 50, 20)]) == {1: 2}
    assert len(tracker.tracks) == 1


def test_other_face_after_a_gap_is_new(draw):
    tracker = Tracker(max_gap=15)
    follow(tracker, draw, [(1, 50, 20)])
    follow(tracker, draw, [])
    assert follow(tracker, draw, [(2, 70, 20)]) == {2: 2}


@pytest.mark.parametrize("is_hidden", [False, True])
def test_crossing_faces_keep_their_numbers(draw, is_hidden):
    tracker = Tracker(max_gap=15)
    numbers = follow(tracker, draw, [(1, 20, 30), (2, 200, 34)])
    for k in range(1, 46):
        first, second = (1, 20 + 4 * k, 30), (2, 200 - 4 * k, 34)
        overlap = abs(first[1] - second[1]) < 16
        # The second face is drawn last, in front.
        faces = [second] if is_hidden and overlap else [first, second]
        found = follow(tracker, draw, faces)
        assert all(found[seed] == numbers[seed] for seed in found)
    assert set(found) == {1, 2}


def test_distant_face_is_new(draw):
    tracker = Tracker(max_gap=15)
    follow(tracker, draw, [(1, 10, 20)])
    assert follow(tracker, draw, [(1, 150, 20)]) == {1: 2}


def test_gap_in_a_sequence_of_images(draw, recognizer):
    images = [draw([] if 6 <= k < 16 else [(1, 10 + 2 * k, 30)]) for k in range(24)]
    records = list(analyze(images, recognizer))
    assert {record.track for record in records} == {1, None}
    ended = list(analyze(images, recognizer, max_gap=9))
    assert {record.track for record in ended} == {1, 2, None}


def test_gray_frames_are_tracked(draw):
    tracker = Tracker(max_gap=5)
    for k in range(4):
        image = draw([(1, 10 + 3 * k, 20)])[:, :, 1]
        [track] = tracker.update(image, None, [(10 + 3 * k, 20, 24, 24)])
    assert track.number == 1
    np.testing.assert_allclose(track.velocity, [2.625, 0])
