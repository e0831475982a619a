"""The live window, with fake cameras and windows."""

import threading
import time

import cv2
import numpy as np
import pytest
from PIL import Image

from fertools.exceptions import VideoReadError
from fertools.video import watch
from fertools.video._camera import LatestFrames
from fertools.video._window import Window


class FakeWindow:
    """Window that records what it shows; `keys` maps the number of a picture to a key."""

    def __init__(self, keys=None):
        self.keys, self.pictures, self.is_closed = keys or {}, [], False

    def show(self, picture):
        self.pictures.append(picture)

    def key(self):
        return self.keys.get(len(self.pictures), "")

    def close(self):
        self.is_closed = True


class FakeCapture:
    """Camera that delivers a number of frames and then fails, or hangs."""

    def __init__(self, n_frames, size=(480, 640), hangs=False, is_open=True):
        self.left, self.size, self.hangs, self.is_open = n_frames, size, hangs, is_open
        self.is_released = False

    def isOpened(self):
        return self.is_open

    def get(self, _):
        return 30.0

    def read(self):
        if self.left == 0:
            if self.hangs:
                time.sleep(1)
            return False, None
        time.sleep(0.002)
        self.left -= 1
        frame = np.full((*self.size, 3), 20, np.uint8)
        frame[100:148, 200:248] = (250, 150, 150)  # blue in the order of OpenCV
        return True, frame

    def release(self):
        self.is_released = True


@pytest.fixture
def use_camera(monkeypatch):
    """Return a function that replaces the cameras of OpenCV by one capture."""

    def use(capture):
        monkeypatch.setattr(cv2, "VideoCapture", lambda index: capture)
        return capture

    return use


def test_q_quits_and_closes_everything(use_camera, recognizer):
    camera, window = use_camera(FakeCapture(10_000)), FakeWindow({5: "q"})
    assert watch(0, recognizer, window=window) == []
    assert len(window.pictures) == 5 and window.is_closed and camera.is_released
    # The panel with the bars is on the right of the frame.
    height, width = window.pictures[-1].shape[:2]
    assert height >= 480 and width > 700
    # The blue face is shown in RGB.
    red, _, blue = window.pictures[-1][130, 225].astype(int)
    assert blue > red + 50


def test_window_keeps_its_size_while_faces_come_and_go(draw, recognizer):
    faces = [[(1, 40, 40)], [], [(1, 40, 40), (2, 80, 10)], []]
    window = FakeWindow()
    watch([draw(each, size=(240, 320)) for each in faces], recognizer, window=window)
    shapes = [picture.shape for picture in window.pictures]
    assert shapes[0] == shapes[1] and shapes[2] == shapes[3]


def test_s_saves_a_picture(frames, recognizer, tmp_path):
    window = FakeWindow({2: "s", 3: "s"})
    saved = watch(frames, recognizer, window=window, folder=tmp_path / "new")
    assert len(set(saved)) == 2 and saved[0].parent == tmp_path / "new"
    with Image.open(saved[0]) as picture:
        assert picture.size[0] > 384


def test_r_starts_and_stops_a_recording(frames, recognizer, read_back, tmp_path):
    window = FakeWindow({3: "r", 10: "r"})
    [path] = watch(frames, recognizer, window=window, folder=tmp_path)
    times, images, _ = read_back(path)
    assert len(times) == 8 and images[0].shape == (288, 384, 3)
    np.testing.assert_allclose(times, np.arange(8) / 25, atol=1e-3)
    assert [item.name for item in tmp_path.iterdir()] == [path.name]


def test_recording_is_complete_if_the_camera_stops(use_camera, recognizer, read_back, tmp_path):
    use_camera(FakeCapture(60))
    window = FakeWindow({2: "r"})
    with pytest.raises(VideoReadError, match="camera 0 stopped"):
        watch(0, recognizer, window=window, folder=tmp_path, timeout=2)
    [path] = tmp_path.iterdir()
    assert len(read_back(path)[0]) >= 2


def test_camera_that_hangs_is_an_error(use_camera, recognizer):
    use_camera(FakeCapture(3, hangs=True))
    window = FakeWindow()
    with pytest.raises(VideoReadError, match=r"no frame arrived for 0\.1 seconds") as caught:
        watch(0, recognizer, window=window, timeout=0.1)
    assert caught.value.status == "stopped" and window.is_closed


def test_missing_camera_is_an_error(use_camera, recognizer):
    use_camera(FakeCapture(0, is_open=False))
    with pytest.raises(VideoReadError, match=r"camera 7 cannot be opened\.") as caught:
        watch(7, recognizer, window=FakeWindow())
    assert caught.value.status == "missing"


def test_faces_are_searched_in_reduced_frames(draw, recognizer):
    shapes, detect = [], recognizer.detector.detect
    recognizer.detector.detect = lambda gray: shapes.append(gray.shape) or detect(gray)
    boxes = []
    recognize = recognizer.recognize_boxes
    recognizer.recognize_boxes = lambda gray, found: boxes.append(found) or recognize(gray, found)
    large = np.kron(draw([(1, 40, 30)]), np.ones((10, 10, 1), np.uint8))
    watch([large], recognizer, window=FakeWindow())
    assert shapes == [(480, 640)] and boxes == [[(400, 300, 240, 240)]]


def test_late_frames_are_dropped():
    class Source:
        name = "source"
        seen = threading.Event()

        def __iter__(self):
            yield "first"
            self.seen.wait(5)
            yield from ("late", "later", "last")
            done.set()

        def close(self):
            pass

    done, source = threading.Event(), Source()
    received = []
    for item in LatestFrames(source, timeout=5):
        received.append(item)
        if item == "first":
            source.seen.set()
            done.wait(5)
    assert received == ["first", "last"]


def test_error_of_a_source_is_raised():
    def broken():
        raise VideoReadError("stream: gone.", "stopped")
        yield

    with pytest.raises(VideoReadError, match="gone"):
        list(LatestFrames(broken(), timeout=5))


def test_without_a_display_the_error_says_so(monkeypatch, use_camera, recognizer):
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    camera = use_camera(FakeCapture(5))
    with pytest.raises(OSError, match="no display"):
        watch(0, recognizer)
    assert camera.left == 5


def test_opencv_without_windows_names_the_repair(monkeypatch):
    def refuse(*args):
        raise cv2.error("The function is not implemented.")

    monkeypatch.setenv("DISPLAY", ":9")
    monkeypatch.setattr(cv2, "namedWindow", refuse)
    with pytest.raises(ImportError, match="opencv-python-headless"):
        Window("title")
