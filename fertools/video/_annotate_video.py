"""Videos with the expressions of the faces drawn on them."""

import os
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, BinaryIO

import cv2

from ._analyze import analyzed, open_frames
from ._camera import Camera
from ._frame_analyzer import FrameAnalyzer
from ._picture import draw_records
from ._table_writer import TableWriter, check_table_path
from ._video_writer import VideoWriter, check_video_path


@dataclass(frozen=True)
class VideoSummary:
    """What was found in a video.

    Attributes
    ----------
    n_frames : int
        Number of frames that were read.
    n_analyzed : int
        Number of frames that were analyzed.
    n_with_faces : int
        Number of analyzed frames with at least one face.
    n_tracks : int
        Number of faces, each of which is counted once.
    seconds : float
        Time of the last frame minus that of the first.
    problem : str
        Damage of the video, such as an early end; empty if there is none.
    """

    n_frames: int
    n_analyzed: int
    n_with_faces: int
    n_tracks: int
    seconds: float
    problem: str = ""


class _Counter:
    """Counts of the frames and faces of a video."""

    def __init__(self):
        self._n_frames = self._n_analyzed = self._n_with_faces = self._n_tracks = 0
        self._first, self._last, self._problem = None, None, ""

    def add(self, frame, records):
        """Count what `analyzed` yields."""
        if frame is None:
            self._problem = records[0].reason
            return
        self._first = frame.time if self._first is None else self._first
        self._last = frame.time
        self._n_frames += 1
        if records is not None:
            tracks = [record.track for record in records if record.track is not None]
            self._n_analyzed += 1
            self._n_with_faces += bool(tracks)
            # Tracks are numbered from 1 in the order in which they begin.
            self._n_tracks = max([self._n_tracks, *tracks])

    def summary(self):
        """Return the counts."""
        return VideoSummary(
            n_frames=self._n_frames,
            n_analyzed=self._n_analyzed,
            n_with_faces=self._n_with_faces,
            n_tracks=self._n_tracks,
            seconds=0.0 if self._first is None else self._last - self._first,
            problem=self._problem,
        )


def process_video(frames, analyzer, *, every=1, progress=False, out=None, table=None, sinks=()):
    """Analyze a source, and write an annotated video and a table.

    Parameters
    ----------
    frames : VideoFile, Camera or FrameSequence
        Source; it is closed.
    analyzer : FrameAnalyzer
        Analyzer.
    every, progress
        See `analyze`.
    out : path-like or None, default=None
        Annotated video.
    table : path-like or None, default=None
        Table of the records.
    sinks : iterable of callable, default=()
        Functions that receive each record.

    Returns
    -------
    VideoSummary
    """
    counter, shown, shape = _Counter(), [], None
    with ExitStack() as exits:
        exits.callback(frames.close)
        sinks, writer = list(sinks), None
        if table is not None:
            classes = analyzer.recognizer.classes_
            sinks.append(exits.enter_context(TableWriter(table, classes)).write)
        if out is not None:
            shift = frames.limits[0] or 0.0
            writer = VideoWriter(out, frames.rate, audio=frames.audio, shift=shift)
            exits.enter_context(writer)
            frames.on_packet = writer.write_sound if frames.audio else None
        for frame, records in analyzed(frames, analyzer, every, progress):
            counter.add(frame, records)
            for sink in sinks:
                for record in records or []:
                    sink(record)
            if frame is None or writer is None:
                continue
            # Frames that are not analyzed show the last known faces.
            shown = shown if records is None else records
            picture = draw_records(frame.image, shown)
            shape = picture.shape if shape is None else shape
            if picture.shape != shape:
                picture = cv2.resize(picture, shape[1::-1], interpolation=cv2.INTER_AREA)
            writer.write(picture, frame.pts, frame.time_base)
    return counter.summary()


