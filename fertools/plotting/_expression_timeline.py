"""Display of the expressions of faces over time."""

from itertools import pairwise
from typing import Self

import numpy as np

from .._utils.text import printable
from ._image_tiles import make_axes

# Colors of Okabe and Ito, which are distinct for all types of color vision, and gray.
_COLORS = (
    "#D55E00", "#009E73", "#56B4E9", "#F0E442", "#999999", "#0072B2", "#CC79A7", "#E69F00",
    "#000000",
)  # fmt: skip
# Colors of the expressions of FER-2013, which do not depend on the model.
_ORDER = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
# Height of a row, and of the strip below it that shows the expression.
_HEIGHT, _STRIP = 0.68, 0.14
_RAW = "raw_"


def _colors(classes):
    """Map each class to a color; the classes of FER-2013 always have the same one."""
    free = iter(_COLORS[len(_ORDER) :] * len(classes))
    fixed = dict(zip(_ORDER, _COLORS, strict=False))
    return {name: fixed[name] if name in fixed else next(free) for name in classes}


class ExpressionTimelineDisplay:
    """Probabilities and expressions of the faces of a video over time.

    There is one row per face: stacked areas show the probabilities, and the strip below them the
    most probable expression; it is white where the expression is uncertain. The row is empty while
    the face is not seen.

    It is recommended to use `from_records` or `from_frame`. All parameters are stored as
    attributes.

    Parameters
    ----------
    times : ndarray of shape (n,), float64
        Time of each record in seconds, in increasing order.
    tracks : ndarray of shape (n,), int64
        Number of the face of each record.
    expressions : ndarray of shape (n,), object
        Expression of each record; None if it is uncertain.
    probabilities : ndarray of shape (n, n_classes), float64
        Smoothed probabilities.
    classes : list of str
        Names of the columns of `probabilities`.
    limits : tuple of two float or None, default=None
        First and last time of the video; None means those of the records.

    Attributes
    ----------
    tracks_ : list of int
        Faces that are drawn, from the top down.
    colors_ : dict of str to str
        Color of each class.
    areas_ : list of list of matplotlib PolyCollection
        Areas of each class, for each face.
    ax_ : matplotlib Axes
        Axes of the timeline.
    figure_ : matplotlib Figure
        Figure containing `ax_`.

    See Also
    --------
    fertools.video.analyze : Records of a video.

    Examples
    --------
    >>> from fertools.plotting import ExpressionTimelineDisplay
    >>> from fertools.video import FaceRecord
    >>> records = [
    ...     FaceRecord(0, 0.0, "ok", track=1, expression="sad", probabilities={"sad": 0.9}),
    ...     FaceRecord(1, 0.5, "ok", track=1, expression="sad", probabilities={"sad": 0.7}),
    ...     FaceRecord(2, 1.0, "no_face"),
    ... ]
    >>> ExpressionTimelineDisplay.from_records(records).tracks_
    [1]
    """

    def __init__(self, times, tracks, expressions, probabilities, classes, limits=None):
        self.times = times
        self.tracks = tracks
        self.expressions = expressions
        self.probabilities = probabilities
        self.classes = classes
        self.limits = limits

    def plot(self, ax=None, *, max_faces=8) -> Self:
        """Draw the timeline.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.
        max_faces : int, default=8
            Largest number of faces; those with the most records are drawn.

        Returns
        -------
        self : ExpressionTimelineDisplay
        """
        if max_faces < 1:
            raise ValueError(f"max_faces must be at least 1; got {max_faces}.")
        numbers, counts = np.unique(self.tracks, return_counts=True)
        longest = np.sort(np.argsort(-counts, kind="stable")[:max_faces])
        self.tracks_ = numbers[longest].tolist()
        n_rows = max(1, len(self.tracks_))
        self.ax_ = make_axes((7.5, 1.1 + 0.75 * n_rows)) if ax is None else ax
        self.figure_ = self.ax_.figure
        self.colors_ = _colors(self.classes)
        self.areas_ = [self._plot_face(row, track) for row, track in enumerate(self.tracks_)]
        more = len(numbers) - len(self.tracks_)
        self.ax_.set(
            xlabel=f"time in seconds ({more} more not shown)" if more else "time in seconds",
            ylim=(n_rows - 0.5 + 0.05, -0.55),
            yticks=range(len(self.tracks_)),
            yticklabels=[f"face {track}" for track in self.tracks_],
        )
        if len(self.times):
            first, last = self.limits or (self.times[0], self.times[-1])
            self.ax_.set_xlim(first, max(last, first + 1e-3))
        self.ax_.tick_params(axis="y", length=0)
        for side in ("top", "right", "left"):
            self.ax_.spines[side].set_visible(False)
        self._add_legend()
        return self

    def _add_legend(self):
        handles = [self.ax_.fill_between([], [], color=color) for color in self.colors_.values()]
        if handles:
            legend = self.ax_.legend(
                handles,
                [printable(str(name)) for name in self.colors_],
                loc="lower left",
                bbox_to_anchor=(0, 1.02),
                ncols=min(len(handles), 7),
                frameon=False,
                borderaxespad=0,
                handlelength=1,
                columnspacing=1,
                fontsize="small",
            )
            for text in legend.get_texts():
                text.set_parse_math(False)

    def _plot_face(self, row, track):
        """Draw the areas and the strip of a face, with gaps where it is not seen."""
        chosen = self.tracks == track
        times, shares = self.times[chosen], self.probabilities[chosen]
        named = self.expressions[chosen]
        # Longer pauses are gaps; the usual pause is that of the frame rate.
        pauses = np.diff(times)
        usual = np.median(pauses) if len(pauses) else 0.04
        breaks = np.flatnonzero(pauses > max(4 * usual, 0.2)) + 1
        bottom = row + 0.5 - _STRIP - (1 - _HEIGHT - _STRIP) / 2
        areas = []
        for begin, end in pairwise([0, *breaks, len(times)]):
            # A record lasts until the next one.
            edges = np.append(times[begin:end], times[end - 1] + usual)
            levels = np.vstack([shares[begin:end], shares[end - 1 : end]])
            sums = np.cumsum(levels, axis=1) * _HEIGHT
            tops = np.hstack([np.zeros((len(sums), 1)), sums])
            for column, name in enumerate(self.classes):
                areas.append(
                    self.ax_.fill_between(
                        edges,
                        bottom - tops[:, column],
                        bottom - tops[:, column + 1],
                        color=self.colors_[name],
                        alpha=0.75,
                        linewidth=0,
                    )
                )
            self._plot_strip(edges, named[begin:end], bottom)
        return areas

    def _plot_strip(self, edges, expressions, bottom):
        """Draw the runs of equal expressions below the areas."""
        changes = [k for k in range(1, len(expressions)) if expressions[k] != expressions[k - 1]]
        for begin, end in pairwise([0, *changes, len(expressions)]):
            name = expressions[begin]
            span = [(edges[begin], edges[end] - edges[begin])]
            color = "white" if name is None else self.colors_[name]
            self.ax_.broken_barh(span, (bottom + 0.03, _STRIP), color=color, linewidth=0)

    @classmethod
    def from_records(cls, records, *, ax=None, max_faces=8) -> Self:
        """Draw the records of a video.

        Parameters
        ----------
        records : iterable of FaceRecord
            Records of `fertools.video.analyze`.
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.
        max_faces : int, default=8
            Largest number of faces; those with the most records are drawn.

        Returns
        -------
        display : ExpressionTimelineDisplay
        """
        times, tracks, expressions, rows, classes = [], [], [], [], []
        first = last = None
        for record in records:
            first, last = record.time if first is None else first, record.time
            if record.track is None:
                continue
            classes = classes or list(record.probabilities)
            times.append(record.time)
            tracks.append(record.track)
            expressions.append(record.expression)
            rows.append(np.fromiter(record.probabilities.values(), float))
        columns = times, tracks, expressions, rows, classes
        return cls._from_columns(*columns, (first, last), ax, max_faces)

    @classmethod
    def from_frame(cls, frame, *, ax=None, max_faces=8) -> Self:
        """Draw a table of records.

        Parameters
        ----------
        frame : pandas.DataFrame
            Table of `fertools.video.records_frame`, or one that was read from the CSV or Parquet
            file of `fertools.video.annotate_video`.
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.
        max_faces : int, default=8
            Largest number of faces; those with the most records are drawn.

        Returns
        -------
        display : ExpressionTimelineDisplay

        Raises
        ------
        ValueError
            If a column is missing.
        """
        columns = [name[len(_RAW) :] for name in frame.columns if str(name).startswith(_RAW)]
        needed = ["time", "track", "expression", *columns]
        missing = [name for name in needed if name not in frame.columns]
        if missing or not columns:
            raise ValueError(
                "frame must have the columns of records_frame; missing: "
                f"{', '.join(missing) or 'probabilities with the prefix raw_'}."
            )
        seen = frame[frame["track"].notna()]
        classes = [name.removeprefix("probability_") for name in columns]
        expressions = [name if isinstance(name, str) else None for name in seen["expression"]]
        tracks, rows = seen["track"].astype(int), seen[columns].to_numpy(float)
        limits = (
            (float(frame["time"].iloc[0]), float(frame["time"].iloc[-1])) if len(frame) else None
        )
        series = seen["time"], tracks, expressions, rows, classes
        return cls._from_columns(*series, limits, ax, max_faces)

    @classmethod
    def _from_columns(cls, times, tracks, expressions, rows, classes, limits, ax, max_faces):
        named = np.empty(len(expressions), dtype=object)
        named[:] = expressions
        shares = np.reshape(np.asarray(rows, dtype=float), (len(named), len(classes)))
        times, tracks = np.asarray(times, dtype=float), np.asarray(tracks, dtype=int)
        display = cls(times, tracks, named, shares, classes, limits)
        return display.plot(ax, max_faces=max_faces)
