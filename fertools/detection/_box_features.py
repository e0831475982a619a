"""Crops of boxes, their views, and the features that tell faces from other boxes."""

import cv2
import numpy as np

from .._utils.images import resize
from ._crop_square import crop_square

# Margin on each side of the box, as a fraction of it: hair, ears and chin distinguish faces from
# other hits of the cascade better than the inside of the box alone.
MARGIN = 0.25
SIDE = 48
# The part of the crop that is described a second time, which cuts off most of the margin.
_INNER = slice(6, 42)
# Side of the images of the HOG descriptors, and side of blocks and cells, in pixels.
_HOG_SIDE, _FINE, _COARSE = 32, (8, 4), (16, 8)

# Views of a box that are averaged: shifts of its middle, as fractions of its size, and zoom.
_VIEWS = np.array(
    [
        (0.0, 0.0, 1.0),
        (-0.05, 0.0, 1.0),
        (0.05, 0.0, 1.0),
        (0.0, -0.05, 1.0),
        (0.0, 0.05, 1.0),
        (0.0, 0.0, 0.92),
        (0.0, 0.0, 1.09),
    ]
)


def describe_crops(crops):
    """Compute histograms of oriented gradients at two scales, of a crop and of its inner part.

    Parameters
    ----------
    crops : iterable of ndarray of shape (48, 48), uint8
        Face crops.

    Returns
    -------
    ndarray of shape (n, 3852), float32
        Blocks of 2 x 2 cells of 4 pixels of the crop, of cells of 8 pixels, and of cells of 4
        pixels of the inner part, each resized to 32 x 32 pixels; 9 orientations.
    """
    side = (_HOG_SIDE, _HOG_SIDE)
    fine, coarse = (
        cv2.HOGDescriptor(side, (block, block), (cell, cell), (cell, cell), 9)
        for block, cell in (_FINE, _COARSE)
    )
    crops = list(crops)
    n_fine, n_coarse = fine.getDescriptorSize(), coarse.getDescriptorSize()
    features = np.empty((len(crops), 2 * n_fine + n_coarse), np.float32)
    for row, crop in zip(features, crops, strict=True):
        whole, inner = resize(crop, side), resize(crop[_INNER, _INNER], side)
        row[:n_fine] = fine.compute(whole)
        row[n_fine : n_fine + n_coarse] = coarse.compute(whole)
        row[n_fine + n_coarse :] = fine.compute(inner)
    return features


def crop_boxes(image, boxes):
    """Crop boxes with a margin, as the shipped verifier was trained on them.

    Parameters
    ----------
    image : ndarray of shape (h, w), uint8
        Image.
    boxes : array-like of shape (n, 4)
        Boxes as (x, y, width, height) in pixels.

    Returns
    -------
    ndarray of shape (n, 48, 48), uint8
    """
    crops = [crop_square(image, box, SIDE, MARGIN) for box in boxes]
    return np.array(crops, dtype=np.uint8).reshape(-1, SIDE, SIDE)


def box_views(boxes):
    """Return the shifted and zoomed views of boxes.

    Parameters
    ----------
    boxes : ndarray of shape (n, 4)
        Boxes as (x, y, width, height).

    Returns
    -------
    ndarray of shape (n, 7, 4), float64
    """
    starts, sides = boxes[:, None, :2], boxes[:, None, 2:]
    zoomed = sides * _VIEWS[:, 2:]
    middles = starts + sides / 2 + sides * _VIEWS[:, :2]
    return np.concatenate([middles - zoomed / 2, zoomed], axis=2)
