"""Record of a face in a frame of a video, and tables of records."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

from .._utils.text import encodable

_ABOUT = ["frame", "time", "status", "reason", "track"]
_BOX = ["x", "y", "width", "height"]
_ANSWER = ["score", "expression", "probability"]
_TAKEN = {*_ABOUT, *_BOX, *_ANSWER}
_RAW = "raw_"


@dataclass(frozen=True, repr=False, slots=True)
class FaceRecord:
    """Face in a frame of a video, or a frame without a face.

    Attributes
    ----------
    frame : int
        Number of the frame in the source, from 0.
    time : float
        Time of the frame in seconds since the start of the source.
    status : {"ok", "uncertain", "no_face", "damaged"}
        "uncertain" if the probability of the most probable class is below the recognizer's
        `min_probability`; "no_face" for a frame without a face. "damaged" is the status of an
        additional record that ends the records of a damaged or truncated video; it repeats the
        number of the last frame.
    reason : str
        Damage of the video; empty for other statuses.
    track : int or None
        Number of the face, from 1; the same person has the same number in successive frames.
    box : tuple of (x, y, width, height) or None
        Box in pixels of the frame, after its rotation.
    score : float or None
        Probability that the box shows a face, or the score of a detector that does not verify
        faces.
    expression : str or None
        Most probable class after smoothing; None if `status` is not "ok".
    probabilities : dict of str to float
        Smoothed probability of each class; empty without a face.
    raw_probabilities : dict of str to float
        Probability of each class in this frame alone; empty without a face.
    """

    frame: int
    time: float
    status: str
    reason: str = ""
    track: int | None = None
    box: tuple[int, int, int, int] | None = None
    score: float | None = None
    expression: str | None = None
    probabilities: dict[str, float] = field(default_factory=dict)
    raw_probabilities: dict[str, float] = field(default_factory=dict)

    @property
    def probability(self) -> float | None:
        """Smoothed probability of the most probable class; None without a face."""
        return max(self.probabilities.values(), default=None)

    def __repr__(self):
        where = f"frame {self.frame}, {self.time:.2f} s"
        if self.track is None:
            return f"FaceRecord({where}, {self.status})"
        answer = self.expression or self.status
        return f"FaceRecord({where}, face {self.track}, {answer}, {self.probability:.0%})"


def record_columns(classes):
    """Map each class to the name of the column of its smoothed probability.

    Parameters
    ----------
    classes : iterable of str

    Returns
    -------
    dict of str to str
    """
    columns = {}
    for name in map(encodable, classes):
        column = name
        while column in _TAKEN or column in columns.values() or column.startswith(_RAW):
            column = f"probability_{column}"
        columns[name] = column
    return columns


def record_row(record, columns):
    """Return a record as a row of the table of `records_frame`, a dict."""
    row = {name: getattr(record, name) for name in (*_ABOUT, *_ANSWER)}
    row |= dict(zip(_BOX, record.box or (None,) * 4, strict=True))
    row["reason"] = encodable(row["reason"])
    for prefix, values in ("", record.probabilities), (_RAW, record.raw_probabilities):
        row |= {prefix + columns[encodable(name)]: value for name, value in values.items()}
    if record.expression is not None:
        row["expression"] = encodable(record.expression)
    return row


def rows_frame(rows, columns):
    """Return rows of `record_row` as a DataFrame with typed columns."""
    raw = [_RAW + column for column in columns.values()]
    names = [*_ABOUT, *_BOX, *_ANSWER, *columns.values(), *raw]
    frame = pd.DataFrame(rows, columns=names)
    types = dict.fromkeys(["frame", "track", *_BOX], "Int64")
    types |= dict.fromkeys(["time", "score", "probability", *columns.values(), *raw], "float64")
    types |= dict.fromkeys(["status", "reason", "expression"], "object")
    return frame.astype(types)


def records_frame(
    records: Iterable[FaceRecord], classes: Iterable[str] | None = None
) -> pd.DataFrame:
    """Return records of a video as a table.

    Parameters
    ----------
    records : iterable of FaceRecord
        Records of `analyze`.
    classes : iterable of str or None, default=None
        Class names, such as `classes_` of the recognizer. None means those of the records; without
        a face, there are none.

    Returns
    -------
    pandas.DataFrame
        One row per record. Columns: `frame`, `time`, `status`, `reason`, `track`, `x`, `y`,
        `width`, `height`, `score`, `expression`, `probability`, the smoothed probability of each
        class in a column named after the class, and the unsmoothed ones in columns with the prefix
        ``raw_``. Class names that are also names of other columns get the prefix ``probability_``.

    Examples
    --------
    >>> from fertools.video import FaceRecord, records_frame
    >>> records_frame([FaceRecord(0, 0.0, "no_face")])[["frame", "time", "status"]]
       frame  time   status
    0      0   0.0  no_face
    """
    if classes is None:
        records = list(records)
        classes = next((list(r.probabilities) for r in records if r.probabilities), [])
    columns = record_columns(str(name) for name in classes)
    return rows_frame([record_row(record, columns) for record in records], columns)
