"""Mapping from codes of local binary patterns to histogram labels."""

from functools import lru_cache

import numpy as np

METHODS = ("nri_uniform", "uniform", "ror", "default")


@lru_cache(maxsize=16)
def lbp_labels(points, method):
    """Return the label of each code, numbered as in scikit-image.

    Parameters
    ----------
    points : int
        Number of sampling points P.
    method : {"nri_uniform", "uniform", "ror", "default"}
        Labeling. "nri_uniform" has P (P - 1) + 3 labels: one per uniform pattern (at most two
        transitions around the circle) and one for all other patterns. "uniform" labels a uniform
        pattern by its number of ones (P + 2 labels). "ror" numbers the codes that are minimal
        among their rotations. "default" uses the code itself.

    Returns
    -------
    labels : ndarray of shape (2 ** P,), int32
        Label of each code.
    n_labels : int
        Number of labels.
    """
    codes = np.arange(2**points)
    bits = (codes[:, None] >> np.arange(points)) & 1
    ones = bits.sum(axis=1)
    uniform = (bits != np.roll(bits, 1, axis=1)).sum(axis=1) <= 2
    if method == "default":
        labels = codes
    elif method == "uniform":
        labels = np.where(uniform, ones, points + 1)
    elif method == "ror":
        rotations = [
            (codes >> s) | ((codes << (points - s)) & (2**points - 1)) for s in range(points)
        ]
        labels = np.unique(np.min(rotations, axis=0), return_inverse=True)[1]
    else:
        # Order of Ojala et al. (2002): by the number of ones, then by the start of their run.
        first_one = bits.argmax(axis=1)
        first_zero = (bits == 0).argmax(axis=1)
        start = np.where(first_one == 0, ones - first_zero, points - first_one)
        labels = np.where(uniform, 1 + (ones - 1) * points + start, points * (points - 1) + 2)
        labels[0] = 0
        labels[-1] = points * (points - 1) + 1
    labels = labels.astype(np.int32)
    labels.setflags(write=False)
    return labels, int(labels.max()) + 1


def mirrored_labels(points, method):
    """Return the permutation of the labels under mirroring.

    Parameters
    ----------
    points : int
        Number of sampling points, even.
    method : str
        Labeling, see `lbp_labels`.

    Returns
    -------
    ndarray of shape (n_labels,), intp
        Label in the mirror image of a pixel with each label.
    """
    codes = np.arange(2**points)
    mirrored = np.zeros_like(codes)
    for p in range(points):
        mirrored |= ((codes >> p) & 1) << (points // 2 - p) % points
    labels, n_labels = lbp_labels(points, method)
    found = np.empty(n_labels, dtype=np.intp)
    found[labels] = labels[mirrored]
    return found
