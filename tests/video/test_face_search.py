"""Search of the whole frame, and near known faces."""

import numpy as np
import pytest
from skimage.data import astronaut

from fertools.detection import ViolaJonesDetector
from fertools.detection._boxes import overlaps
from fertools.detection._map_images import load_gray
from fertools.video._face_search import FaceSearch
from fertools.video._tracker import Tracker


@pytest.fixture(scope="module")
def photo():
    return load_gray(astronaut())[:300]


def test_search_near_a_face_finds_it_again(photo):
    detector = ViolaJonesDetector(min_size=46)
    search, tracker = FaceSearch(detector, every=3), Tracker(5)
    found = []
    for shift in range(0, 18, 3):
        moved = np.roll(photo, shift, axis=1)
        faces = search.find(moved, tracker.tracks)
        tracker.update(moved, None, [face.box for face in faces])
        found.append(faces)
    assert [len(faces) for faces in found] == [1] * 6
    for number, [face] in enumerate(found):
        expected = (found[0][0].x + 3 * number, *found[0][0].box[1:])
        assert overlaps(face.box, [expected])[0] > 0.75
    assert {track.number for track in tracker.tracks} == {1}


def test_lost_face_starts_a_search_of_the_whole_frame(photo):
    search, tracker = FaceSearch(ViolaJonesDetector(min_size=46), every=100), Tracker(5)
    tracker.update(photo, None, [face.box for face in search.find(photo, tracker.tracks)])
    far = np.roll(photo, 200, axis=1)
    [face] = search.find(far, tracker.tracks)
    assert abs(face.x - tracker.tracks[0].box[0]) > 150
    assert search.find(np.zeros_like(photo), tracker.tracks) == []


def test_other_detectors_search_each_frame(draw, recognizer):
    search, tracker = FaceSearch(recognizer.detector, every=5), Tracker(5)
    for k in range(4):
        gray = draw([(1, 10 + k, 30)])[:, :, 0]
        boxes = [face.box for face in search.find(gray, tracker.tracks)]
        tracker.update(gray, None, boxes)
    assert recognizer.detector.n_calls == 4


def test_large_frames_are_reduced(draw, recognizer):
    shapes = []
    detect = recognizer.detector.detect
    recognizer.detector.detect = lambda gray: shapes.append(gray.shape) or detect(gray)
    search = FaceSearch(recognizer.detector, every=1, max_side=64)
    gray = np.kron(draw([(1, 20, 30)]).max(axis=2), np.ones((2, 2), np.uint8))
    [face] = search.find(gray, [])
    assert shapes == [(48, 64)] and face.box == (40, 60, 48, 48)


def test_no_detector_means_the_whole_frame(photo):
    [face] = FaceSearch(None, every=5).find(photo, [])
    assert face.box == (0, 0, 512, 300)
