"""YuNetDetector with a stand-in of cv2.FaceDetectorYN; fertools ships no network."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from sklearn.base import clone

from fertools.detection import YuNetDetector
from fertools.detection._yunet_detector import _LOADED

ROWS = np.array(
    [
        [10, 20, 30, 40, *[0] * 10, 0.8],
        [100, 20, 60, 60, *[0] * 10, 0.95],
        [5, 5, 0, 0, *[0] * 10, 0.9],
    ],
    np.float32,
)


class FakeNetwork:
    rows = ROWS

    def __init__(self):
        self.settings = {}

    def detect(self, pixels):
        self.settings["pixels"] = pixels
        return 1, self.rows

    def __getattr__(self, name):
        return lambda value: self.settings.update({name: value})


@pytest.fixture
def network(monkeypatch):
    network = FakeNetwork()
    _LOADED.__dict__.clear()
    monkeypatch.setattr(
        cv2, "FaceDetectorYN", SimpleNamespace(create=lambda *given: network), raising=False
    )
    yield network
    _LOADED.__dict__.clear()


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "yunet.onnx"
    path.write_bytes(b"a network")
    return path


def test_faces_are_detections(network, model):
    image = np.random.default_rng(0).integers(0, 256, (100, 200, 3), dtype=np.uint8)
    faces = YuNetDetector(model, min_face_probability=0.6).detect(image)
    assert [face.box for face in faces] == [(100, 20, 60, 60), (10, 20, 30, 40)]
    assert faces[0].probability == faces[0].score == pytest.approx(0.95)
    assert network.settings["setInputSize"] == (200, 100)
    assert network.settings["setScoreThreshold"] == 0.6
    assert network.settings["pixels"].shape == (100, 200, 3)


def test_boxes_of_large_images_are_mapped_back(network, model):
    faces = YuNetDetector(model, max_side=200).detect(np.zeros((200, 400), np.uint8))
    assert faces[0].box == (200, 40, 120, 120)


def test_no_face_is_an_empty_list(network, model):
    network.rows = None
    assert YuNetDetector(model).detect(np.zeros((50, 50), np.uint8)) == []
    [result] = YuNetDetector(model).detect_many([np.zeros((50, 50), np.uint8)])
    assert result.status == "no_face"


def test_missing_file_is_reported(network, tmp_path):
    with pytest.raises(ValueError, match=r"does not exist\. Download face_detection_yunet"):
        YuNetDetector(tmp_path / "none.onnx").detect_many([])


def test_old_opencv_is_reported(monkeypatch, model):
    monkeypatch.delattr(cv2, "FaceDetectorYN", raising=False)
    with pytest.raises(ImportError, match=r"requires cv2\.FaceDetectorYN, of OpenCV 4\.5\.4"):
        YuNetDetector(model).detect(np.zeros((50, 50), np.uint8))


@pytest.mark.skipif(not hasattr(cv2, "FaceDetectorYN"), reason="needs OpenCV's module")
def test_file_that_is_no_network_is_reported(model):
    with pytest.raises(ValueError, match="must be a YuNet network in ONNX format"):
        YuNetDetector(model).detect(np.zeros((50, 50), np.uint8))


def test_parameters_are_validated_and_cloned(model):
    detector = clone(YuNetDetector(model, overlap=0.4))
    assert detector.overlap == 0.4
    with pytest.raises(ValueError, match="'max_faces' parameter"):
        YuNetDetector(model, max_faces=0).detect(np.zeros((50, 50), np.uint8))
