"""Means of each sample and its nearest neighbor in the space of a kernel."""

import numpy as np

from .._utils.mirror_symmetry import reflect_towards
from ._kernel_functions import BLOCK

# Number of neighbors considered, as the nearest may be duplicates.
_N_NEIGHBORS = 10
# Two samples are duplicates if their squared distance is below this share of the squared norm.
_DUPLICATE = 1e-4


def pair_means(kernel, X, share):
    """Return the means of samples and their nearest neighbors that are no duplicates.

    Parameters
    ----------
    kernel : SingleKernel or MultiKernel
        Fitted kernel; the nearest neighbor is the sample with the largest kernel value. If the
        kernel knows which features are odd, a neighbor may be the mirror image of a sample.
    X : ndarray of shape (n_samples, n_features)
        At least two samples.
    share : float
        Weight of each sample; its neighbor has the weight ``1 - share``.

    Returns
    -------
    neighbors : ndarray of shape (n_samples,), int32
        Index of the neighbor of each sample.
    means : ndarray of shape (n_samples, n_features)
        Means, scaled to the root mean squared norm of `X`, because a mean is shorter than its
        members.
    """
    odd = getattr(kernel, "_odd", None)
    n_neighbors = min(_N_NEIGHBORS, len(X))
    norms = kernel.norms(X)
    neighbors = np.empty(len(X), dtype=np.int32)
    means = np.empty_like(X)
    for start in range(0, len(X), BLOCK):
        values = kernel.matrix(X[start : start + BLOCK], X, norms)
        found = np.argpartition(-values, n_neighbors - 1, axis=1)[:, :n_neighbors]
        order = np.argsort(-np.take_along_axis(values, found, axis=1), axis=1)
        for k, candidates in enumerate(np.take_along_axis(found, order, axis=1), start):
            sample = X[k]
            near = reflect_towards(X[candidates], sample, odd)
            duplicates = ((near - sample) ** 2).sum(axis=1) <= _DUPLICATE * (sample**2).sum()
            # The first candidate that is no duplicate, or the first one if all are.
            chosen = duplicates.argmin()
            neighbors[k] = candidates[chosen]
            means[k] = share * sample + (1 - share) * near[chosen]
    lengths = np.sqrt((means**2).sum(axis=1, keepdims=True))
    means *= np.sqrt((X**2).sum() / len(X)) / np.maximum(lengths, np.finfo(X.dtype).tiny)
    return neighbors, means
