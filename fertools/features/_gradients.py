"""Direction and magnitude of image gradients."""

from functools import lru_cache

import numpy as np

from .._utils.compilation import compiled


def direction_bins(dy, dx, orientations):
    """Return the fine bin of the direction of each gradient.

    Bins are ``180 / orientations`` degrees wide. Fine bin 2k + 1 is the open interval between the
    bin edges k and k + 1, and fine bin 2k is the edge k itself.

    Parameters
    ----------
    dy, dx : ndarray
        Gradients along the rows and along the columns.
    orientations : int
        Number of bins over 180 degrees.

    Returns
    -------
    ndarray of intp
        Fine bins, 0 to ``4 * orientations - 1``.
    """
    # The angle is computed in one quadrant, so that mirrored gradients fall into mirrored bins, and
    # rounded, so that 45 and 90 degrees coincide with bin edges.
    angle = np.round(np.arctan2(np.abs(dy), np.abs(dx)) * (orientations / np.pi), 9)
    fine = (np.floor(angle) + np.ceil(angle)).astype(np.intp)
    fine = np.where(dx < 0, 2 * orientations - fine, fine)
    return np.where(dy < 0, 4 * orientations - fine, fine) % (4 * orientations)


@lru_cache(maxsize=8)
def direction_table(orientations):
    """Return a lookup table with the fine bins of all gradients of uint8 images.

    Returns
    -------
    ndarray of shape (511 * 511,), uint16 or smaller
        Fine bin of the gradient (dy, dx) at index (dy + 255) * 511 + dx + 255.
    """
    differences = np.arange(-255, 256, dtype=np.float64)
    dy, dx = np.meshgrid(differences, differences, indexing="ij")
    # The smallest dtype keeps the table in the cache.
    small = np.min_scalar_type(4 * orientations)
    table = direction_bins(dy, dx, orientations).astype(small).ravel()
    table.setflags(write=False)
    return table


@compiled
def _differences(images, codes, magnitudes):
    n, h, w = images.shape
    for i in range(n):
        for y in range(h):
            # The vertical difference is 0 in the first and the last row.
            step = 1 if 0 < y < h - 1 else 0
            above, below = images[i, y - step], images[i, y + step]
            row, code, magnitude = images[i, y], codes[i, y], magnitudes[i, y]
            for x in range(w):
                dy = np.int32(below[x]) - np.int32(above[x])
                code[x] = (dy + 255) * 511 + 255
                magnitude[x] = dy * dy
            left, right = row[: w - 2], row[2:]
            inner_code, inner_magnitude = code[1 : w - 1], magnitude[1 : w - 1]
            for x in range(w - 2):
                dx = np.int32(right[x]) - np.int32(left[x])
                inner_code[x] += dx
                inner_magnitude[x] += dx * dx
            for x in range(w):
                magnitude[x] = np.sqrt(magnitude[x])


def gradients(images, orientations):
    """Compute direction and magnitude of the gradient at each pixel.

    Parameters
    ----------
    images : ndarray of shape (n, h, w), uint8 or floating
        Gray images.
    orientations : int
        Number of bins over 180 degrees, at most 16,383.

    Returns
    -------
    codes : ndarray of shape (n, h, w), integer
        Code of the direction of each gradient.
    bins : ndarray of shape (n_codes,), integer
        Fine bin of each code, see `direction_bins`.
    magnitudes : ndarray of shape (n, h, w), floating
        Norm of the central differences, in gray levels of 0..255. Differences across the border
        are 0.
    """
    if images.dtype == np.uint8:
        codes = np.empty(images.shape, dtype=np.int32)
        magnitudes = np.empty(images.shape, dtype=np.float32)
        _differences(images, codes, magnitudes)
        return codes, direction_table(orientations), magnitudes
    pixels = images.astype(np.float64) * 255
    dy, dx = np.zeros_like(pixels), np.zeros_like(pixels)
    np.subtract(pixels[:, 2:], pixels[:, :-2], out=dy[:, 1:-1])
    np.subtract(pixels[:, :, 2:], pixels[:, :, :-2], out=dx[:, :, 1:-1])
    bins = np.arange(4 * orientations, dtype=np.int32)
    return direction_bins(dy, dx, orientations), bins, np.hypot(dy, dx)
