"""Local descriptors of image windows, patches and dense SIFT, and their pooling regions."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from .._utils.mirror_symmetry import permute_axes

# Regularization of the variance of a patch: below a tenth of the standard deviation of the image,
# contrast is mostly noise.
_CONTRAST = 0.01
_BINS, _DIRECTIONS = 4, 8
_CLIP, _EPSILON = 0.2, 1e-3


def window_starts(side, window, step):
    """Return the first pixel of each window along an axis.

    Parameters
    ----------
    side, window, step : int
        Length of the axis, length of a window (at most `side`), and distance between windows, in
        pixels. The windows are centered on the axis.

    Returns
    -------
    ndarray of int
    """
    return np.arange((side - window) % step // 2, side - window + 1, step)


def patches(image, window, step):
    r"""Extract contrast-normalized patches from an image.

    .. math:: x = (p - \bar p) / \sqrt{\operatorname{var}(p) + 0.01}

    Parameters
    ----------
    image : ndarray of shape (h, w), float32
        Image with mean 0 and standard deviation 1.
    window : tuple of two int
        Height and width of a patch in pixels.
    step : int
        Distance between patches in pixels.

    Returns
    -------
    ndarray of shape (n_windows, height * width), float32, Fortran-contiguous
        Patches.

    References
    ----------
    A. Coates, A. Y. Ng (2012). Learning feature representations with k-means. Neural Networks:
    Tricks of the Trade, LNCS 7700, 561-580. :doi:`10.1007/978-3-642-35289-8_30`
    """
    starts = [window_starts(*sides, step) for sides in zip(image.shape, window, strict=True)]
    views = np.lib.stride_tricks.sliding_window_view(image, window)
    cut = views[starts[0][0] :: step, starts[1][0] :: step].transpose(2, 3, 0, 1)
    values = cut.reshape(window[0] * window[1], -1)
    values = values - values.mean(axis=0)
    values /= np.sqrt(np.einsum("ij,ij->j", values, values) / len(values) + np.float32(_CONTRAST))
    return values.T


@lru_cache(maxsize=32)
def sift_weights(side, window, step):
    """Return the weight of each pixel along an axis for each bin of each window.

    The weight decreases linearly from the center of a bin to the centers of its neighbors, and is
    multiplied by a Gaussian around the center of the window with a standard deviation of two bins.

    Returns
    -------
    ndarray of shape (side, n_windows * 4), float32
    """
    middles = window_starts(side, window, step) + (window - 1) / 2
    width = window / _BINS
    offsets = (np.arange(_BINS) - (_BINS - 1) / 2) * width
    pixels = np.arange(side)[:, None, None]
    tents = np.maximum(0, 1 - np.abs(pixels - middles[:, None] - offsets) / width)
    gaussians = np.exp(-(((pixels - middles[:, None]) / width) ** 2) / 8)
    weights = (tents * gaussians).reshape(side, -1).astype(np.float32)
    weights.setflags(write=False)
    return weights


def _direction_maps(image):
    """Split the magnitude of each gradient between the two nearest of eight directions."""
    h, w = image.shape
    dy, dx = np.zeros_like(image), np.zeros_like(image)
    np.subtract(image[2:], image[:-2], out=dy[1:-1])
    np.subtract(image[:, 2:], image[:, :-2], out=dx[:, 1:-1])
    magnitude, turns = np.hypot(dy, dx).ravel(), np.arctan2(dy, dx).ravel()
    turns *= np.float32(_DIRECTIONS / (2 * np.pi))
    lower = np.floor(turns)
    upper_share = (turns - lower) * magnitude
    maps, pixels = np.zeros((h * w, _DIRECTIONS), dtype=np.float32), np.arange(h * w)
    direction = lower.astype(np.intp) % _DIRECTIONS
    maps[pixels, direction] = magnitude - upper_share
    maps[pixels, (direction + 1) % _DIRECTIONS] = upper_share
    return maps.reshape(h, w * _DIRECTIONS)


def dense_sift(image, window, step):
    """Compute upright SIFT descriptors of one scale on a regular grid of windows.

    A descriptor has 4 x 4 histograms of 8 gradient directions. It is normalized to unit length,
    clipped at 0.2 and normalized again. The spatial weights are separable, so that the histograms
    of all windows are computed by two matrix products.

    Parameters
    ----------
    image : ndarray of shape (h, w), float32
        Image with mean 0 and standard deviation 1.
    window : tuple of two int
        Height and width of a window in pixels.
    step : int
        Distance between windows in pixels.

    Returns
    -------
    ndarray of shape (n_windows, 128), float32
        Descriptors, indexed by row of bins, column of bins, and direction (from x towards y, which
        points downward).

    References
    ----------
    D. G. Lowe (2004). Distinctive image features from scale-invariant keypoints. IJCV 60(2),
    91-110. :doi:`10.1023/B:VISI.0000029664.99615.94`
    """
    h, w = image.shape
    down, across = sift_weights(h, window[0], step), sift_weights(w, window[1], step)
    sums = across.T @ (down.T @ _direction_maps(image)).reshape(-1, w, _DIRECTIONS)
    cells = sums.reshape(-1, _BINS, across.shape[1] // _BINS, _BINS, _DIRECTIONS)
    values = cells.swapaxes(1, 2).reshape(-1, _BINS * _BINS * _DIRECTIONS)
    for clip in (_CLIP, np.inf):
        lengths = np.sqrt(np.einsum("ij,ij->i", values, values) + np.float32(_EPSILON**2))
        values /= lengths[:, None]
        np.minimum(values, np.float32(clip), out=values)
    return values


def patch_mirror(window):
    """Return the permutation of the pixels of a patch under mirroring."""
    return permute_axes(np.arange(window[0]), np.arange(window[1])[::-1])


def sift_mirror(_window):
    """Return the permutation of a SIFT descriptor under mirroring."""
    directions = (_DIRECTIONS // 2 - np.arange(_DIRECTIONS)) % _DIRECTIONS
    return permute_axes(np.arange(_BINS), np.arange(_BINS)[::-1], directions)


class Regions(NamedTuple):
    """Pooling regions: sets of windows with equal weights in all cells of all grids.

    Codes are summed over each region before they are averaged over cells.

    Attributes
    ----------
    labels : ndarray of shape (n_windows,), intp
        Region of each window.
    weights : ndarray of shape (n_cells, n_regions), float32
        Weight of the sum over a region in the mean over a cell. Cells are in row-major order, grid
        by grid.
    """

    labels: np.ndarray
    weights: np.ndarray


def window_shares(n_windows, n_cells):
    """Distribute the windows along an axis evenly over cells.

    Returns
    -------
    ndarray of shape (n_windows, n_cells), float64
        Fraction of each window that belongs to each cell.
    """
    first = np.arange(n_windows)[:, None]
    limits = np.arange(n_cells + 1) * n_windows / n_cells
    return np.maximum(0, np.minimum(first + 1, limits[1:]) - np.maximum(first, limits[:-1]))


@lru_cache(maxsize=32)
def pooling_regions(shape, window, step, grids):
    """Return the pooling regions of the windows of an image.

    Parameters
    ----------
    shape, window : tuple of two int
        Height and width of the image and of a window, in pixels.
    step : int
        Distance between windows in pixels.
    grids : tuple of tuple of two int
        Number of rows and columns of cells of each grid.

    Returns
    -------
    Regions
    """
    n_windows = [len(window_starts(*sides, step)) for sides in zip(shape, window, strict=True)]
    shares = []
    for grid in grids:
        down, across = (window_shares(*along) for along in zip(n_windows, grid, strict=True))
        shares.append(np.einsum("yi,xj->yxij", down, across).reshape(-1, grid[0] * grid[1]))
    kinds, labels, sizes = np.unique(
        np.hstack(shares).round(9), axis=0, return_inverse=True, return_counts=True
    )
    weights = (kinds / (sizes @ kinds)).T.astype(np.float32)
    return Regions(labels.ravel(), weights)
