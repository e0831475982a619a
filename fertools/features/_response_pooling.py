"""Pooling of complex filter responses, split by direction, over the cells of a grid."""

from functools import lru_cache

import numpy as np

from .._utils.compilation import compiled
from ._cell_grids import tent_weights


@lru_cache(maxsize=64)
def row_weights(height, rows):
    """Return the nonzero `tent_weights` of each row of pixels.

    Returns
    -------
    first : ndarray of shape (height,), intp
        Index of the upper of the two rows of cells that a row of pixels contributes to.
    weights : ndarray of shape (height, 2), float32
        Weights for the upper and the lower row of cells; the latter is 0 if there is a single row
        of cells.
    """
    weights = np.pad(tent_weights(height, rows), ((0, 0), (0, int(rows == 1))))
    first = np.minimum((weights > 0).argmax(axis=1), weights.shape[1] - 2)
    return first, weights[np.arange(height)[:, None], first[:, None] + [0, 1]]


@compiled
def _pool_rows(real, imaginary, cosines, sines, n_shares, first, weights, out):
    n, h, run = real.shape
    projections = np.empty(len(cosines) * run, dtype=np.float32)
    length, gap = n_shares * run, (len(cosines) - n_shares) * run
    near, far = projections[:length], projections[gap : gap + length]
    for i in range(n):
        for y in range(h):
            re, im = real[i, y], imaginary[i, y]
            for b in range(len(cosines)):
                c, s = cosines[b], sines[b]
                projection = projections[b * run : (b + 1) * run]
                for v in range(run):
                    projection[v] = c * re[v] + s * im[v]
            upper, lower = out[i, first[y]], out[i, first[y] + 1]
            a, b = weights[y]
            for v in range(length):
                share = max(min(near[v], far[v]), np.float32(0))
                upper[v] += a * share
                lower[v] += b * share


def pooled_shares(real, imaginary, cosines, sines, n_shares, grid):
    r"""Split complex responses into directional shares and pool them over cells.

    .. math::
        p_b = \cos_b \, re + \sin_b \, im, \qquad
        share_k = \max(0, \min(p_k, p_{k + B - K}))

    for B projections and K shares. Shares are pooled with the weights of `tent_weights`.

    Parameters
    ----------
    real, imaginary : ndarray of shape (n, h, n_maps, w), float32
        Real and imaginary parts of the responses.
    cosines, sines : ndarray of shape (B,), float32
        Coefficients of the projections.
    n_shares : int
        Number K of shares, at most B.
    grid : tuple of two int
        Number of rows and columns of cells.

    Returns
    -------
    ndarray of shape (n, rows, columns, n_maps, K), float32
        Pooled shares.
    """
    n, h, n_maps, w = real.shape
    rows, columns = grid
    first, weights = row_weights(h, rows)
    run = n_maps * w
    pooled = np.zeros((n, max(rows, 2), n_shares * run), dtype=np.float32)
    parts = real.reshape(n, h, run), imaginary.reshape(n, h, run)
    _pool_rows(*parts, cosines, sines, n_shares, first, weights, pooled)
    cells = pooled[:, :rows].reshape(-1, w) @ tent_weights(w, columns)
    return cells.reshape(n, rows, n_shares, n_maps, columns).transpose(0, 1, 4, 3, 2)
