"""The eyes of a face, and crops whose eye line is level."""

import numpy as np

from ._cascades import find_faces
from ._crop_square import crop_square

_EYE = "haarcascade_eye.xml"
# Side, in pixels, that a face is brought to: an eye is then about twice the cascade's window.
_SIDE = 200
# The rows where the eyes lie, in shares of the side, however the face is tilted.
_ROWS = (0.15, 0.65)
# What is a pair of eyes: frontal faces are found up to about 20 degrees from upright, and their
# eyes lie 0.3 to 0.5 of the side of the box apart (measured on drawn and photographed faces).
_STEEPEST = np.radians(30)
_DISTANCES = (0.25, 0.6)


def locate_eyes(image, box):
    """Find the eyes of a face, each in its half of the upper part of the box.

    Parameters
    ----------
    image : ndarray of shape (h, w), uint8
    box : tuple of (x, y, width, height)
        The face in pixels.

    Returns
    -------
    ndarray of shape (2, 2), float64, or None
        x and y of the left and of the right eye, as seen, in pixels. None where one was not found,
        or where the two are no pair: on a line steeper than 30 degrees, or less than 0.25 or more
        than 0.6 of the longer side of the box apart.
    """
    face = crop_square(image, box, _SIDE)
    top, bottom = (round(share * _SIDE) for share in _ROWS)
    eyes = []
    for left in (0, _SIDE // 2):
        half = face[top:bottom, left : left + _SIDE // 2]
        hits = find_faces(_EYE, half, scaleFactor=1.1, minNeighbors=4)
        if not hits:
            return None
        eye = max(hits, key=lambda hit: hit.score)
        eyes.append((left + eye.x + eye.width / 2, top + eye.y + eye.height / 2))
    eyes = np.array(eyes) / _SIDE - 0.5
    if abs(_slope(eyes)) > _STEEPEST:
        return None
    if not _DISTANCES[0] <= np.hypot(*(eyes[1] - eyes[0])) <= _DISTANCES[1]:
        return None
    x, y, width, height = box
    return (x + width / 2, y + height / 2) + eyes * max(width, height)


def crop_face(image, box, size, margin=0.0, align=False):
    """Cut a face out, turned so that its eye line is level where `align` and it has been found.

    Parameters
    ----------
    image : ndarray of shape (h, w), uint8
    box : tuple of (x, y, width, height)
        The face in pixels.
    size : int
        Side of the crop.
    margin : float, default=0.0
        What is added on each side, as a share of the box's longer side.
    align : bool, default=False
        Look for the eyes.

    Returns
    -------
    ndarray of shape (size, size), uint8
    """
    eyes = locate_eyes(image, box) if align else None
    return crop_square(image, box, size, margin, 0.0 if eyes is None else _slope(eyes))


def _slope(eyes):
    across, down = eyes[1] - eyes[0]
    return float(np.arctan2(down, across))
