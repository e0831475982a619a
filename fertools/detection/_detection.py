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
        among faces of the same view; the search by octaves returns the number of hits.
    view : {"frontal", "profile"}
        Cascade that detected the face.
    probability : float or None
        Probability that the box shows a face; None if the detector does not verify boxes.
    """

    x: int
    y: int
    width: int
    height: int
    score: float | None
    view: str = "frontal"
    probability: float | None = None

    @property
    def box(self):
        """Box as (x, y, width, height)."""
        return self[:4]
