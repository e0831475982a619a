"""Boxes in images, as (x, y, width, height) in pixels."""

import numpy as np


def overlaps(box, boxes):
    """Compute the intersection over union of a box with others.

    Parameters
    ----------
    box : array-like of shape (4,)
        x, y, width and height.
    boxes : array-like of shape (n, 4)

    Returns
    -------
    ndarray of shape (n,), float64
        Shared area over joint area: 1 for equal boxes, 0 for boxes apart.
    """
    start, side = np.split(np.asarray(box, dtype=float), 2)
    starts, sides = np.split(np.reshape(boxes, (-1, 4)).astype(float), 2, axis=1)
    shared = np.minimum(start + side, starts + sides) - np.maximum(start, starts)
    shared = shared.clip(0).prod(axis=1)
    return shared / (side.prod() + sides.prod(axis=1) - shared)


def suppress(boxes, threshold):
    """Drop boxes that overlap a better one: greedy non-maximum suppression.

    Parameters
    ----------
    boxes : list of tuples (x, y, width, height, ...)
        Best first.
    threshold : float
        The largest intersection over union of two boxes that both stay.

    Returns
    -------
    list
        Those of `boxes` that stay, in their order.
    """
    kept = []
    for box in boxes:
        if not kept or overlaps(box[:4], [other[:4] for other in kept]).max() <= threshold:
            kept.append(box)
    return kept
