"""Results of the recognizer, and their conversion to a table."""

from dataclasses import dataclass
from itertools import compress
from typing import Any

import pandas as pd

from .._utils.text import encodable, encodable_names
from ..detection import DetectionResult
from ._pictures import (
    draw_faces,
    draw_probabilities,
    faces_html,
    heading_html,
    plain_fields,
    probability_table,
    rgb_pixels,
    source_path,
)

# Detected faces below this side in pixels have less detail than the crops of FER-2013.
SMALL = 48
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
        Probability that the box shows a face, or the score of a detector that does not verify
        faces; None if it has no scores or there is no detector.
    expression : str or None
        Most probable class; None if `status` is "uncertain".
    probabilities : dict of str to float
        Probability of each class; they sum to 1.
    status : {"ok", "small", "uncertain"}
        "uncertain" if the probability of the most probable class is below the recognizer's
        `min_probability`, or if the crop has nearly a single color; otherwise "small" if the
        detected face is below 48 pixels, the size of the crops of FER-2013, so that it shows less
        detail than the training images.
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

    def plot(self, ax: Any = None) -> Any:
        """Draw the probability of each class as a bar; requires matplotlib.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.

        Returns
        -------
        matplotlib Axes
        """
        answer = self.expression or self.status
        title = f"{answer} {self.probability:.0%}"
        return draw_probabilities(self.probabilities, self.expression, title, ax)

    def to_dict(self) -> dict[str, Any]:
        """Return the face as values that JSON can represent.

        Returns
        -------
        dict
            The attributes and `probability`; tuples are lists.
        """
        return plain_fields(self) | {"probability": float(self.probability)}

    def to_frame(self) -> pd.DataFrame:
        """Return the face as a table with one row.

        Returns
        -------
        DataFrame
            The columns of `ExpressionRecognizer.to_frame` except `source` and `reason`.
        """
        return faces_frame([self])

    def _repr_html_(self):
        return probability_table(self)


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

    Notes
    -----
    A result holds no pixels, so that the results of a million images fit into memory. A picture
    reads the file again, if `source` is its path.
    """

    def plot(self, ax: Any = None, *, image: Any = None, bars: bool = True) -> Any:
        """Draw the image with boxes and expressions; requires matplotlib.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.
        image : array, path, bytes or None, default=None
            Image of this result; None reads the file `source` again.
        bars : bool, default=True
            Add the probabilities of each face on the right, as in `fertools.annotation.annotate`.

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        ValueError
            If no image is given and `source` is not a file.
        ImageReadError
            If the file cannot be read.
        """
        image = source_path(self.source) if image is None else image
        if image is None:
            raise ValueError(
                f"image must be given, as results hold no pixels and {self.source!r} is not a file."
            )
        return draw_faces(rgb_pixels(image), self.faces, ax, bars)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as values that JSON can represent.

        Returns
        -------
        dict
            The attributes, with one dict per face, see `RecognizedFace.to_dict`.
        """
        return plain_fields(self) | {"faces": [face.to_dict() for face in self.faces]}

    def to_frame(self) -> pd.DataFrame:
        """Return the result as a table.

        Returns
        -------
        DataFrame
            One row per face, or one row if there is none, with the columns of
            `ExpressionRecognizer.to_frame`. Without a face, there are no columns for the classes.
        """
        return results_frame([self], *frame_columns(self.faces))

    def _repr_html_(self):
        return faces_html(self.faces, source_path(self.source), heading_html(self))


def frame_columns(faces):
    """Return the class names of faces and whether the faces have prediction sets."""
    classes = list(faces[0].probabilities) if faces else []
    return classes, bool(faces) and faces[0].expressions is not None


def faces_frame(faces):
    """Return faces of one image as a table; see `RecognizedFaces.to_frame`."""
    result = RecognitionResult("", "ok", "", list(faces))
    frame = results_frame([result], *frame_columns(faces))
    if not faces:
        frame = frame.iloc[:0]
    return frame.drop(columns=["source", "reason"])


def recognized_face(
    box, score, probabilities, in_set, is_flat, *, names, min_probability, is_detected
):
    """Return a RecognizedFace.

    Parameters
    ----------
    box : tuple of (x, y, width, height)
    score : float or None
    probabilities : ndarray of shape (n_classes,)
    in_set : ndarray of shape (n_classes,), bool, or None
        Mask of the classes in the prediction set.
    is_flat : bool
        Whether the crop has nearly a single color, so that it shows no face.
    names : list of str
        Class names.
    min_probability : float
        Smallest probability of the predicted class of a face that is not "uncertain".
    is_detected : bool
        Whether a detector found the face, so that it may be "small".

    Returns
    -------
    RecognizedFace
    """
    # Python floats, so that `min_probability` is not rounded to single precision.
    probabilities = dict(zip(names, probabilities.tolist(), strict=True))
    predicted = max(probabilities, key=probabilities.get)
    status = "small" if is_detected and max(box[2:]) < SMALL else "ok"
    if is_flat or probabilities[predicted] < min_probability:
        predicted, status = None, "uncertain"
    return RecognizedFace(
        box=box,
        score=score,
        expression=predicted,
        probabilities=probabilities,
        status=status,
        expressions=None if in_set is None else tuple(compress(names, in_set)),
    )


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


def results_frame(results, classes, with_sets):
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
