"""Batches of images: lazy results, all kinds of inputs, all backends of joblib."""

import gc
import io
import os
import threading
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from skimage.data import astronaut
from sklearn.base import BaseEstimator

from fertools.datasets import make_faces
from fertools.detection import FaceLocalizer, ViolaJonesDetector
from fertools.recognizer import ExpressionRecognizer, RecognitionResult, RecognizedFace

DETECTOR = ViolaJonesDetector(min_size=60)


@pytest.fixture(scope="module")
def recognizer():
    return ExpressionRecognizer(detector=None)


@pytest.fixture(params=["recognize_many", "detect_many"])
def batch(request, recognizer):
    return getattr(recognizer if "recognize" in request.param else DETECTOR, request.param)


@pytest.mark.parametrize(
    ("single", "words"),
    [
        (astronaut(), r"a single array of shape \(512, 512, 3\)"),
        (np.zeros((48, 48), np.uint8), r"a single array of shape \(48, 48\)"),
        (np.zeros((48, 48, 4)), r"a single array of shape \(48, 48, 4\)"),
        (pd.DataFrame(np.zeros((48, 48))), r"a single array of shape \(48, 48\)"),
        (np.zeros((3, 5)).tolist(), "the pixels of a single image"),
        ("photo.png", "got 'photo.png' alone"),
        (b"\x89PNG", "got bytes"),
        (io.BytesIO(b"\x89PNG"), "BytesIO object at .* alone"),
    ],
)
def test_single_image_is_refused(batch, single, words):
    with pytest.raises(ValueError, match=rf"inputs must be a list .*{words}"):
        batch(single)


@pytest.mark.parametrize("inputs", [None, 5, Image.new("L", (9, 9))])
def test_inputs_must_be_iterable(batch, inputs):
    with pytest.raises(TypeError, match=f"inputs must be .* got {type(inputs).__name__}"):
        batch(inputs)


def test_n_jobs_of_wrong_type_is_refused(batch):
    with pytest.raises(ValueError, match=r"n_jobs must be an int or None; got 2\.5\."):
        batch([], n_jobs=2.5)


@pytest.mark.parametrize("shape", [(3, 48, 48), (3, 48, 48, 3)])
def test_array_of_images_is_a_batch(recognizer, shape):
    assert len(list(recognizer.recognize_many(np.zeros(shape, np.uint8)))) == 3


@pytest.mark.parametrize(("n_jobs", "in_flight"), [(None, 1), (1, 1), (2, 8), (np.int64(2), 8)])
def test_generator_is_read_lazily(batch, n_jobs, in_flight):
    read = []

    def frames():
        for index in range(400):
            read.append(index)
            yield np.zeros((48, 48), np.uint8)

    results = batch(frames(), n_jobs=n_jobs)
    assert read == []
    for index in range(20):
        assert next(results).source == f"array {index}"
        assert len(read) - index <= in_flight


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_dropped_batch_leaves_no_threads(batch, n_jobs):
    closed = []

    def frames():
        try:
            while True:
                yield np.zeros((48, 48), np.uint8)
        finally:
            closed.append(True)

    before = threading.active_count()
    results = batch(frames(), n_jobs=n_jobs)
    next(results)
    del results
    gc.collect()
    assert closed and threading.active_count() <= before


def test_frames_are_released(recognizer):
    """Memory does not grow with the number of images."""
    alive = set()

    class Frame(np.ndarray):
        def __del__(self):
            alive.discard(id(self))

    def frames():
        for _ in range(100):
            frame = np.zeros((48, 48), np.uint8).view(Frame)
            alive.add(id(frame))
            yield frame

    for _ in recognizer.recognize_many(frames(), n_jobs=2):
        assert len(alive) <= 9


@pytest.mark.parametrize("backend", ["threading", "multiprocessing", "loky"])
def test_every_backend_gives_the_same_results(recognizer, backend):
    images = [*make_faces(5, random_state=1).images, None]
    expected = list(recognizer.recognize_many(images))
    with joblib.parallel_config(backend, n_jobs=2):
        results = recognizer.recognize_many(images)
    # The backend is kept when the results are read outside of the context.
    assert list(results) == expected
    assert expected[-1].status == "invalid"


@pytest.mark.parametrize("backend", ["threading", "multiprocessing", "loky"])
def test_localizer_runs_on_every_backend(backend):
    images = [astronaut()[:, :, 0], astronaut()[:300]]
    expected = FaceLocalizer(DETECTOR).fit_transform(images)
    with joblib.parallel_config(backend, n_jobs=2):
        crops = FaceLocalizer(DETECTOR).fit_transform(images)
    np.testing.assert_array_equal(crops, expected)


