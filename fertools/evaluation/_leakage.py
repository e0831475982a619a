"""Leakage of a split: test samples whose person or image also occurs in training."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import Bunch

from ..datasets import duplicate_groups
from ..datasets._duplicates import NEAR


def in_training(groups, train, test):
    """Return a mask of the test samples whose group also occurs in training."""
    return np.isin(groups[test], groups[train])


def deduplicate(bunch, train, test, *, max_distance=None):
    """Return the test samples without a duplicate in training.

    Parameters
    ----------
    bunch : Bunch
        Data set with `images`, an ndarray of shape (n, h, w) or images of several sizes.
    train, test : array-like of int or bool
        Indices or masks of the training and test samples.
    max_distance : int or None, default=None
        Largest Hamming distance between the 64-bit perceptual hashes of near duplicates; chains of
        near duplicates, through any samples of `bunch`, count as well. None removes exact
        duplicates only. See `fertools.datasets.duplicate_groups`.

    Returns
    -------
    ndarray of int
        Indices of the test samples without a duplicate in training, whatever their labels, in the
        order of `test`. Duplicates within `test` are kept.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.evaluation._leakage import deduplicate
    >>> faces = make_faces(5, random_state=0)
    >>> faces.images[2] = faces.images[0]
    >>> faces.images[3] = faces.images[1] // 2 + 50  # the same photo with lower contrast
    >>> deduplicate(faces, [0, 1], [2, 3, 4])
    array([3, 4])
    >>> deduplicate(faces, [0, 1], [2, 3, 4], max_distance=6)
    array([4])
    """
    groups = duplicate_groups(bunch.images, max_distance=max_distance)
    return np.arange(len(groups))[test][~in_training(groups, train, test)]


def leakage(
    bunch: Bunch, train: ArrayLike, test: ArrayLike, *, max_distance: int = NEAR
) -> dict[str, int | None]:
    """Count the test samples whose person or image also occurs in training.

    Parameters
    ----------
    bunch : Bunch
        Data set with `images`, and `groups` if the persons are known.
    train, test : array-like of int or bool
        Indices or masks of the training and test samples.
    max_distance : int, default=6
        Largest Hamming distance between the 64-bit perceptual hashes of near duplicates.

    Returns
    -------
    dict of str to int
        - n : number of test samples
        - person : number of test samples whose person occurs in training; None without `groups`
        - exact_duplicate : number of test samples with an exact duplicate in training
        - near_duplicate : number of test samples with an exact or near duplicate in training

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.evaluation import leakage
    >>> faces = make_faces(5, random_state=0)
    >>> faces.images[2] = faces.images[0]
    >>> faces.images[3] = faces.images[1] // 2 + 50
    >>> leakage(faces, [0, 1], [2, 3, 4])
    {'n': 3, 'person': None, 'exact_duplicate': 1, 'near_duplicate': 2}
    """
    groups = {
        "person": np.asarray(bunch.groups) if "groups" in bunch else None,
        "exact_duplicate": duplicate_groups(bunch.images, max_distance=None),
        "near_duplicate": duplicate_groups(bunch.images, max_distance=max_distance),
    }
    counts = {
        name: None if of is None else int(in_training(of, train, test).sum())
        for name, of in groups.items()
    }
    return {"n": len(np.arange(len(bunch.images))[test])} | counts
