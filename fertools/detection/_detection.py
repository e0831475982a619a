"""A detected face."""

from typing import NamedTuple


class Detection(NamedTuple):
    """Bounding box and score of a detected face.

    Attributes
    ----------
    x, y : int
        Left and top edge of the box in pixels.
    width, height : int
        Size of the box in pixels.
    score : float or None
        Confidence of the detector, or None if a custom detector returns none. Cascades return the
        sum of the weak classifiers of the last stage, which has no unit and is only comparable
        among faces of the same view.
    view : {"frontal", "profile"}
        Cascade that detected the face.
    """

    x: int
    y: int
    width: int
    height: int
    score: float | None
    view: str = "frontal"

    @property
    def box(self):
        """Box as (x, y, width, height)."""
        return self[:4]
