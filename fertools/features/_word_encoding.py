"""Codes of local descriptors by the words of a dictionary, averaged over the cells of grids."""

import numpy as np

from .._utils.compilation import compiled
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
    r"""Average what responses exceed a threshold by, over the windows of each cell.

    .. math:: \max(0, r - \alpha) \quad\text{and, with two sides,}\quad \max(0, -r - \alpha)

    Parameters
    ----------
    responses : ndarray of shape (n_windows, n_words), float32
    threshold : float
    regions : Regions
    n_sides : {1, 2}

    Returns
    -------
    ndarray of shape (n_cells, n_sides * n_words), float32
    """
    n_regions, n_words = regions.weights.shape[1], responses.shape[1]
    sums = np.zeros((n_regions, n_sides, n_words), dtype=np.float32)
    _add_up(responses, np.float32(threshold), regions.labels, sums)
    return regions.weights @ sums.reshape(n_regions, -1)


def pooled_moments(shares, local, regions, degree):
    """Average the powers of descriptors over the windows of each cell, weighted by their shares.

    Parameters
    ----------
    shares : ndarray of shape (n_windows, n_words), float32
        What each word takes of each descriptor.
    local : ndarray of shape (n_windows, d), float32
    regions : Regions
    degree : int

    Returns
    -------
    ndarray of shape (n_cells, n_words, 1 + degree * d), float32
        The shares, and their products with the powers 1..degree of the descriptors.
    """
    powers = [local**power for power in range(1, degree + 1)]
    terms = np.hstack([np.ones((len(local), 1), dtype=np.float32), *powers])
    members = [regions.labels == label for label in range(regions.weights.shape[1])]
    sums = np.stack([shares[those].T @ terms[those] for those in members])
    return np.tensordot(regions.weights, sums, axes=1)


def posteriors(local, means, variances, weights):
    """Return the probability of each Gaussian of a mixture, of diagonal covariances, given rows.

    Parameters
    ----------
    local : ndarray of shape (n, d), float32
    means, variances : ndarray of shape (n_words, d), float32
    weights : ndarray of shape (n_words,), float32

    Returns
    -------
    ndarray of shape (n, n_words), float32
    """
    constants = np.log(weights) - 0.5 * (np.log(variances) + means**2 / variances).sum(axis=1)
    logs = local @ (means / variances).T - local**2 @ (0.5 / variances).T + constants
    logs -= logs.max(axis=1, keepdims=True)
    np.exp(logs, out=logs)
    logs /= logs.sum(axis=1, keepdims=True)
    return logs


def threshold_code(local, words, regions, threshold):
    """Return what the inner products with each word exceed a threshold by, on both sides."""
    return pooled_excess(local @ words.T, threshold, regions, 2)


def triangle_code(local, words, regions):
    r"""Return :math:`\max(0, \bar\delta - \delta_k)` for the distances of unit rows to words."""
    distances = 2 - 2 * (unit_rows(local) @ words.T)
    np.sqrt(np.maximum(distances, 0, out=distances), out=distances)
    return pooled_excess(distances.mean(axis=1, keepdims=True) - distances, 0, regions, 1)


def vlad_code(local, words, regions):
    """Return the sums of what unit rows differ from their nearest word by."""
    local = unit_rows(local)
    nearest = (local @ words.T).argmax(axis=1)
    shares = np.equal.outer(nearest, np.arange(len(words))).astype(np.float32)
    moments = pooled_moments(shares, local, regions, 1)
    return moments[:, :, 1:] - moments[:, :, :1] * words


def fisher_code(local, words, regions, variances, weights):
    r"""Return the gradients of the log-likelihood of a mixture by its means and deviations.

    .. math::
        \frac{1}{\sqrt{w_k}} \sum_i \gamma_{ik} \frac{z_i - \mu_k}{\sigma_k}, \qquad
        \frac{1}{\sqrt{2 w_k}} \sum_i \gamma_{ik}
        \left(\frac{(z_i - \mu_k)^2}{\sigma_k^2} - 1\right)
    """
    shares = posteriors(local, words, variances, weights)
    moments = pooled_moments(shares, local, regions, 2)
    zeroth, first, second = np.split(moments, [1, 1 + local.shape[1]], axis=2)
    by_mean = (first - zeroth * words) / np.sqrt(variances * weights[:, None])
    squares = (second - 2 * first * words + zeroth * words**2) / variances
    return np.stack([by_mean, (squares - zeroth) / np.sqrt(2 * weights[:, None])], axis=1)
