"""``fertools video``."""

import os
from array import array
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from .._utils.files import replacing
from ._inputs import load_recognizer, output_file
from ._search_options import (
    MinFaceProbability,
    MinSize,
    Profile,
    Search,
    SearchOption,
    detector_options,
)
from ._terminal import Model, Quiet, cell, print_table, say, tell, user_path

_PLOTS = (".png", ".svg", ".pdf")
# Faces that are listed, those seen longest.
_MAX_LISTED = 20


class Smoothing(StrEnum):
    """Kinds of smoothing."""

    exponential = "exponential"
    window = "window"
    none = "none"


def _seconds(text):
    """Convert seconds, minutes:seconds or hours:minutes:seconds to seconds."""
    if text is None:
        return None
    try:
        parts = [float(part) for part in text.split(":")]
    except ValueError:
        parts = []
    if not 1 <= len(parts) <= 3 or not all(0 <= part < float("inf") for part in parts):
        raise typer.BadParameter(
            f"must be seconds or hours:minutes:seconds, such as 90 or 1:30; got {text!r}"
        )
    return sum(part * 60**power for power, part in enumerate(reversed(parts)))


def video_source(text):
    """Return the source of frames that an argument names: a camera, an address or a file."""
    if text.isascii() and text.isdigit() and not os.path.exists(text):
        return int(text)
    return text if "://" in text else user_path(text)


