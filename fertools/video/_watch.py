"""Live window of a camera with the expressions of the faces."""

import logging
import os
import time
from collections import deque
from contextlib import ExitStack
from datetime import datetime
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from sklearn.utils._param_validation import Interval, validate_parameter_constraints

from ..annotation import save_image
from ..exceptions import VideoReadError
from ._camera import LatestFrames
from ._frame_analyzer import FrameAnalyzer
from ._open_source import open_source
from ._picture import draw_records
from ._video_file import is_url
from ._video_writer import VideoWriter
from ._window import Window

_LOGGER = logging.getLogger("fertools.video")
_TITLE = "fertools: q quits, s saves a picture, r records"
# Longer side in pixels of the frames in which faces are searched.
_SEARCH_SIDE = 640
_PAPER = 250
_CONSTRAINTS = {"timeout": [Interval(Real, 0, None, closed="neither")]}


class _Clock:
    """Mean number of frames per second over the last second or so."""

    def __init__(self):
        self._times = deque(maxlen=30)

    def tick(self):
        """Count a frame and return the rate, or None at the first one."""
        self._times.append(time.perf_counter())
        seconds = self._times[-1] - self._times[0]
        return (len(self._times) - 1) / seconds if seconds > 0 else None


class _View:
    """Picture for the window: it only grows, so that the window keeps its size."""

    def __init__(self):
        self._height = self._width = 0

    def draw(self, frame, records, rate, is_recording):
        """Return the picture of a frame with bars, the frame rate and a mark of the recording."""
        picture = draw_records(frame.image, records, bars=True)
        self._height = max(self._height, picture.shape[0])
        self._width = max(self._width, picture.shape[1])
        view = np.full((self._height, self._width, 3), _PAPER, np.uint8)
        view[: picture.shape[0], : picture.shape[1]] = picture
        texts = [] if rate is None else [(f"{rate:.0f} fps", (255, 255, 255))]
        if is_recording:
            texts.append(("recording", (255, 90, 60)))
        for line, (text, color) in enumerate(texts):
            place = (8, 22 + 24 * line)
            for ink, width in (((0, 0, 0), 4), (color, 1)):
                cv2.putText(
                    view, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.6, ink, width, cv2.LINE_AA
                )
        return view


class _Recorder:
    """Recording of the annotated frames, which is switched on and off."""

    def __init__(self, folder, rate):
        self._folder, self._rate = folder, rate
        self._exits = self._writer = self._shape = None

    @property
    def is_on(self):
        """Whether frames are recorded."""
        return self._exits is not None

    def start(self, frame):
        """Begin a video with a frame, and return its path."""
        path = self._folder / f"recording-{_now()}.mp4"
        exits = ExitStack()
        self._writer = exits.enter_context(VideoWriter(path, self._rate, shift=frame.time))
        self._exits, self._shape = exits, None
        return path

    def write(self, frame, records):
        """Write a frame, if the recording is on."""
        if self.is_on:
            picture = draw_records(frame.image, records)
            self._shape = self._shape or picture.shape
            if picture.shape == self._shape:
                self._writer.write(picture, frame.pts, frame.time_base)

    def stop(self):
        """End the video, if the recording is on."""
        exits, self._exits = self._exits, None
        if exits is not None:
            exits.close()


def _now():
    # Several pictures per second are possible.
    return datetime.now().strftime("%Y%m%d-%H%M%S-%f")[:-3]


def watch(
    source: int | str | os.PathLike[str] | Any = 0,
    recognizer: Any = None,
    *,
    folder: str | os.PathLike[str] = ".",
    window: Any = None,
    smoothing: str | None = "exponential",
    smoothing_time: float = 0.75,
    search_every: int = 5,
    timeout: float = 5.0,
) -> list[Path]:
    """Show the expressions of the faces before a camera in a window.

    The key q quits, s saves a picture, and r starts and stops a recording. Faces are searched in
    frames reduced to 640 pixels and recognized at full resolution. Frames that arrive during the
    analysis are dropped, so that the window does not fall behind.

    Parameters
    ----------
    source : int, str, path-like or iterable of images, default=0
        Number of the camera, address of a stream, or any other source of `analyze`, of which each
        frame is shown.
    recognizer : ExpressionRecognizer, str, path-like or None, default=None
        Recognizer, name of a shipped model or path of a model file. None means
        ``ExpressionRecognizer()``.
    folder : str or path-like, default="."
        Folder of pictures and recordings; it is created if it does not exist.
    window : object or None, default=None
        Object with methods ``show(picture)`` for RGB pictures, ``key()``, which returns the
        pressed key or "", and ``close()``. None means a window of OpenCV.
    smoothing : {"exponential", "window"} or None, default="exponential"
        Weights of the mean of the probabilities over time; see `analyze`.
    smoothing_time : float, default=0.75
        Time constant of the exponential weights, or length of the window, in seconds.
    search_every : int, default=5
        Number of frames from one search of the whole frame to the next; see `analyze`.
    timeout : float, default=5.0
        Seconds without a frame after which the camera is taken to have stopped.

    Returns
    -------
    list of Path
        Pictures and recordings that were written.

    Raises
    ------
    VideoReadError
        If the camera cannot be opened or stops.
    OSError
        If there is no display, or a file cannot be written.
    ImportError
        If the installed OpenCV has no windows, or PyAV, which reads streams and writes recordings,
        is not installed.
    ValueError
        If a parameter is out of range.

    Examples
    --------
    >>> from fertools.video import watch
    >>> watch(0, folder="pictures")  # doctest: +SKIP
    """
    validate_parameter_constraints(_CONSTRAINTS, {"timeout": timeout}, caller_name="watch")
    analyzer = FrameAnalyzer(
        recognizer,
        smoothing=smoothing,
        smoothing_time=smoothing_time,
        search_every=search_every,
        search_side=_SEARCH_SIDE,
    )
    with ExitStack() as exits:
        # Without a display, the camera is not switched on.
        window = Window(_TITLE) if window is None else window
        exits.callback(window.close)
        opened = open_source(source)
        is_live = isinstance(source, Integral) or is_url(source)
        frames = LatestFrames(opened, timeout) if is_live else opened
        exits.callback(frames.close)
        recorder = _Recorder(Path(folder), opened.rate)
        # A recording is complete also if the camera stops.
        exits.callback(recorder.stop)
        written, has_quit = _run(frames, analyzer, window, recorder, Path(folder))
        if opened.problem and not has_quit:
            raise VideoReadError(f"{opened.name} stopped: {opened.problem}.", "stopped")
        return written


def _run(frames, analyzer, window, recorder, folder):
    """Show frames until they end or q is pressed; return the written files, and whether it was."""
    view, clock, written = _View(), _Clock(), []
    for frame in frames:
        records = analyzer.records(frame)
        recorder.write(frame, records)
        window.show(view.draw(frame, records, clock.tick(), recorder.is_on))
        key = window.key()
        if key == "q":
            return written, True
        if key == "s":
            folder.mkdir(parents=True, exist_ok=True)
            picture = draw_records(frame.image, records, bars=True)
            written.append(save_image(picture, folder / f"picture-{_now()}.png"))
            _LOGGER.info("Saved %s.", written[-1])
        elif key == "r" and recorder.is_on:
            recorder.stop()
            _LOGGER.info("Saved %s.", written[-1])
        elif key == "r":
            folder.mkdir(parents=True, exist_ok=True)
            written.append(recorder.start(frame))
            recorder.write(frame, records)
    return written, False
