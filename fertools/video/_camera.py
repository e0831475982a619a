"""Frames of a camera, and the latest frame of a live source."""

import threading
import time
from fractions import Fraction

import cv2

from .._utils.image_files import silent_opencv
from ..exceptions import VideoReadError
from ._frame import Frame
from ._frame_sequence import TIME_BASE, is_selected


class Camera:
    """Frames of a camera, read with OpenCV.

    Parameters
    ----------
    index : int
        Number of the camera; 0 is the default camera of the system.
    start, end : float or None, default=None
        Range of the frames in seconds since the first one.

    Attributes
    ----------
    name, limits, rate, seconds, audio, on_packet, problem
        See `VideoFile`. There is no sound, and the duration is unknown.

    Raises
    ------
    VideoReadError
        If the camera cannot be opened.
    """

    def __init__(self, index, *, start=None, end=None):
        self.name = f"camera {index}"
        self.limits = start, end
        self._capture = self._open(index)
        self.rate = Fraction(self._capture.get(cv2.CAP_PROP_FPS) or 25).limit_denominator(1001)
        self.seconds, self.audio, self.on_packet, self.problem = None, [], None, ""

    def _open(self, index):
        # A missing camera is reported once, as an error.
        with silent_opencv():
            capture = cv2.VideoCapture(index)
        if not capture.isOpened():
            capture.release()
            raise VideoReadError(f"{self.name} cannot be opened.", "missing")
        return capture

    def __iter__(self):
        number, zero = 0, None
        while True:
            is_read, image = self._capture.read()
            if not is_read:
                self.problem = "the camera delivers no more frames"
                if number == 0:
                    raise VideoReadError(f"{self.name} delivers no frames.", "stopped")
                return
            now = time.monotonic()
            zero = now if zero is None else zero
            seconds = now - zero
            if self.limits[1] is not None and seconds >= self.limits[1]:
                return
            if is_selected(seconds, self.limits):
                image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
                yield Frame(number, seconds, image, round(seconds / TIME_BASE), TIME_BASE)
            number += 1

    def close(self):
        """Release the camera."""
        self._capture.release()


class LatestFrames:
    """Latest frame of a live source: frames that arrive during the analysis are dropped.

    The source is read in a thread of its own, so that a camera that hangs is noticed.

    Parameters
    ----------
    frames : iterable of Frame
        Live source with a `name`.
    timeout : float
        Seconds without a new frame after which the source is taken to have stopped.

    Raises
    ------
    VideoReadError
        While iterating, if no frame arrives in time; errors of the source are raised as well.
    """

    def __init__(self, frames, timeout):
        self._frames, self._timeout = frames, timeout
        self._changed = threading.Condition()
        self._latest = self._error = None
        self._is_over = False
        # A thread that hangs in a driver must not keep the process alive.
        self._thread = threading.Thread(target=self._read, daemon=True)

    def _read(self):
        try:
            for frame in self._frames:
                with self._changed:
                    if self._is_over:
                        return
                    self._latest = frame
                    self._changed.notify()
        except Exception as error:
            self._error = error
        with self._changed:
            self._is_over = True
            self._changed.notify()

    def __iter__(self):
        self._thread.start()
        while True:
            with self._changed:
                is_ready = self._changed.wait_for(
                    lambda: self._latest is not None or self._is_over, self._timeout
                )
                frame, self._latest = self._latest, None
            if not is_ready:
                raise VideoReadError(
                    f"{self._frames.name} stopped: no frame arrived for {self._timeout:g} seconds.",
                    "stopped",
                )
            if frame is None:
                if self._error is not None:
                    raise self._error
                return
            yield frame

    def close(self):
        """Stop reading; the source is closed unless its thread hangs."""
        with self._changed:
            self._is_over = True
        if self._thread.ident is not None:
            self._thread.join(self._timeout)
        if not self._thread.is_alive():
            self._frames.close()
