"""Grids of cells over a face, shared by the descriptors that pool."""

from functools import lru_cache
from numbers import Integral

import numpy as np

from .._utils.compilation import compiled

# The number of features grows with the number of cells: more cells than this would exhaust the
# memory instead of describing a face.
MAX_CELLS = 128


def check_grid(grid, name="grid"):
    """Return `grid` as a tuple of two int in 1..`MAX_CELLS`; raise ValueError if it is not."""
    grid = tuple(np.atleast_1d(np.asarray(grid, dtype=object)).tolist())
    if len(grid) != 2 or not all(isinstance(side, Integral) and side >= 1 for side in grid):
        raise ValueError(f"{name} must be two integers of at least 1 (rows, columns); got {grid}.")
    if max(grid) > MAX_CELLS:
        raise ValueError(f"{name} must have at most {MAX_CELLS} rows and columns; got {grid}.")
    return grid


@lru_cache(maxsize=64)
def cell_index(height, width, grid):
    """Return, for each pixel, its cell: (y * rows // h) * columns + x * columns // w."""
    rows, columns = grid
    y = np.arange(height) * rows // height
    x = np.arange(width) * columns // width
    index = (y[:, None] * columns + x).astype(np.int32)
    index.setflags(write=False)
    return index


def check_mirrored_cells(width, columns):
    """Raise AttributeError where the cells of a mirror image are not those of the image."""
    if width % columns:
        raise AttributeError(
            "mirror_ is there only where the columns of cells divide the width of the images; got "
            f"{columns} columns and {width} pixels."
        )


@lru_cache(maxsize=64)
def cell_sizes(height, width, grid):
    """Return how many pixels each cell holds, but at least 1, float32 of shape `grid`."""
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
    """Count the labels of each cell, or add up the weights of the pixels that bear them.

    Parameters
    ----------
    codes : ndarray of shape (n, h, w), integer
        What each pixel shows.
    labels : ndarray of shape (n_codes,), integer
        The label of each code, 0..n_labels - 1.
    n_labels : int
    grid : tuple of two int
        Rows and columns of cells, as in `cell_index`.
    weights : ndarray of shape (n, h, w) or None, default=None
        None counts each pixel once.

    Returns
    -------
    ndarray of shape (n, rows, columns, n_labels), float32
        A cell without a pixel has zeros.
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
    """Return where windows begin that are centered on the cells of one side, kept inside it.

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
    centers = (np.arange(n_cells) + 0.5) * side / n_cells
    return np.clip(np.rint(centers - window / 2), 0, side - window).astype(np.intp)


@lru_cache(maxsize=64)
def tent_weights(side, n_cells):
    """Return the weights of bilinear pooling along one side.

    A pixel gives to the two nearest cell centers, in proportion to its nearness; a pixel outside
    the first or last center gives to that one what its distance leaves.

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
    # Cells outside the grid have no energy.
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
    r"""Normalize histograms by the energy of each of the four 2 x 2 blocks around a cell.

    .. math:: \hat h_b = \min(h / \sqrt{E_b + \epsilon\,\bar E},\; clip), \quad b = 1..4

    where :math:`E_b` is the energy of the cell and its three neighbors towards one corner (cells
    outside the grid have none), :math:`\bar E` the mean energy of a cell of the image, and
    :math:`\epsilon` 0.01.

    Parameters
    ----------
    cells : ndarray of shape (n, rows, columns, n_maps, n_bins), float32
        Maps are normalized each for itself.
    clip : float, default=0.25

    Returns
    -------
    ndarray of shape (n, n_maps, rows, columns, 4, n_bins), float32
        A map without energy stays 0.
    """
    n, rows, columns, n_maps, n_bins = cells.shape
    out = np.empty((n, n_maps, rows, columns, 4, n_bins), dtype=np.float32)
    _normalize(np.ascontiguousarray(cells), np.float32(clip), out)
    return out
