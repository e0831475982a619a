"""A frame of a video."""

from fractions import Fraction
from typing import NamedTuple

import numpy as np


class Frame(NamedTuple):
    """Frame of a video or camera.

    Attributes
    ----------
    number : int
        Position in the source, from 0.
    time : float
        Seconds since the start of the source.
    image : ndarray of shape (h, w, 3) or (h, w), uint8
        RGB or gray pixels, upright and square.
    pts : int
        Timestamp in units of `time_base`.
    time_base : Fraction
        Seconds.
    """

    number: int
    time: float
    image: np.ndarray
    pts: int
    time_base: Fraction
