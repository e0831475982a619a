"""Heat map of a face: which parts support an expression."""

import cv2
import numpy as np

from ..inspection import explain

# Side of the picture in pixels.
_SIDE = 384
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
    [crop] = recognizer._crops([gray], [face.box])
    return draw_heat(crop, explain(recognizer.pipeline, crop, expression).heat)


def draw_heat(crop, heat):
    """Return a crop with its heat map as colors, enlarged; RGB, uint8."""
    heat = cv2.resize(heat, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC)
    base = cv2.resize(crop, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC)
    strength = heat / max(np.abs(heat).max(), 1e-9)
    color = np.where(strength[..., None] > 0, _FOR, _AGAINST)
    # Weak evidence leaves the face visible.
    alpha = 0.75 * np.abs(strength[..., None])
    return np.rint(base[..., None] * (1 - alpha) + color * alpha).astype(np.uint8)
