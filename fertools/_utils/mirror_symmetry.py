"""Symmetry of features under mirroring of the image.

Mirroring an image left to right permutes the features of a descriptor or changes the signs of some
of them. A transformer that knows its symmetry has one of two attributes: ``mirror_``, the indices
such that ``X[:, mirror_]`` are the features of the mirror images, or ``odd_``, the boolean mask of
the features that change sign while the others, the even ones, stay the same.
"""

import numpy as np


def reflect(X, odd):
    """Return the features of the mirror images of samples with even and odd features.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    odd : ndarray of shape (n_features,), bool
        Mask of the features that change sign.

    Returns
    -------
    ndarray of shape (n_samples, n_features)
    """
    return np.where(odd, -X, X)


def reflect_towards(X, target, odd):
    """Replace samples by their mirror images where those are closer to a target.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    target : ndarray of shape (n_features,)
    odd : ndarray of shape (n_features,), bool, or None
        Mask of the features that change sign; None leaves the samples unchanged.

    Returns
    -------
    ndarray of shape (n_samples, n_features)
    """
    if odd is None:
        return X
    is_closer = X[:, odd] @ target[odd] < 0
    return np.where(is_closer[:, None] & odd, -X, X)


def split_halves(X):
    """Return the features of images and those of their mirror images, which follow them."""
    return np.split(X, 2, axis=1)


def check_odd(name, odd, n_features):
    """Return a mask of odd features as an array.

    Raises
    ------
    ValueError
        If the mask is not boolean or does not have one element per feature.
    """
    odd = np.asarray(odd)
    if odd.shape != (n_features,) or odd.dtype != bool:
        raise ValueError(
            f"{name} must be None, 'halves' or a boolean mask of shape ({n_features},); got shape "
            f"{odd.shape} and dtype {odd.dtype}."
        )
    return odd


def even_and_odd(odd):
    """Return the columns of the even and of the odd features.

    Parameters
    ----------
    odd : ndarray of shape (n_features,), bool

    Returns
    -------
    even, odd : slice or ndarray of int
        A slice where the columns are contiguous, because it selects a view.
    """
    return contiguous(np.flatnonzero(~odd)), contiguous(np.flatnonzero(odd))


def contiguous(indices):
    """Return sorted indices as a slice if they are contiguous, otherwise unchanged."""
    if not len(indices):
        return slice(0)
    start, stop = int(indices[0]), int(indices[-1]) + 1
    return slice(start, stop) if len(indices) == stop - start else indices
