"""Pictures of analyzed frames."""

import cv2

from ..annotation import annotate
from ..recognizer import RecognizedFace

# Shorter side in pixels from which labels are legible; smaller videos are enlarged.
_LEGIBLE = 240


def picture_scale(shape):
    """Return the factor, an integer, by which the pictures of frames of a shape are enlarged."""
    return max(1, -(-_LEGIBLE // min(shape[:2])))


def draw_records(image, records, *, bars=False):
    """Draw the faces of a frame.

    Parameters
    ----------
    image : ndarray of shape (h, w, 3) or (h, w), uint8
        Frame.
    records : list of FaceRecord
        Records of the frame.
    bars : bool, default=False
        Whether to add a panel with the probabilities.

    Returns
    -------
    ndarray of shape (h * scale, w * scale, 3), uint8
        RGB picture, enlarged by `picture_scale`. A panel makes it larger.
    """
    scale = picture_scale(image.shape)
    if scale > 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    records = [record for record in records if record.box is not None]
    faces = [
        RecognizedFace(
            box=tuple(scale * value for value in record.box),
            score=record.score,
            expression=record.expression,
            probabilities=record.probabilities,
            status=record.status,
        )
        for record in records
    ]
    numbers = [record.track for record in records]
    picture = annotate(image, faces, bars=bars, numbers=numbers)
    if not bars and picture.shape[:2] != image.shape[:2]:
        picture = cv2.resize(picture, image.shape[1::-1], interpolation=cv2.INTER_AREA)
    return picture
