"""Two-dimensional discrete cosine transform in zigzag order."""

from functools import lru_cache

import numpy as np

from .._utils.compilation import compiled
from ._image_quadrants import folded, half_weights


@lru_cache(maxsize=64)
def zigzag(height, width, n_coefficients):
    """Return the first frequencies in the zigzag order of JPEG.

    Returns
    -------
    ndarray of shape (n_coefficients, 2), intp
        Frequencies along y and x: (0, 0), (0, 1), (1, 0), (2, 0), (1, 1), (0, 2), ...
    """
    u, v = np.indices((height, width)).reshape(2, -1)
    diagonal = u + v
    order = np.lexsort((np.where(diagonal % 2, u, v), diagonal))
    return np.column_stack([u, v])[order[:n_coefficients]]


def cosine_basis(size):
    r"""Return the orthonormal DCT-II matrix.

    .. math:: C_{uy} = \sqrt{\tfrac{2 - [u = 0]}{N}} \cos\frac{\pi (2y + 1) u}{2N}

    Returns
    -------
    ndarray of shape (size, size), float64
        Row u is the cosine of frequency u.
    """
    u, y = np.indices((size, size))
    basis = np.cos(np.pi * (2 * y + 1) * u / (2 * size)) * np.sqrt(2 / size)
    basis[0] /= np.sqrt(2)
    return basis


@lru_cache(maxsize=64)
def half_cosines(size, n_frequencies):
    """Return the even and the odd cosines over half an axis, for use with `folded` images.

    Returns
    -------
    ndarray of shape (2, ceil(n_frequencies / 2), ceil(size / 2)), float32
        ``[p, k]`` is the cosine of frequency 2 k + p, or zeros if that is not below
        `n_frequencies`.
    """
    basis = cosine_basis(size)[:n_frequencies, : (size + 1) // 2] * half_weights(size)
    halves = np.zeros((2, (n_frequencies + 1) // 2, basis.shape[1]), dtype=np.float32)
    halves[0], halves[1, : n_frequencies // 2] = basis[::2], basis[1::2]
    halves.setflags(write=False)
    return halves


@lru_cache(maxsize=64)
def dct_plan(height, width, n_coefficients):
    """Return the cosines and the indices that compute the first zigzag coefficients.

    Returns
    -------
    down, across : ndarray
        `half_cosines` along y and along x, up to the largest frequency.
    places : ndarray of shape (4, n_coefficients), intp
        Parity along y and x, and index of the cosine along y and x, of each coefficient.
    """
    u, v = zigzag(height, width, n_coefficients).T
    down, across = half_cosines(height, u.max() + 1), half_cosines(width, v.max() + 1)
    return down, across, np.stack([u % 2, v % 2, u // 2, v // 2])


@compiled
def _pick(values, places, scale, out):
    n, n_coefficients = out.shape
    _, _, n_rows, _, n_columns = values.shape
    flat = values.reshape(-1)
    first = np.empty(n_coefficients, dtype=np.intp)
    for k in range(n_coefficients):
        quadrant = 2 * places[0, k] + places[1, k]
        first[k] = (quadrant * n_rows + places[2, k]) * n * n_columns + places[3, k]
    for i in range(n):
        row, target = flat[i * n_columns :], out[i]
        for k in range(n_coefficients):
            target[k] = scale * row[first[k]]


def dct_zigzag(images, n_coefficients):
    r"""Compute the two-dimensional DCT-II of each image, in zigzag order.

    .. math:: F_{uv} = \sum_{y,x} C_{uy} C_{vx} f(y, x)

    where C is the orthonormal DCT-II matrix.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        Images; uint8 values are divided by 255.
    n_coefficients : int
        Number of coefficients, at most h * w.

    Returns
    -------
    ndarray of shape (n, n_coefficients), float32
        First coefficients in zigzag order.

    References
    ----------
    N. Ahmed, T. Natarajan, K. R. Rao (1974). Discrete cosine transform. IEEE Transactions on
    Computers C-23(1), 90-93. :doi:`10.1109/T-C.1974.223784`
    """
    n, h, w = images.shape
    down, across, places = dct_plan(h, w, n_coefficients)
    quadrants = folded(images, by_row=True)
    n_rows, _, n_columns = quadrants.shape[2:]
    partial = quadrants.reshape(2, 2, n_rows * n, n_columns) @ across.transpose(0, 2, 1)
    values = down[:, None] @ partial.reshape(2, 2, n_rows, -1)
    scale = np.float32(1 / 255 if images.dtype == np.uint8 else 1)
    out = np.empty((n, n_coefficients), dtype=np.float32)
    _pick(values.reshape(2, 2, down.shape[1], n, across.shape[1]), places, scale, out)
    return out
