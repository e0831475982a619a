"""Heat map of a face: which parts support an expression."""

import cv2
import numpy as np

from .. import inspection

# Side of the picture in pixels.
_SIDE = 384
# Side of the covered square and step between squares, as fractions of the face.
_WINDOW, _STEP = 1 / 4, 1 / 12
# Colors of evidence for and against the expression, which color-blind readers can tell apart.
_FOR, _AGAINST = (230, 97, 1), (31, 111, 196)


def explain_face(recognizer, gray, face, expression):
    """Draw which parts of a face support an expression.

    Parameters
    ----------
    recognizer : ExpressionRecognizer
    gray : ndarray of shape (h, w), uint8
        Photo.
    face : RecognizedFace
        Face in the photo.
    expression : str
        Class to explain.

    Returns
    -------
    ndarray of shape (384, 384, 3), uint8
        RGB picture of the crop that the model received: orange where it supports the expression,
        blue where it speaks against it.
    """
    [crop] = recognizer._crops(gray, [face.box])
    return draw_heat(crop, heat_map(recognizer.pipeline, crop, expression))


def heat_map(pipeline, crop, expression):
    """Return how much each pixel supports an expression: positive for, negative against it.

    The map is that of `fertools.inspection.explain`. Without it, it is an occlusion map: the mean
    loss of probability when squares that contain the pixel are covered.

    Parameters
    ----------
    pipeline : estimator
        Fitted classifier of crops with `predict_proba`.
    crop : ndarray of shape (side, side), uint8
    expression : str

    Returns
    -------
    ndarray of shape (side, side), float64
    """
    if hasattr(inspection, "explain"):
        return inspection.explain(pipeline, crop, expression).heat
    code = [str(name) for name in pipeline.classes_].index(expression)
    side = len(crop)
    window, step = max(1, round(side * _WINDOW)), max(1, round(side * _STEP))
    starts = np.union1d(np.arange(0, side - window + 1, step), [side - window])
    corners = [(y, x) for y in starts for x in starts]
    images = np.repeat(crop[None], len(corners) + 1, axis=0)
    for image, (y, x) in zip(images[1:], corners, strict=True):
        image[y : y + window, x : x + window] = np.rint(crop.mean())
    probabilities = np.asarray(pipeline.predict_proba(images))[:, code]
    heat, counts = np.zeros(crop.shape), np.zeros(crop.shape)
    for loss, (y, x) in zip(probabilities[0] - probabilities[1:], corners, strict=True):
        heat[y : y + window, x : x + window] += loss
        counts[y : y + window, x : x + window] += 1
    return heat / counts


def draw_heat(crop, heat):
    """Return a crop with its heat map as colors, enlarged; RGB, uint8."""
    heat = cv2.resize(heat, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC)
    base = cv2.resize(crop, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC)
    strength = heat / max(np.abs(heat).max(), 1e-9)
    color = np.where(strength[..., None] > 0, _FOR, _AGAINST)
    # Weak evidence leaves the face visible.
    alpha = 0.75 * np.abs(strength[..., None])
    return np.rint(base[..., None] * (1 - alpha) + color * alpha).astype(np.uint8)