def check_outputs(frames, out, table):
    """Check the output files, and that they do not replace the source.

    Raises
    ------
    ValueError
        If a suffix is unknown, an output is the source, or a camera has no end.
    """
    if out is not None:
        check_video_path(out)
    if table is not None:
        check_table_path(table)
    for path in (out, table):
        exists = path is not None and os.path.exists(path) and os.path.exists(frames.name)
        if exists and os.path.samefile(path, frames.name):
            raise ValueError(f"the output must not replace the video itself; got {path}.")
    if isinstance(frames, Camera) and frames.limits[1] is None:
        raise ValueError("end must be given for a camera, whose video has no end; got None.")


def annotate_video(
    source: str | os.PathLike[str] | bytes | BinaryIO | int | Iterable[Any],
    path: str | os.PathLike[str],
    recognizer: Any = None,
    *,
    table: str | os.PathLike[str] | None = None,
    every: int = 1,
    start: float | None = None,
    end: float | None = None,
    smoothing: str | None = "exponential",
    smoothing_time: float = 0.75,
    search_every: int = 5,
    max_gap: int = 25,
    fps: float = 25.0,
    progress: bool = False,
) -> VideoSummary:
    """Write a video with the boxes and expressions of the faces drawn on each frame.

    Timestamps are those of the source, also if its frame rate varies. Frames are drawn upright, as
    the rotation stored in the file demands. The sound is copied, or encoded again if browsers do
    not play its codec in the chosen format.

    Parameters
    ----------
    source : str, path-like, bytes, binary file object, int or iterable
        Source of the frames; see `analyze`. A camera needs `end`.
    path : str or path-like
        Output file. Its suffix selects the format: H.264 for ``.mp4``, ``.m4v``, ``.mov`` and
        ``.mkv``, VP9 for ``.webm``. It appears once it is complete; an existing file is replaced.
    recognizer : ExpressionRecognizer, str, path-like or None, default=None
        Recognizer, name of a shipped model or path of a model file. None means
        ``ExpressionRecognizer()``.
    table : str, path-like or None, default=None
        File for the table of `records_frame`, ``.csv`` or ``.parquet``.
    every : int, default=1
        Number of frames from one analyzed frame to the next. All frames are written; those in
        between show the faces of the last analyzed frame.
    start, end : float or None, default=None
        Part of the video in seconds: `start` is included, `end` is not.
    smoothing : {"exponential", "window"} or None, default="exponential"
        Weights of the mean of the probabilities over time; see `analyze`.
    smoothing_time : float, default=0.75
        Time constant of the exponential weights, or length of the window, in seconds.
    search_every : int, default=5
        Number of analyzed frames from one search of the whole frame to the next; see `analyze`.
    max_gap : int, default=25
        Number of analyzed frames without detection after which a face that returns is a new one.
    fps : float, default=25.0
        Frames per second of images without a time.
    progress : bool, default=False
        Whether to show a progress bar on standard error.

    Returns
    -------
    VideoSummary
        Numbers of frames and faces, and the damage of the source, if any.

    Raises
    ------
    VideoReadError
        If the source is missing, is not a video, or has no readable frame.
    ImportError
        If PyAV is not installed.
    OSError
        If a file cannot be written.
    ValueError
        If a parameter is out of range, a frame is not an image, or a suffix is unknown.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skimage.data import astronaut
    >>> from fertools.video import annotate_video
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     annotate_video([astronaut()] * 3, Path(folder) / "astronaut.mp4")
    VideoSummary(n_frames=3, n_analyzed=3, n_with_faces=3, n_tracks=1, seconds=0.08, problem='')
    """
    analyzer = FrameAnalyzer(
        recognizer,
        smoothing=smoothing,
        smoothing_time=smoothing_time,
        search_every=search_every,
        max_gap=max_gap,
    )
    frames = open_frames(source, every=every, start=start, end=end, fps=fps, progress=progress)
    try:
        check_outputs(frames, path, table)
    except BaseException:
        frames.close()
        raise
    return process_video(frames, analyzer, every=every, progress=progress, out=path, table=table)
