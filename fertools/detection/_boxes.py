"""Overlap of boxes (x, y, width, height) and non-maximum suppression."""

import numpy as np


def overlaps(box, boxes):
    """Compute the intersection over union of a box with others.

    Parameters
    ----------
    box : array-like of shape (4,)
        Box as (x, y, width, height).
    boxes : array-like of shape (n, 4)
        Boxes to compare it with.

    Returns
    -------
    ndarray of shape (n,), float64
        Area of the intersection divided by that of the union: 1 for equal boxes, 0 for disjoint
        ones.
    """
    start, side = np.split(np.asarray(box, dtype=float), 2)
    starts, sides = np.split(np.reshape(boxes, (-1, 4)).astype(float), 2, axis=1)
    intersection = np.minimum(start + side, starts + sides) - np.maximum(start, starts)
    intersection = intersection.clip(0).prod(axis=1)
    return intersection / (side.prod() + sides.prod(axis=1) - intersection)


def contained(box, boxes):
    """Compute how much of the smaller one of two boxes is in the other one.

    Parameters
    ----------
    box : array-like of shape (4,)
        Box as (x, y, width, height).
    boxes : array-like of shape (n, 4)
        Boxes to compare it with.

    Returns
    -------
    ndarray of shape (n,), float64
        Area of the intersection divided by that of the smaller box.
    """
    areas = np.prod(np.reshape(boxes, (-1, 4)).astype(float)[:, 2:], axis=1)
    area = float(box[2]) * float(box[3])
    shared = overlaps(box, boxes)
    return shared / (1 + shared) * (area + areas) / np.minimum(area, areas)


def suppress(boxes, threshold):
    """Apply greedy non-maximum suppression.

    Parameters
    ----------
    boxes : list of tuples (x, y, width, height, ...)
        Boxes, best first.
    threshold : float
        Largest intersection over union of two boxes that are both kept.

    Returns
    -------
    list
        Boxes that are kept, in their original order.
    """
    kept = []
    for box in boxes:
        if not kept or overlaps(box[:4], [other[:4] for other in kept]).max() <= threshold:
            kept.append(box)
    return kept
