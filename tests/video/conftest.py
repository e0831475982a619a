"""Small generated videos, and a recognizer of bright squares instead of faces."""

import struct
from fractions import Fraction

import cv2
import numpy as np
import pytest

from fertools.recognizer import RecognizedFace

RATE = 25
SIZE = 96, 128


class SquareDetector:
    """Detector of regions of bright pixels; it counts its calls."""

    def __init__(self):
        self.n_calls = 0

    def detect(self, gray):
        self.n_calls += 1
        bright = (gray > 110).astype(np.uint8)
        _, _, stats, _ = cv2.connectedComponentsWithStats(bright)
        return [tuple(row[:4]) for row in stats[1:] if row[4] >= 40]


class FakeRecognizer:
    """Recognizer of bright squares, whose answers are given by a function of the call number."""

    classes_ = np.array(["happy", "sad"])
    min_probability = 0.0

    def __init__(self, answer=lambda call: 0.8, detector="squares"):
        self.answer, self.n_calls = answer, 0
        self.detector = SquareDetector() if detector == "squares" else detector

    def recognize_boxes(self, image, boxes):
        happy = float(self.answer(self.n_calls))
        self.n_calls += 1
        probabilities = {"happy": happy, "sad": 1 - happy}
        best = max(probabilities, key=probabilities.get)
        return [RecognizedFace(tuple(box), None, best, probabilities) for box in boxes]


@pytest.fixture
def recognizer():
    return FakeRecognizer()


@pytest.fixture
def make_recognizer():
    """Return the class of fake recognizers."""
    return FakeRecognizer


def face_pattern(seed, side=24):
    """Return a bright RGB pattern that differs from those of other seeds."""
    rng = np.random.default_rng(seed)
    small = rng.uniform(130, 255, (4, 4, 3)).astype(np.float32)
    return cv2.resize(small, (side, side), interpolation=cv2.INTER_NEAREST).astype(np.uint8)


def draw_frame(faces, size=SIZE):
    """Return a dark RGB frame with patterns at positions; `faces` holds (seed, x, y)."""
    frame = np.full((*size, 3), 20, np.uint8)
    for seed, x, y in faces:
        pattern = face_pattern(seed)
        part = frame[max(0, y) : max(0, y + 24), max(0, x) : max(0, x + 24)]
        part[:] = pattern[: part.shape[0], : part.shape[1]]
    return frame


@pytest.fixture
def draw():
    """Return the function that draws a frame."""
    return draw_frame


def moving_faces(n_frames):
    """Return frames of one face that moves right; it is absent in the last quarter."""
    return [draw_frame([(1, 10 + k, 30)] if k < 0.75 * n_frames else []) for k in range(n_frames)]


@pytest.fixture
def frames():
    """Return 24 frames, the last six without a face."""
    return moving_faces(24)


def write(path, images, *, times=None, sound=None, options=None, codec_options=None):
    """Write a video with PyAV; `times` in milliseconds, `sound` the name of an audio encoder."""
    av = pytest.importorskip("av")
    codec = "libvpx-vp9" if path.suffix == ".webm" else "libx264"
    with av.open(str(path), "w", options=options or {}) as container:
        stream = container.add_stream(codec, rate=RATE, options=codec_options or {})
        stream.height, stream.width = images[0].shape[:2] if len(images) else (64, 64)
        stream.pix_fmt = "yuv420p"
        # AVI has a constant frame rate.
        unit = Fraction(1, RATE if path.suffix == ".avi" else 1000)
        stream.codec_context.time_base = unit
        audio = container.add_stream(sound, rate=48_000) if sound else None
        if audio:
            audio.layout = "mono"
        for number, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.time_base = Fraction(1, 1000)
            frame.pts = number * 1000 // RATE if times is None else times[number]
            container.mux(stream.encode(frame))
        if audio:
            for number in range(len(images) * 1920 // 960):
                tone = np.sin(np.arange(960) / 20 + number).astype(np.float32)[None]
                frame = av.AudioFrame.from_ndarray(tone, format="flt", layout="mono")
                frame.rate, frame.pts = 48_000, number * 960
                container.mux(audio.encode(frame))
            container.mux(audio.encode(None))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def write_video(tmp_path):
    """Return a function that writes a video to a file of a name in the temporary folder."""
    return lambda name, *args, **options: write(tmp_path / name, *args, **options)


def turn_by_quarter(path):
    """Set the rotation in the header of an MP4 file: the picture is turned by 90 degrees."""
    content = bytearray(path.read_bytes())
    # In the box tkhd of version 0, the matrix follows 40 bytes of other values.
    place = content.find(b"tkhd") + 4 + 40
    content[place : place + 36] = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    path.write_bytes(content)


@pytest.fixture
def turn():
    """Return the function that sets the rotation of an MP4 file."""
    return turn_by_quarter


@pytest.fixture
def read_back():
    """Return a function that reads the times and images of a video, and its audio packets."""
    av = pytest.importorskip("av")

    def read(path):
        with av.open(str(path)) as container:
            decoded = list(container.decode(video=0))
            images = [frame.to_ndarray(format="rgb24") for frame in decoded]
            times = [float(frame.pts * frame.time_base) for frame in decoded]
        packets = []
        with av.open(str(path)) as container:
            if container.streams.audio:
                stream = container.streams.audio[0]
                packets = [bytes(packet) for packet in container.demux(stream) if packet.size]
        return times, images, packets

    return read
