"""Interface of face detectors, and validation of their results."""

from numbers import Real

import numpy as np
from sklearn.base import clone

from .._utils.boxes import pixel_box
from ._detection import Detection

# Boxes may extend beyond the image, for example with the parameter `border` of ViolaJonesDetector,
# but a box longer than this multiple of the longer side of the image is an error.
_LARGEST = 3
# Side of the image on which a detector is tried.
_TRIED = 48
_RULE = "detector must return a sequence of faces as x, y, width, height and optionally a score"


def detect_faces(detector, image):
    """Run a detector and validate its result.

    Parameters
    ----------
    detector : object
        Object with a method ``detect(image)`` that accepts a gray image and returns one entry per
        face: x, y, width and height in pixels, and optionally a score. An entry is a tuple, a list,
        an array or an object with these attributes, such as a Detection; numbers may be floats. An
        array of shape (n_faces, 4) or (n_faces, 5) is accepted as well.
    image : ndarray of shape (h, w), uint8

    Returns
    -------
    list of Detection
        Faces in whole pixels, largest first; `score` is None if the detector returns none.

    Raises
    ------
    ValueError
        If the result is of another form, or a box does not overlap the image.
    """
    found = detector.detect(image)
    if isinstance(found, (str, bytes, dict)):
        raise ValueError(f"{_RULE}; got {found!r}.")
    try:
        entries = list(found)
    except TypeError as error:
        raise ValueError(f"{_RULE}; got {found!r}.") from error
    faces = [_as_detection(entry, image.shape) for entry in entries]
    # The sort is stable, which keeps the order of faces of equal size.
    return sorted(faces, key=lambda face: -face.width * face.height)


def _as_detection(entry, shape):
    if all(hasattr(entry, name) for name in ("x", "y", "width", "height")):
        box = (entry.x, entry.y, entry.width, entry.height)
        score = getattr(entry, "score", None)
    else:
        values = list(entry) if isinstance(entry, (tuple, list, np.ndarray)) else []
        if len(values) not in (4, 5):
            raise ValueError(f"{_RULE}; got the face {entry!r}.")
        box, score = values[:4], values[4] if len(values) == 5 else None
    box = pixel_box(box, "the box of each face that the detector returns")
    check_place(box, shape, "detector must return boxes")
    if score is not None:
        score = float(score) if isinstance(score, Real) else np.nan
        if not np.isfinite(score):
            raise ValueError(f"{_RULE}, a finite number or None; got the face {entry!r}.")
    view, probability = getattr(entry, "view", "frontal"), getattr(entry, "probability", None)
    return Detection(*box, score, view, probability)


def check_place(box, shape, rule):
    """Raise a ValueError that begins with `rule` unless a box overlaps an image of this shape."""
    x, y, width, height = box
    overlaps = x < shape[1] and y < shape[0] and x + width > 0 and y + height > 0
    if not overlaps or max(width, height) > _LARGEST * max(shape):
        raise ValueError(
            f"{rule} that overlap the image, {shape[0]}x{shape[1]} pixels "
            f"(height x width), and are at most {_LARGEST} times as long; got the box {box}."
        )


def certainty(face):
    """Return the probability of a face, or the score of the detector if it does not verify."""
    return face.score if face.probability is None else face.probability


def with_probability(detector, min_face_probability):
    """Return a copy of a verifying detector with another smallest probability of a face, if given.

    Raises
    ------
    ValueError
        If the detector does not verify faces.
    """
    if min_face_probability is None:
        return detector
    if getattr(detector, "min_face_probability", None) is None:
        raise ValueError(
            "min_face_probability must be None for a detector that does not verify faces; got "
            f"{min_face_probability} and the detector {detector!r}."
        )
    return clone(detector).set_params(min_face_probability=min_face_probability)


def prepare_detector(detector, min_face_probability):
    """Set the probability of a detector, and try it, so that it does not fail for every image.

    Parameters
    ----------
    detector : object or None
        Detector, as in `detect_faces`.
    min_face_probability : float or None
        Smallest probability of a face; None: the setting of the detector.

    Returns
    -------
    object or None
        The detector, or a copy with another probability.

    Raises
    ------
    ValueError
        If the detector is invalid, or if it does not verify faces and a probability is given.
    """
    detector = with_probability(detector, min_face_probability)
    if detector is not None:
        if not hasattr(detector, "detect"):
            raise ValueError(
                f"detector must have a method detect(image), or be None; got {detector!r}."
            )
        detect_faces(detector, np.zeros((_TRIED, _TRIED), np.uint8))
    return detector
