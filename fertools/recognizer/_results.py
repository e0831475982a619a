"""The results of the recognizer, and their table."""

from dataclasses import dataclass

import pandas as pd

from .._utils.text import encodable, encodable_names
from ..detection import DetectionResult

# The columns of `to_frame`, except the probability of each class.
_ABOUT = ["source", "status", "reason"]
_FACE = ["face", "x", "y", "width", "height"]
_ANSWER = ["score", "expression", "probability"]
_COLUMNS = {*_ABOUT, *_FACE, *_ANSWER, "set"}


@dataclass(frozen=True, repr=False)
class RecognizedFace:
    """A face and its expression.

    Attributes
    ----------
    box : tuple of (x, y, width, height)
        In pixels of the image.
    score : float or None
        Score of the detector; None if there is none, as without a detector.
    expression : str or None
        The most probable class; None if `status` is "uncertain".
    probabilities : dict of str to float
        Probability of each class; they sum to 1.
    status : {"ok", "uncertain"}
        "uncertain" if the most probable class is below the recognizer's `min_probability`.
    expressions : tuple of str or None
        The set of classes predicted by a conformal pipeline, which may be empty; None for other
        pipelines.
    """

    box: tuple
    score: float | None
    expression: str | None
    probabilities: dict
    status: str = "ok"
    expressions: tuple | None = None

    @property
    def probability(self):
        """The probability of the most probable class."""
        return max(self.probabilities.values())

    def __repr__(self):
        answer = self.expression or self.status
        return f"RecognizedFace({answer!r}, {self.probability:.0%}, box={self.box})"


@dataclass(frozen=True, repr=False)
class RecognitionResult(DetectionResult):
    """Faces and expressions recognized in one image of a batch.

    Attributes
    ----------
    source : str
        The path; the name of a file object; or the kind and the position of any other input, such
        as "array 3" for the fourth.
    status : {"ok", "no_face", "missing", "unreadable", "too_large", "invalid"}
        Outcome; "invalid" means that the input is not an image.
    reason : str
        Why there is no face, and how the pixels were scaled if the white level of the file was
        guessed (see `ImageRescaledWarning`); empty otherwise.
    faces : list of RecognizedFace
        Largest first.
    """


def probability_columns(classes):
    """Map each class to the name of its column in `to_frame`."""
    taken, columns = _COLUMNS.union(classes), {}
    for name in classes:
        column = name
        if name in _COLUMNS:
            while column in taken:
                column = f"probability_{column}"
        taken.add(column)
        columns[name] = column
    return columns


def results_frame(results, classes, *, with_sets):
    """Return results as a table; see `ExpressionRecognizer.to_frame`.

    Parameters
    ----------
    results : iterable of RecognitionResult
    classes : list of str
    with_sets : bool
        Whether the faces have prediction sets.

    Returns
    -------
    pandas.DataFrame
    """
    # pandas cannot hold file and class names that are not UTF-8.
    columns = probability_columns([encodable(name) for name in classes])
    rows = []
    for result in map(encodable_names, results):
        about = {name: getattr(result, name) for name in _ABOUT}
        for number, face in enumerate(result.faces):
            place = zip(_FACE, (number, *face.box), strict=True)
            answer = {name: getattr(face, name) for name in _ANSWER}
            more = {"status": face.status, "set": "|".join(face.expressions or ())}
            each = {columns[name]: value for name, value in face.probabilities.items()}
            rows.append(about | dict(place) | answer | more | each)
        if not result.faces:
            rows.append(about)
    sets = ["set"] if with_sets else []
    names = [*_ABOUT, *_FACE, *_ANSWER, *sets, *columns.values()]
    frame = pd.DataFrame(rows, columns=names)
    floats = ["score", "probability", *columns.values()]
    return frame.astype(dict.fromkeys(_FACE, "Int64") | dict.fromkeys(floats, "float64"))
