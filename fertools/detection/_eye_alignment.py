"""Detection of the eyes, and face crops with a horizontal eye line."""

import numpy as np

from ._cascades import find_faces
from ._crop_square import crop_square

_EYE = "haarcascade_eye.xml"
# Side of the resized face in pixels; an eye is then about twice the window of the cascade.
_SIDE = 200
# Rows in which the eyes are searched, as fractions of the side; tilted faces are within this range.
_ROWS = (0.15, 0.65)
# Steepest eye line and range of eye distances of a valid pair. Frontal faces are detected up to
# about 20 degrees from upright, with eye distances of 0.3 to 0.5 of the side of the box (measured
# on drawn and photographed faces).
_STEEPEST = np.radians(30)
_DISTANCES = (0.25, 0.6)


def locate_eyes(image, box):
    """Detect the eyes of a face, one in each half of the upper part of the box.

    Parameters
    ----------
    image : ndarray of shape (h, w), uint8
        Image.
    box : tuple of (x, y, width, height)
        Box of the face in pixels.

    Returns
    -------
    ndarray of shape (2, 2), float64, or None
        Positions (x, y) of the left and the right eye in the image, in pixels. None if an eye is
        not detected, or the two are not a valid pair: their line is steeper than 30 degrees, or
        their distance is below 0.25 or above 0.6 of the longer side of the box.
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
    """Crop a face, optionally rotated so that the eye line is horizontal.

    Parameters
    ----------
    image : ndarray of shape (h, w), uint8
        Image.
    box : tuple of (x, y, width, height)
        Box of the face in pixels.
    size : int
        Side of the crop in pixels.
    margin : float, default=0.0
        Margin on each side, as a fraction of the longer side of the box.
    align : bool, default=False
        Whether to align the eye line. The crop is upright if the eyes are not detected.

    Returns
    -------
    ndarray of shape (size, size), uint8
    """
    eyes = locate_eyes(image, box) if align else None
    return crop_square(image, box, size, margin, 0.0 if eyes is None else _slope(eyes))


def _slope(eyes):
    across, down = eyes[1] - eyes[0]
    return float(np.arctan2(down, across))
