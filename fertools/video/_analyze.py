"""Analysis of videos, frame by frame."""

import os
from collections.abc import Iterable, Iterator
from numbers import Integral, Real
from typing import Any, BinaryIO

from sklearn.utils._param_validation import Interval, validate_parameter_constraints

from ._frame_analyzer import FrameAnalyzer
from ._open_source import open_source
from ._record import FaceRecord

_CONSTRAINTS = {
    "every": [Interval(Integral, 1, None, closed="left")],
    "start": [Interval(Real, 0, None, closed="left"), None],
    "end": [Interval(Real, 0, None, closed="neither"), None],
    "fps": [Interval(Real, 0.001, 1000, closed="both")],
    "progress": ["boolean"],
}


def open_frames(source, *, every, start, end, fps, progress):
    """Check the parameters that select frames, and open a source; see `open_source`."""
    given = {"every": every, "start": start, "end": end, "fps": fps, "progress": progress}
    validate_parameter_constraints(_CONSTRAINTS, given, caller_name="analyze")
    if None not in (start, end) and end <= start:
        raise ValueError(f"end must be greater than start, {start}; got {end}.")
    return open_source(source, start=start, end=end, fps=fps)


def analyzed(frames, analyzer, every=1, progress=False):
    """Analyze the frames of a source.

    Parameters
    ----------
    frames : VideoFile, Camera or FrameSequence
        Source.
    analyzer : FrameAnalyzer
        Analyzer.
    every : int, default=1
        Number of frames from one analyzed frame to the next.
    progress : bool, default=False
        Whether to show a progress bar on standard error.

    Yields
    ------
    frame : Frame or None
        Each frame, and None after the last frame of a damaged video.
    records : list of FaceRecord or None
        Records of the frame; None if it is skipped.
    """
    last = None
    for position, frame in enumerate(_with_progress(frames) if progress else frames):
        yield frame, analyzer.records(frame) if position % every == 0 else None
        last = frame.number, frame.time
        # A waiting generator must not keep the image.
        del frame
    if frames.problem and last is not None:
        yield None, [FaceRecord(*last, "damaged", frames.problem)]


def _with_progress(frames):
    """Iterate over frames with a progress bar, whose total is an estimate."""
    from tqdm.auto import tqdm

    with tqdm(total=expected_frames(frames), unit="frame") as bar:
        for frame in frames:
            yield frame
            bar.update()
        bar.total = bar.n


def expected_frames(frames):
    """Return the approximate number of frames between start and end, or None if it is unknown."""
    start, end = frames.limits
    if frames.seconds is not None:
        end = frames.seconds if end is None else min(end, frames.seconds)
    return None if end is None else max(0, round((end - (start or 0)) * frames.rate))


def analyze(
    source: str | os.PathLike[str] | bytes | BinaryIO | int | Iterable[Any],
    recognizer: Any = None,
    *,
    every: int = 1,
    start: float | None = None,
    end: float | None = None,
    smoothing: str | None = "exponential",
    smoothing_time: float = 0.75,
    search_every: int = 5,
    max_gap: int = 25,
    fps: float = 25.0,
    progress: bool = False,
) -> Iterator[FaceRecord]:
    """Recognize the expressions in a video, frame by frame.

    Faces are followed from frame to frame by the overlap of their boxes and by their appearance.
    The memory does not depend on the length of the video.

    Parameters
    ----------
    source : str, path-like, bytes, binary file object, int or iterable
        Video file or its content; address of a stream, such as ``rtsp://...``; number of a camera;
        or frames in order: images as accepted by `ExpressionRecognizer.recognize`, or tuples of a
        time in seconds and an image.
    recognizer : ExpressionRecognizer, str, path-like or None, default=None
        Recognizer, name of a shipped model or path of a model file. None means
        ``ExpressionRecognizer()``. Its detector gets the gray frames.
    every : int, default=1
        Number of frames from one analyzed frame to the next. Other frames have no records.
    start, end : float or None, default=None
        Part of the video in seconds: `start` is included, `end` is not. Frames keep their numbers
        and times in the whole video.
    smoothing : {"exponential", "window"} or None, default="exponential"
        Weights of the mean of the probabilities of a face over time, which removes the flicker of
        labels: exponentially decreasing with age, or equal within a window. None takes each frame
        alone.
    smoothing_time : float, default=0.75
        Time constant of the exponential weights, or length of the window, in seconds. A sudden
        change of expression shows after about 0.7 of the time constant, or half of the window.
    search_every : int, default=5
        Number of analyzed frames from one search of the whole frame to the next. In between, only
        the neighborhoods of the known faces are searched, unless one of them is lost; a new face
        can then be found `search_every` - 1 frames late. Frames without a known face are always
        searched completely. Detectors other than `ViolaJonesDetector` search each frame completely.
    max_gap : int, default=25
        Number of analyzed frames without detection after which a face that returns is a new one.
    fps : float, default=25.0
        Frames per second of images without a time.
    progress : bool, default=False
        Whether to show a progress bar on standard error.

    Returns
    -------
    iterator of FaceRecord
        One record per face and analyzed frame, in order of frames and tracks; a frame without a
        face has one record with the status "no_face". If a file is damaged or truncated, or a
        camera stops, the records of the frames that could be read are followed by one with the
        status "damaged". Frames are analyzed while the iterator is read.

    Raises
    ------
    VideoReadError
        If the source is missing, is not a video, or has no readable frame.
    ImportError
        If PyAV, which reads files and streams, is not installed.
    ValueError
        If a parameter is out of range, or a frame is not an image.

    Examples
    --------
    >>> from skimage.data import astronaut
    >>> from fertools.video import analyze
    >>> for record in analyze([astronaut()] * 2, fps=10):
    ...     print(record.frame, record.time, record.track, record.expression)
    0 0.0 1 happy
    1 0.1 1 happy
    """
    analyzer = FrameAnalyzer(
        recognizer,
        smoothing=smoothing,
        smoothing_time=smoothing_time,
        search_every=search_every,
        max_gap=max_gap,
    )
    frames = open_frames(source, every=every, start=start, end=end, fps=fps, progress=progress)
    return _records(frames, analyzer, every, progress)


def _records(frames, analyzer, every, progress):
    try:
        for _, records in analyzed(frames, analyzer, every, progress):
            yield from records or []
    finally:
        frames.close()
