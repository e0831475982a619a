"""Open the sources of frames: files, streams, cameras and images."""

import io
import os
from collections.abc import Iterable
from numbers import Integral

from ._camera import Camera
from ._frame_sequence import FrameSequence
from ._video_file import VideoFile


def open_source(source, *, start=None, end=None, fps=25.0):
    """Open a source of frames.

    Parameters
    ----------
    source : str, path-like, bytes, binary file object, int or iterable of images
        Video file, address of a stream, number of a camera, or images.
    start, end : float or None, default=None
        Range of the frames in seconds: `start` is included, `end` is not.
    fps : float, default=25.0
        Frames per second of images without a time.

    Returns
    -------
    VideoFile, Camera or FrameSequence

    Raises
    ------
    VideoReadError
        If the source is missing or cannot be read.
    TypeError
        If `source` is of another type.
    """
    limits = {"start": start, "end": end}
    if isinstance(source, Integral) and not isinstance(source, bool):
        if source < 0:
            raise ValueError(f"source must be at least 0 if it is a camera; got {source}.")
        return Camera(int(source), **limits)
    if isinstance(source, (bytes, bytearray)):
        return VideoFile(io.BytesIO(source), **limits)
    if isinstance(source, (str, os.PathLike)) or hasattr(source, "read"):
        return VideoFile(source, **limits)
    if isinstance(source, Iterable):
        return FrameSequence(source, fps, **limits)
    raise TypeError(
        "source must be a video file, an address, the number of a camera or an iterable of images; "
        f"got {source!r}."
    )
