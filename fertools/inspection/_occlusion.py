"""Occlusion maps: the loss of probability when parts of a face are covered."""

import numpy as np
import pandas as pd

from ._explained_pipeline import as_input

# Side of a window and distance between windows, as fractions of the image.
_WINDOW, _STEP = 1 / 4, 1 / 12


def window_boxes(shape):
    """Return the windows that cover an image of a shape, as rows y0, x0, y1, x1 in pixels."""
    sides = []
    for length in shape:
        window, step = max(1, round(length * _WINDOW)), max(1, round(length * _STEP))
        starts = np.arange(0, length - window + 1, step)
        # The last window ends at the border.
        starts = np.union1d(starts, [length - window])
        sides.append([(start, start + window) for start in starts.tolist()])
    return np.array([(y0, x0, y1, x1) for y0, y1 in sides[0] for x0, x1 in sides[1]])


def occlusion_losses(pipeline, face, weights):
    r"""Return the loss of probability when each window of a face is covered.

    Parameters
    ----------
    pipeline : estimator
        Fitted classifier of images with `predict_proba`.
    face : ndarray of shape (h, w), uint8
    weights : ndarray of shape (n_classes,)
        Weight of each class in the explained probability.

    Returns
    -------
    probability : float
        Weighted probability of the face.
    losses : DataFrame
        One row per window, with its box in fractions of the face and `contribution`, the loss.
    heat : ndarray of shape (h, w), float64
        Mean loss of the windows that contain each pixel.
    """
    boxes = window_boxes(face.shape)
    images = np.repeat(face[None], len(boxes) + 1, axis=0)
    for image, (y0, x0, y1, x1) in zip(images[1:], boxes, strict=True):
        image[y0:y1, x0:x1] = np.rint(face.mean())
    probabilities = np.asarray(pipeline.predict_proba(as_input(pipeline, images))) @ weights
    losses = probabilities[0] - probabilities[1:]
    heat, counts = np.zeros(face.shape), np.zeros(face.shape)
    for loss, (y0, x0, y1, x1) in zip(losses, boxes, strict=True):
        heat[y0:y1, x0:x1] += loss
        counts[y0:y1, x0:x1] += 1
    table = pd.DataFrame(boxes / (face.shape * 2), columns=["y0", "x0", "y1", "x1"])
    table.insert(0, "descriptor", "occlusion")
    return float(probabilities[0]), table.assign(contribution=losses), heat / counts
