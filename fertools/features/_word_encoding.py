"""Encoding of local descriptors by a dictionary of visual words, pooled over cells."""

import numpy as np

from .._utils.compilation import compiled
from ..base import cell_box
from ._dictionary_learning import unit_rows


@compiled
def _add_up(responses, threshold, labels, out):
    n_sides, n_words = out.shape[1:]
    for i in range(len(labels)):
        response = responses[i]
        above = out[labels[i], 0]
        for k in range(n_words):
            above[k] += max(response[k] - threshold, np.float32(0))
        if n_sides == 2:
            below = out[labels[i], 1]
            for k in range(n_words):
                below[k] += max(-response[k] - threshold, np.float32(0))


def pooled_excess(responses, threshold, regions, n_sides):
    r"""Average soft-thresholded responses over the windows of each cell.

    .. math:: \max(0, r - \alpha) \quad\text{and, with two sides,}\quad \max(0, -r - \alpha)

    Parameters
    ----------
    responses : ndarray of shape (n_windows, n_words), float32
        Response r of each word at each window.
    threshold : float
        Threshold :math:`\alpha`.
    regions : Regions
        Pooling regions.
    n_sides : {1, 2}
        1 for positive responses only, 2 for positive and negative responses.

    Returns
    -------
    ndarray of shape (n_cells, n_sides * n_words), float32
        Mean excess over the threshold.
    """
    n_regions, n_words = regions.weights.shape[1], responses.shape[1]
    sums = np.zeros((n_regions, n_sides, n_words), dtype=np.float32)
    _add_up(responses, np.float32(threshold), regions.labels, sums)
    return regions.weights @ sums.reshape(n_regions, -1)


def pooled_moments(shares, local, regions, degree):
    """Compute weighted moments of the local descriptors of each cell.

    Parameters
    ----------
    shares : ndarray of shape (n_windows, n_words), float32
        Weight of each window for each word.
    local : ndarray of shape (n_windows, d), float32
        Local descriptors.
    regions : Regions
        Pooling regions.
    degree : int
        Largest power.

    Returns
    -------
    ndarray of shape (n_cells, n_words, 1 + degree * d), float32
        Mean weights, and means of the products of the weights with powers 1 to `degree` of the
        descriptors.
    """
    powers = [local**power for power in range(1, degree + 1)]
    terms = np.hstack([np.ones((len(local), 1), dtype=np.float32), *powers])
    members = [regions.labels == label for label in range(regions.weights.shape[1])]
    sums = np.stack([shares[those].T @ terms[those] for those in members])
    return np.tensordot(regions.weights, sums, axes=1)


def posteriors(local, means, variances, weights):
    """Compute the posterior probabilities of a Gaussian mixture with diagonal covariances.

    Parameters
    ----------
    local : ndarray of shape (n, d), float32
        Local descriptors.
    means, variances : ndarray of shape (n_words, d), float32
        Means and variances of the Gaussians.
    weights : ndarray of shape (n_words,), float32
        Weights of the Gaussians.

    Returns
    -------
    ndarray of shape (n, n_words), float32
        Probability of each Gaussian given each descriptor.
    """
    constants = np.log(weights) - 0.5 * (np.log(variances) + means**2 / variances).sum(axis=1)
    logs = local @ (means / variances).T - local**2 @ (0.5 / variances).T + constants
    logs -= logs.max(axis=1, keepdims=True)
    np.exp(logs, out=logs)
    logs /= logs.sum(axis=1, keepdims=True)
    return logs


def threshold_code(local, words, regions, threshold):
    """Encode descriptors by their inner products with the words, thresholded on both sides."""
    return pooled_excess(local @ words.T, threshold, regions, 2)


def triangle_code(local, words, regions):
    r"""Encode normalized descriptors by :math:`\max(0, \bar\delta - \delta_k)`.

    :math:`\delta_k` is the distance from word k and :math:`\bar\delta` the mean distance.
    """
    distances = 2 - 2 * (unit_rows(local) @ words.T)
    np.sqrt(np.maximum(distances, 0, out=distances), out=distances)
    return pooled_excess(distances.mean(axis=1, keepdims=True) - distances, 0, regions, 1)


def vlad_code(local, words, regions):
    """Encode normalized descriptors by their differences from the nearest word."""
    local = unit_rows(local)
    nearest = (local @ words.T).argmax(axis=1)
    shares = np.equal.outer(nearest, np.arange(len(words))).astype(np.float32)
    moments = pooled_moments(shares, local, regions, 1)
    return moments[:, :, 1:] - moments[:, :, :1] * words


def fisher_code(local, words, regions, variances, weights):
    r"""Encode descriptors by the gradient of the log-likelihood of a Gaussian mixture.

    The derivatives with respect to means and standard deviations are

    .. math::
        \frac{1}{\sqrt{w_k}} \sum_i \gamma_{ik} \frac{z_i - \mu_k}{\sigma_k}, \qquad
        \frac{1}{\sqrt{2 w_k}} \sum_i \gamma_{ik}
        \left(\frac{(z_i - \mu_k)^2}{\sigma_k^2} - 1\right)

    where :math:`\gamma_{ik}` are the posteriors and :math:`w_k` the weights of the Gaussians.
    """
    shares = posteriors(local, words, variances, weights)
    moments = pooled_moments(shares, local, regions, 2)
    zeroth, first, second = np.split(moments, [1, 1 + local.shape[1]], axis=2)
    by_mean = (first - zeroth * words) / np.sqrt(variances * weights[:, None])
    squares = (second - 2 * first * words + zeroth * words**2) / variances
    return np.stack([by_mean, (squares - zeroth) / np.sqrt(2 * weights[:, None])], axis=1)


def normalize_cells(codes, grids):
    """Take signed square roots of codes, then scale each cell and each grid to unit norm.

    Parameters
    ----------
    codes : ndarray of shape (n, n_cells * n_values), float32
        Codes of the cells of all grids.
    grids : sequence of (int, int)
        Number of rows and columns of cells of each grid.

    Returns
    -------
    ndarray of shape (n, n_cells * n_values), float32
    """
    rows = np.copysign(np.sqrt(np.abs(codes)), codes)
    n_cells = np.array([height * width for height, width in grids])
    limits = np.cumsum(n_cells) * (rows.shape[1] // n_cells.sum())
    for n, of_grid in zip(n_cells, np.split(rows, limits[:-1], axis=1), strict=True):
        cells = of_grid.reshape(len(rows) * n, -1)
        of_grid[:] = unit_rows(cells).reshape(len(rows), -1) / np.float32(np.sqrt(n))
    return rows


def word_blocks(prefix, grids, tails):
    """Return the blocks of a descriptor with one name per cell and tail."""
    blocks = []
    for rows, columns in grids:
        descriptor = f"{prefix}_{rows}x{columns}"
        for y, x in np.ndindex(rows, columns):
            names = [f"{descriptor}_y{y}x{x}_{tail}" for tail in tails]
            blocks.append((descriptor, cell_box(y, x, (rows, columns)), names))
    return blocks
