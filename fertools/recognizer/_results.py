"""Results of the recognizer, and their conversion to a table."""

from dataclasses import dataclass

import pandas as pd

from .._utils.text import encodable, encodable_names
from ..detection import DetectionResult

# Columns of `to_frame`, except the probabilities of the classes.
_ABOUT = ["source", "status", "reason"]
_FACE = ["face", "x", "y", "width", "height"]
_ANSWER = ["score", "expression", "probability"]
_COLUMNS = {*_ABOUT, *_FACE, *_ANSWER, "set"}


@dataclass(frozen=True, repr=False)
class RecognizedFace:
    """Face in an image and its expression.

    Attributes
    ----------
    box : tuple of (x, y, width, height)
        Box in pixels of the image.
    score : float or None
        Score of the detector; None if it has no scores or there is no detector.
    expression : str or None
        Most probable class; None if `status` is "uncertain".
    probabilities : dict of str to float
        Probability of each class; they sum to 1.
    status : {"ok", "uncertain"}
        "uncertain" if the probability of the most probable class is below the recognizer's
        `min_probability`.
    expressions : tuple of str or None
        Set of classes predicted by a conformal pipeline, which may be empty; None for other
        pipelines.
    """

    box: tuple[int, int, int, int]
    score: float | None
    expression: str | None
    probabilities: dict[str, float]
    status: str = "ok"
    expressions: tuple[str, ...] | None = None

    @property
    def probability(self) -> float:
        """Probability of the most probable class."""
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
        Path, name of the open file, or kind and position of other inputs, such as "array 3" for
        the fourth.
    status : {"ok", "no_face", "missing", "unreadable", "too_large", "invalid"}
        Outcome; "invalid" means that the input is not an image.
    reason : str
        Why there is no face, and how the pixels were scaled if the white level of the file was
        guessed (see `ImageRescaledWarning`); empty otherwise.
    faces : list of RecognizedFace
        Faces, largest first.
    """


def probability_columns(classes):
    """Map each class to the name of its probability column."""
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
        Results of `recognize_many`.
    classes : list of str
        Class names.
    with_sets : bool
        Whether the faces have prediction sets.

    Returns
    -------
    pandas.DataFrame
    """
    # pandas does not support strings that cannot be encoded as UTF-8.
    columns = probability_columns([encodable(name) for name in classes])
    rows = []
    for result in map(encodable_names, results):
        about = {name: getattr(result, name) for name in _ABOUT}
        for number, face in enumerate(result.faces):
            position = dict(zip(_FACE, (number, *face.box), strict=True))
            answer = {name: getattr(face, name) for name in _ANSWER}
            answer |= {"status": face.status, "set": "|".join(face.expressions or ())}
            each = {columns[name]: value for name, value in face.probabilities.items()}
            rows.append(about | position | answer | each)
        if not result.faces:
            rows.append(about)
    sets = ["set"] if with_sets else []
    names = [*_ABOUT, *_FACE, *_ANSWER, *sets, *columns.values()]
    frame = pd.DataFrame(rows, columns=names)
    floats = ["score", "probability", *columns.values()]
    return frame.astype(dict.fromkeys(_FACE, "Int64") | dict.fromkeys(floats, "float64"))
