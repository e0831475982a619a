"""Grids of cells: validation, pooling over cells, and normalization of their histograms."""

from functools import lru_cache
from numbers import Integral

import numpy as np

from .._utils.compilation import compiled

# Largest number of rows or columns; the number of features, and the memory, grow with the cells.
MAX_CELLS = 128


def check_grid(grid, name="grid"):
    """Return `grid` as a tuple of two int in 1..`MAX_CELLS`; raise ValueError otherwise."""
    grid = tuple(np.atleast_1d(np.asarray(grid, dtype=object)).tolist())
    if len(grid) != 2 or not all(isinstance(side, Integral) and side >= 1 for side in grid):
        raise ValueError(f"{name} must be two integers of at least 1 (rows, columns); got {grid}.")
    if max(grid) > MAX_CELLS:
        raise ValueError(f"{name} must have at most {MAX_CELLS} rows and columns; got {grid}.")
    return grid


def check_grids(grids):
    """Raise ValueError if `grids` is not a sequence of at least one grid, see `check_grid`."""
    if len(grids) == 0:
        raise ValueError("grids must contain at least one (rows, columns); got none.")
    for grid in grids:
        check_grid(grid, "grids")


@lru_cache(maxsize=64)
def cell_index(height, width, grid):
    """Return the index of the cell of each pixel, (y * rows // h) * columns + x * columns // w."""
    rows, columns = grid
    y = np.arange(height) * rows // height
    x = np.arange(width) * columns // width
    index = (y[:, None] * columns + x).astype(np.int32)
    index.setflags(write=False)
    return index


@lru_cache(maxsize=64)
def cell_sizes(height, width, grid):
    """Return the number of pixels of each cell, at least 1, as float32 of shape `grid`."""
    counts = np.bincount(cell_index(height, width, grid).ravel(), minlength=grid[0] * grid[1])
    sizes = np.maximum(counts, 1).astype(np.float32).reshape(grid)
    sizes.setflags(write=False)
    return sizes


@compiled
def _count(codes, labels, cells, out):
    for i in range(len(codes)):
        code, counts = codes[i], out[i]
        for k in range(len(cells)):
            counts[cells[k] + labels[code[k]]] += 1


@compiled
def _add_up(codes, labels, cells, weights, out):
    for i in range(len(codes)):
        code, weight, sums = codes[i], weights[i], out[i]
        for k in range(len(cells)):
            sums[cells[k] + labels[code[k]]] += weight[k]


def cell_counts(codes, labels, n_labels, grid, weights=None):
    """Compute the histogram of labels in each cell.

    Parameters
    ----------
    codes : ndarray of shape (n, h, w), integer
        Code of each pixel.
    labels : ndarray of shape (n_codes,), integer
        Label of each code, 0..n_labels - 1.
    n_labels : int
        Number of labels.
    grid : tuple of two int
        Number of rows and columns of cells, see `cell_index`.
    weights : ndarray of shape (n, h, w) or None, default=None
        Weights of the pixels; None weights all pixels by 1.

    Returns
    -------
    ndarray of shape (n, rows, columns, n_labels), float32
        Sums of weights; zeros for a cell without pixels.
    """
    n, h, w = codes.shape
    cells = cell_index(h, w, grid).ravel() * np.int32(n_labels)
    counts = np.zeros((n, grid[0] * grid[1] * n_labels), dtype=np.float32)
    codes = codes.reshape(n, -1)
    if weights is None:
        _count(codes, labels, cells, counts)
    else:
        _add_up(codes, labels, cells, weights.reshape(n, -1), counts)
    return counts.reshape(n, *grid, n_labels)


def cell_starts(side, n_cells, window):
    """Return the start of a window around the center of each cell along one axis.

    Parameters
    ----------
    side : int
        Length of the axis in pixels.
    n_cells : int
        Number of cells.
    window : int
        Length of a window in pixels, at most `side`.

    Returns
    -------
    ndarray of shape (n_cells,), intp
        First pixel of each window. Windows that exceed the axis are moved inside.
    """
    centers = (np.arange(n_cells) + 0.5) * side / n_cells
    return np.clip(np.rint(centers - window / 2), 0, side - window).astype(np.intp)


@lru_cache(maxsize=64)
def tent_weights(side, n_cells):
    """Return the weights of bilinear pooling along one axis.

    The weight of a pixel decreases linearly with its distance from the center of a cell and
    vanishes at the centers of the neighboring cells.

    Returns
    -------
    ndarray of shape (side, n_cells), float32
    """
    centers = (np.arange(n_cells) + 0.5) * side / n_cells
    distance = np.abs((np.arange(side) + 0.5)[:, None] - centers)
    weights = np.maximum(0, 1 - distance * n_cells / side).astype(np.float32)
    weights.setflags(write=False)
    return weights


@compiled
def _normalize(cells, clip, out):
    n, rows, columns, n_maps, n_bins = cells.shape
    # The border of zeros represents cells outside the grid.
    energy = np.zeros((rows + 2, columns + 2), dtype=np.float32)
    for i in range(n):
        for m in range(n_maps):
            total = np.float32(0)
            for y in range(rows):
                for x in range(columns):
                    e = np.float32(0)
                    for k in range(n_bins):
                        e += cells[i, y, x, m, k] * cells[i, y, x, m, k]
                    energy[y + 1, x + 1] = e
                    total += e
            floor = np.float32(0.01) * total / np.float32(rows * columns)
            for y in range(rows):
                for x in range(columns):
                    for b in range(4):
                        top, left = y + b // 2, x + b % 2
                        block = energy[top, left] + energy[top, left + 1]
                        block += energy[top + 1, left] + energy[top + 1, left + 1]
                        scale = 1 / np.sqrt(block + floor) if total > 0 else np.float32(0)
                        for k in range(n_bins):
                            out[i, m, y, x, b, k] = min(scale * cells[i, y, x, m, k], clip)


def four_way_normalized(cells, clip=0.25):
    r"""Normalize the histogram of each cell by the energy of the four 2 x 2 blocks around it.

    .. math:: \hat h_b = \min(h / \sqrt{E_b + \epsilon\,\bar E},\; clip), \quad b = 1..4

    where :math:`E_b` is the energy of block b (0 for cells outside the grid), :math:`\bar E` the
    mean energy of the cells of the image, and :math:`\epsilon = 0.01`.

    Parameters
    ----------
    cells : ndarray of shape (n, rows, columns, n_maps, n_bins), float32
        Histograms; each map is normalized on its own.
    clip : float, default=0.25
        Maximum of the normalized values.

    Returns
    -------
    ndarray of shape (n, n_maps, rows, columns, 4, n_bins), float32
        Normalized histograms; zeros for a map without energy.
    """
    n, rows, columns, n_maps, n_bins = cells.shape
    out = np.empty((n, n_maps, rows, columns, 4, n_bins), dtype=np.float32)
    _normalize(np.ascontiguousarray(cells), np.float32(clip), out)
    return out
