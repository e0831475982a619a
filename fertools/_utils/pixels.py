"""Convert images between pixel scales."""

import numpy as np

from .compilation import compiled
from .images import OVERSHOOT


def unit_scale(images):
    """Convert to float32 intensities: uint8 v becomes v / 255, floats are unchanged."""
    if images.dtype == np.uint8:
        return images.astype(np.float32) / np.float32(255)
    return images.astype(np.float32, copy=False)


@compiled
def _standardize(rows, least, out):
    n, m = rows.shape
    for i in range(n):
        row, target = rows[i], out[i]
        total = 0.0
        for k in range(m):
            total += row[k]
        mean = total / m
        squares = 0.0
        for k in range(m):
            squares += (row[k] - mean) ** 2
        deviation = np.sqrt(squares / m)
        scale = 1 / deviation if deviation > least else 0.0
        for k in range(m):
            target[k] = (row[k] - mean) * scale


def standardized(images):
    """Scale each image to mean 0 and standard deviation 1; constant images become zeros.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        Gray pixels.

    Returns
    -------
    ndarray of shape (n, h, w), float32
    """
    # Standard deviations below 1e-4 gray levels are rounding errors.
    least = 1e-4 if images.dtype == np.uint8 else 1e-4 / 255
    out = np.empty(images.shape, dtype=np.float32)
    _standardize(images.reshape(len(images), -1), least, out.reshape(len(images), -1))
    return out


def in_unit_range(images):
    """Return a mask of the images `(n, h, w)` with floats in 0..1 only."""
    if images.dtype == np.uint8:
        return np.zeros(len(images), dtype=bool)
    low, high = images.min(axis=(1, 2)), images.max(axis=(1, 2))
    return (low >= -OVERSHOOT) & (high <= 1 + OVERSHOOT)


def gray_range(images):
    """Return the values of each image that become the gray levels 0 and 255.

    Parameters
    ----------
    images : ndarray of shape (n, h, w), floating
        Gray pixels.

    Returns
    -------
    lows : ndarray of shape (n,), float64
        Value of black: 0 for floats in 0..1, the minimum for other images.
    spans : ndarray of shape (n,), float64
        Value of white minus that of black, positive.
    """
    is_unit = in_unit_range(images)
    lows = np.where(is_unit, 0, images.min(axis=(1, 2)).astype(np.float64))
    highs = np.where(is_unit, 1, images.max(axis=(1, 2)).astype(np.float64))
    return lows, np.maximum(highs - lows, np.finfo(np.float64).tiny)


def gray_levels(images):
    """Convert to uint8: floats in 0..1 as 255 v; other images are stretched to the full range.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        Gray pixels.

    Returns
    -------
    ndarray of shape (n, h, w), uint8
    """
    if images.dtype == np.uint8:
        return images
    lows, spans = (values[:, None, None] for values in gray_range(images))
    return np.rint((images - lows) / spans * 255).clip(0, 255).astype(np.uint8)