def video(
    source: Annotated[
        str, typer.Argument(help="Video file, address of a stream, or number of a camera.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="Annotated video: .mp4, .mov, .mkv (H.264) or .webm (VP9)."),
    ] = None,
    table: Annotated[
        Path | None, typer.Option(help="Table with one row per face and frame: .csv or .parquet.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Timeline of the expressions: .png, .svg or .pdf.")
    ] = None,
    every: Annotated[int, typer.Option(min=1, help="Analyze every N-th frame only.")] = 1,
    start: Annotated[
        str | None,
        typer.Option(callback=_seconds, help="First time, in seconds or hours:minutes:seconds."),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option(callback=_seconds, help="Time at which to stop; cameras need it."),
    ] = None,
    model: Model = None,
    smoothing: Annotated[
        Smoothing, typer.Option(help="Weights of the mean over time.")
    ] = Smoothing.exponential,
    smoothing_time: Annotated[
        float, typer.Option(min=0.001, help="Time constant or window of the mean, in seconds.")
    ] = 0.75,
    min_probability: Annotated[
        float,
        typer.Option(min=0, max=1, help="Less probable predictions are reported as uncertain."),
    ] = 0.0,
    search: SearchOption = Search.fast,
    min_size: MinSize = None,
    profile: Profile = False,
    min_face_probability: MinFaceProbability = None,
    quiet: Quiet = False,
):
    """Recognize facial expressions in a video.

    The exit code is 1 if the video cannot be read to its end or shows no face.
    """
    from ..exceptions import VideoReadError
    from ..video._analyze import open_frames
    from ..video._annotate_video import check_outputs, process_video
    from ..video._frame_analyzer import FrameAnalyzer
    from ..video._table_writer import check_table_path
    from ..video._video_writer import check_video_path

    out, table, plot = (
        path if path is None else output_file(option, path)
        for option, path in (("--out", out), ("--table", table), ("--plot", plot))
    )
    if out is not None:
        check_video_path(out, "--out")
    if table is not None:
        check_table_path(table, "--table")
    _check_plot(plot)
    source = video_source(source)
    _check_times(source, start, end)
    detector = detector_options(search, min_size, profile, min_face_probability)
    recognizer = load_recognizer(model, quiet, min_probability=min_probability, **detector)
    weights = None if smoothing is Smoothing.none else smoothing.value
    analyzer = FrameAnalyzer(recognizer, smoothing=weights, smoothing_time=smoothing_time)
    faces = _Faces()
    timeline = None if plot is None else _Timeline()
    sinks = [faces.add] if timeline is None else [faces.add, timeline.add]
    try:
        frames = open_frames(source, every=every, start=start, end=end, fps=25, progress=not quiet)
        check_outputs(frames, out, table)
        if frames.seconds is not None and start is not None and start >= frames.seconds:
            raise ValueError(
                f"--start must be before the end of the video, {frames.seconds:.2f} seconds; "
                f"got {start:g}."
            )
        summary = process_video(
            frames, analyzer, every=every, progress=not quiet, out=out, table=table, sinks=sinks
        )
    except VideoReadError as error:
        tell(str(error))
        raise typer.Exit(1) from error
    if not summary.n_frames and not frames.problem and start is not None:
        if end is None:
            raise ValueError(f"--start must be before the end of the video; got {start:g}.")
        raise ValueError(
            f"the video must have a frame from --start to --end; got {start:g} and {end:g}."
        )
    faces.print()
    say(
        f"{summary.n_frames:,} frames, {summary.seconds:.1f} seconds; faces in "
        f"{summary.n_with_faces:,} of {summary.n_analyzed:,} analyzed frames."
    )
    if timeline is not None:
        timeline.save(plot)
    if frames.problem:
        tell(f"{frames.name}: {frames.problem}.")
    elif not summary.n_with_faces:
        tell(f"{frames.name}: no face was found.")
    if frames.problem or not summary.n_with_faces:
        raise typer.Exit(1)


def _check_times(source, start, end):
    if end is not None and end <= (start or 0):
        limit = "0" if start is None else f"--start, {start:g}"
        raise ValueError(f"--end must be greater than {limit}; got {end:g}.")
    if isinstance(source, int) and end is None:
        raise ValueError("--end must be given for a camera, whose video has no end.")


def _check_plot(path):
    from .._utils.optional import import_optional

    if path is None:
        return
    import_optional("matplotlib", "plot")
    if path.suffix.lower() not in _PLOTS:
        raise ValueError(f"--plot must end with one of {', '.join(_PLOTS)}; got {str(path)!r}.")


class _Faces:
    """Times and expressions of each face."""

    def __init__(self):
        self._faces = {}

    def add(self, record):
        """Count a record."""
        if record.track is not None:
            first, _, counts = self._faces.get(record.track, (record.time, 0.0, Counter()))
            counts[record.expression or record.status] += 1
            self._faces[record.track] = first, record.time, counts

    def print(self):
        """Print one row per face."""
        longest = sorted(self._faces, key=lambda track: -self._faces[track][2].total())
        table = Table("face", "from", "to", "frames", "expressions")
        for track in sorted(longest[:_MAX_LISTED]):
            first, last, counts = self._faces[track]
            n_frames = counts.total()
            shares = [f"{name} {n / n_frames:.0%}" for name, n in counts.most_common(3)]
            times = f"{first:.2f} s", f"{last:.2f} s"
            table.add_row(str(track), *times, f"{n_frames:,}", cell(", ".join(shares)))
        if longest:
            print_table(table)
        if len(longest) > _MAX_LISTED:
            say(f"{len(longest) - _MAX_LISTED:,} more faces, which were seen in fewer frames.")


class _Timeline:
    """Columns of the records that the timeline needs, in little memory."""

    def __init__(self):
        self._classes, self._limits = [], None
        self._columns = array("d"), array("q"), array("b"), array("f")

    def add(self, record):
        """Add a record."""
        first = record.time if self._limits is None else self._limits[0]
        self._limits = first, record.time
        if record.track is None:
            return
        self._classes = self._classes or list(record.probabilities)
        times, tracks, expressions, probabilities = self._columns
        times.append(record.time)
        tracks.append(record.track)
        is_certain = record.expression is not None
        expressions.append(self._classes.index(record.expression) if is_certain else -1)
        probabilities.extend(record.probabilities.values())

    def save(self, path):
        """Draw the timeline to a file."""
        import matplotlib
        import numpy as np

        matplotlib.use("Agg")
        from ..plotting import ExpressionTimelineDisplay

        times, tracks, expressions, probabilities = map(np.array, self._columns)
        names = np.array([*self._classes, None], dtype=object)[expressions]
        shares = probabilities.reshape(len(times), len(self._classes))
        display = ExpressionTimelineDisplay(
            times, tracks, names, shares, self._classes, self._limits
        ).plot()
        with replacing(path) as beside:
            display.figure_.savefig(beside, dpi=150)
