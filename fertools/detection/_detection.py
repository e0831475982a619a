"""A detected face."""

from typing import NamedTuple


class Detection(NamedTuple):
    """A face in an image: its box in pixels, and how sure the cascade is of it.

    Attributes
    ----------
    x, y : int
        Left and top of the box.
    width, height : int
        Its sides.
    score : float or None
        Confidence of the detector, or None if a custom detector returns none. For cascades, the
        sum of the weak classifiers of the last stage: larger is surer, without a unit, and
        comparable among faces of one view only.
    view : {"frontal", "profile"}
        Which cascade found it.
    """

    x: int
    y: int
    width: int
    height: int
    score: float | None
    view: str = "frontal"

    @property
    def box(self):
        """The box as (x, y, width, height)."""
        return self[:4]
