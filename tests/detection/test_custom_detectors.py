"""Custom detectors, in FaceLocalizer and in the recognizer."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from fertools.datasets import make_faces
from fertools.detection import Detection, FaceLocalizer
from fertools.detection._detector_protocol import detect_faces
from fertools.features import DiscreteCosine
from fertools.recognizer import ExpressionRecognizer


class Returns:
    """A detector that returns the same faces for each image."""

    def __init__(self, faces):
        self.faces = faces

    def detect(self, image):
        return self.faces() if callable(self.faces) else self.faces


@pytest.fixture(scope="module")
def pipeline():
    faces = make_faces(70, random_state=0)
    return make_pipeline(DiscreteCosine(20), GaussianNB()).fit(faces.images, faces.labels)


IMAGE = np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8)
ACCEPTED = {
    "tuples": [(1, 2, 30, 40)],
    "lists with a score": [[1, 2, 30, 40, 0.5]],
    "floats": [(0.6, 2.4, 29.7, 40.2)],
    "array": np.array([[1, 2, 30, 40]]),
    "float32 array with scores": np.array([[1, 2, 30, 40, 0.5]], dtype=np.float32),
    "tuple of arrays": (np.array([1, 2, 30, 40]),),
    "NumPy integers": [tuple(np.array([1, 2, 30, 40], dtype=np.int32))],
    "detections": [Detection(1, 2, 30, 40, 0.5)],
    "objects": [SimpleNamespace(x=1, y=2, width=30, height=40)],
    "generator": lambda: (box for box in [(1, 2, 30, 40)]),
}


@pytest.mark.parametrize("faces", ACCEPTED.values(), ids=ACCEPTED)
def test_custom_detector_works_in_recognizer_and_localizer(faces, pipeline):
    [face] = ExpressionRecognizer(pipeline, detector=Returns(faces)).recognize(IMAGE)
    assert face.box == (1, 2, 30, 40) and all(type(value) is int for value in face.box)
    assert face.score in (None, 0.5)
    crops, found = FaceLocalizer(Returns(faces)).fit([IMAGE]).locate([IMAGE])
    expected = FaceLocalizer(Returns([Detection(1, 2, 30, 40, 1.0)])).fit_transform([IMAGE])
    np.testing.assert_array_equal(crops, expected)
    assert found.all()


@pytest.mark.parametrize("nothing", [[], (), np.empty((0, 4)), np.empty((0, 5))])
def test_custom_detector_may_find_nothing(nothing, pipeline):
    assert ExpressionRecognizer(pipeline, detector=Returns(nothing)).recognize(IMAGE) == []


def test_faces_of_a_custom_detector_are_sorted_by_size():
    small, large = (0, 0, 10, 10), (20, 20, 25, 25)
    assert [face.box for face in detect_faces(Returns([small, large]), IMAGE)] == [large, small]


REFUSED = {
    "None": (None, "got None"),
    "three values": ([(1, 2, 3)], r"got the face \(1, 2, 3\)"),
    "rows of YuNet": (np.ones((1, 15)), "optionally a score; got the face"),
    "result pair of YuNet": ((1, np.ones((1, 15))), "got the face 1"),
    "text": ("face", "got 'face'"),
    "numbers instead of faces": ([1, 2, 30, 40], "got the face 1"),
    "NaN": ([(1, 2, np.nan, 40)], "must be four finite numbers"),
    "text in a box": ([(1, 2, "wide", 40)], "must be four finite numbers"),
    "no width": ([(1, 2, 0, 40)], "at least 1 pixel wide and high"),
    "fractions of the image": ([(0.1, 0.1, 0.4, 0.4)], "in pixels of the image"),
    "outside": ([(100, 100, 30, 30)], "overlap the image, 48x48 pixels"),
    "huge": ([(0, 0, 10**9, 10**9)], "at most 3 times as long"),
    "score that is no number": ([(1, 2, 30, 40, "high")], "a finite number or None"),
}


@pytest.mark.parametrize(("faces", "words"), REFUSED.values(), ids=REFUSED)
def test_invalid_result_of_a_custom_detector_is_one_clear_error(faces, words, pipeline):
    with pytest.raises(ValueError, match=words):
        ExpressionRecognizer(pipeline, detector=Returns(faces))
    with pytest.raises(ValueError, match=words):
        FaceLocalizer(Returns(faces)).fit([IMAGE])


def test_detector_without_detect_is_refused(pipeline):
    with pytest.raises(ValueError, match=r"detector must have a method detect\(image\)"):
        ExpressionRecognizer(pipeline, detector=lambda image: [])