def test_bytes_and_file_objects_are_read(recognizer, tmp_path):
    pixels = make_faces(1, random_state=1).images[0]
    path = tmp_path / "face.png"
    Image.fromarray(pixels).save(path)
    content = path.read_bytes()
    with path.open("rb") as file:
        inputs = [path, content, bytearray(content), io.BytesIO(content), file, pixels]
        results = list(recognizer.recognize_many([*inputs, b"no image"]))
    assert {result.status for result in results[:-1]} == {"ok"}
    assert all(result.faces == results[0].faces for result in results[:-1])
    names = [str(path), "bytes 1", "bytes 2", "file 3", str(path), "array 5", "bytes 6"]
    assert [result.source for result in results] == names
    assert results[-1].status == "unreadable" and "bytes" in results[-1].reason
    assert len(DETECTOR.detect(content)) == 0


def test_open_files_are_named_by_path_or_position(recognizer, tmp_path):
    path = tmp_path / "face.png"
    Image.fromarray(np.zeros((48, 48), np.uint8)).save(path)
    with (
        open(os.fsencode(path), "rb") as by_bytes,
        open(os.open(path, os.O_RDONLY), "rb") as by_descriptor,
        Image.open(path) as image,
    ):
        inputs = [by_bytes, by_descriptor, image, memoryview(path.read_bytes())]
        results = list(recognizer.recognize_many(inputs))
    assert [result.source for result in results] == [str(path), "file 1", "image 2", "bytes 3"]
    assert {result.status for result in results} == {"ok"}


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_guessed_white_level_is_a_note_in_the_record(batch, n_jobs, tmp_path):
    path = tmp_path / "dark.tif"
    Image.fromarray(make_faces(1, random_state=0).images[0].astype(np.uint16)).save(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        results = list(batch([path, path.read_bytes()], n_jobs=n_jobs))
    for result, source in zip(results, [str(path), "bytes 1"], strict=True):
        assert result.status == ("ok" if result.faces else "no_face")
        assert f"{source}: values from" in result.reason
        assert "with 255 as white." in result.reason
        assert ("no face" in result.reason) == (result.status == "no_face")


def test_shipped_model_is_loaded_by_name():
    photo = astronaut()
    [fast], [default] = (ExpressionRecognizer(*a).recognize(photo) for a in (("fast",), ()))
    [accurate] = ExpressionRecognizer("accurate").recognize(photo)
    assert fast == default != accurate
    with pytest.raises(ValueError, match=r"\['accurate', 'fast'\].* got 'slow'"):
        ExpressionRecognizer("slow")


def test_reprs_are_short(recognizer):
    assert repr(recognizer) == "ExpressionRecognizer(7 classes, 48 x 48 crops, detector=None)"
    face = RecognizedFace((1, 2, 30, 40), 1.0, "happy", {"happy": 0.83, "sad": 0.17})
    assert repr(face) == "RecognizedFace('happy', 83%, box=(1, 2, 30, 40))"
    uncertain = RecognizedFace((1, 2, 3, 4), 1.0, None, {"happy": 1.0}, status="uncertain")
    assert repr(uncertain) == "RecognizedFace('uncertain', 100%, box=(1, 2, 3, 4))"
    assert repr(RecognitionResult("a.jpg", "ok", faces=[face])) == (
        "RecognitionResult('a.jpg', 1 face)"
    )
    assert repr(RecognitionResult("a.jpg", "no_face")) == "RecognitionResult('a.jpg', no_face)"


class Answers(BaseEstimator):
    """Fitted classifier with given classes and constant probabilities."""

    def __init__(self, classes):
        self.classes = classes

    @property
    def classes_(self):
        return np.array(self.classes)

    def fit(self):
        return self

    def __sklearn_is_fitted__(self):
        return True

    def predict_proba(self, X):
        return np.tile(np.arange(1, len(self.classes_) + 1) / 10, (len(X), 1))


@pytest.mark.parametrize("taken", ["x", "score", "source", "status", "set", "face", "probability"])
def test_class_named_like_a_column_gets_a_prefix(taken):
    recognizer = ExpressionRecognizer(Answers([taken, "sad"]), detector=None)
    frame = recognizer.to_frame(recognizer.recognize_many(make_faces(2).images))
    assert frame.columns.is_unique
    assert frame["source"].tolist() == ["array 0", "array 1"]
    assert frame["status"].tolist() == ["ok", "ok"]
    assert frame["x"].tolist() == [0, 0] and frame["score"].isna().all()
    assert frame[f"probability_{taken}"].tolist() == [0.1, 0.1]
    assert frame["sad"].tolist() == [0.2, 0.2]


def test_prefixed_column_does_not_overwrite_another_class():
    recognizer = ExpressionRecognizer(Answers(["x", "probability_x"]), detector=None)
    frame = recognizer.to_frame(recognizer.recognize_many(np.zeros((1, 48, 48), np.uint8)))
    assert frame.columns.is_unique
    assert frame["probability_x"].tolist() == [0.2]
    assert frame["probability_probability_x"].tolist() == [0.1]
