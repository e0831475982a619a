"""Grids of cells over a face, shared by the descriptors that pool."""

from functools import lru_cache
from numbers import Integral

import numpy as np


def check_grid(grid, name="grid"):
    """Return `grid` as a tuple of two positive int, or raise a ValueError that names it."""
    grid = tuple(grid)
    if len(grid) != 2 or not all(isinstance(side, Integral) and side >= 1 for side in grid):
        raise ValueError(f"{name} must be two integers of at least 1 (rows, columns); got {grid}.")
    return grid


def cell_index(height, width, grid):
    """Return, for each pixel, its cell: (y * rows // h) * columns + x * columns // w."""
    rows, columns = grid
    y = np.arange(height) * rows // height
    x = np.arange(width) * columns // width
    return y[:, None] * columns + x[None, :]


def cell_sizes(height, width, grid):
    """Return how many pixels each cell holds, as an array of shape `grid`."""
    counts = np.bincount(cell_index(height, width, grid).ravel(), minlength=grid[0] * grid[1])
    return counts.reshape(grid)


def cell_counts(labels, grid, n_labels, weights=None):
    """Count the labels of each cell, or add up the weights of the pixels that bear them.

    Parameters
    ----------
    labels : ndarray of shape (n, h, w), integer
        0..n_labels - 1.
    grid : tuple of two int
        Rows and columns of cells, as in `cell_index`.
    n_labels : int
    weights : ndarray of shape (n, h, w) or None, default=None

    Returns
    -------
    ndarray of shape (n, rows, columns, n_labels), intp, or float64 with weights
        A cell without a pixel has zeros.
    """
    n, h, w = labels.shape
    n_cells = grid[0] * grid[1]
    index = np.arange(n)[:, None, None] * n_cells + cell_index(h, w, grid)
    index *= n_labels
    index += labels
    weights = None if weights is None else weights.ravel()
    counts = np.bincount(index.ravel(), weights, minlength=n * n_cells * n_labels)
    return counts.reshape(n, *grid, n_labels)


def cell_starts(side, n_cells, window):
    """Return where windows begin that are centred on the cells of one side, kept inside it.

    Parameters
    ----------
    side : int
        Pixels of the side.
    n_cells : int
        Cells along it.
    window : int
        Pixels of a window, at most `side`.

    Returns
    -------
    ndarray of shape (n_cells,), intp
    """
    centres = (np.arange(n_cells) + 0.5) * side / n_cells
    return np.clip(np.rint(centres - window / 2), 0, side - window).astype(np.intp)


@lru_cache(maxsize=64)
def tent_weights(side, n_cells):
    """Return the weights of bilinear pooling along one side.

    A pixel gives to the two nearest cell centres, in proportion to its nearness; a pixel outside
    the first or last centre gives to that one what its distance leaves.

    Returns
    -------
    ndarray of shape (side, n_cells), float32
    """
    centres = (np.arange(n_cells) + 0.5) * side / n_cells
    distance = np.abs((np.arange(side) + 0.5)[:, None] - centres)
    weights = np.maximum(0, 1 - distance * n_cells / side).astype(np.float32)
    weights.setflags(write=False)
    return weights


def tent_pool(maps, grid):
    """Pool maps over the cells of a grid with the weights of `tent_weights`.

    Parameters
    ----------
    maps : ndarray of shape (n, h, w), float32
    grid : tuple of two int

    Returns
    -------
    ndarray of shape (n, rows, columns), float32
    """
    n, h, w = maps.shape
    rows, columns = grid
    across = maps.reshape(n * h, w) @ tent_weights(w, columns)
    return np.matmul(tent_weights(h, rows).T, across.reshape(n, h, columns))


def four_way_normalized(cells, clip=0.25):
    r"""Normalise histograms by the energy of each of the four 2 x 2 blocks around a cell.

    .. math:: \hat h_b = \min(h / \sqrt{E_b + \epsilon\,\bar E},\; clip), \quad b = 1..4

    where :math:`E_b` is the energy of the cell and its three neighbours towards one corner (cells
    outside the grid have none) and :math:`\bar E` the mean energy of a cell of the image.

    Parameters
    ----------
    cells : ndarray of shape (n, rows, columns, n_bins), float32
    clip : float, default=0.25

    Returns
    -------
    ndarray of shape (n, rows, columns, 4 * n_bins), float32
        A cell without energy stays 0.
    """
    n, rows, columns, n_bins = cells.shape
    energy = np.einsum("nyxk,nyxk->nyx", cells, cells)
    floor = 0.01 * energy.mean(axis=(1, 2), keepdims=True) + np.finfo(np.float32).tiny
    padded = np.pad(energy, ((0, 0), (1, 1), (1, 1)))
    pairs = padded[:, :-1] + padded[:, 1:]
    blocks = pairs[:, :, :-1] + pairs[:, :, 1:]
    out = np.empty((n, rows, columns, 4, n_bins), dtype=np.float32)
    for b, (dy, dx) in enumerate(np.ndindex(2, 2)):
        energy_b = blocks[:, dy : dy + rows, dx : dx + columns]
        np.divide(cells, np.sqrt(energy_b + floor)[..., None], out=out[:, :, :, b])
    return np.minimum(out, clip, out=out).reshape(n, rows, columns, 4 * n_bins)
