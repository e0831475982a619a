"""What a split leaks: test rows whose person or picture stands in training."""

import numpy as np

from ..datasets import duplicate_groups
from ..datasets._duplicates import NEAR


def seen(number, train, test):
    """Say of each test row whether its number stands in training; an array of bool."""
    return np.isin(number[test], number[train])


def deduplicate(bunch, train, test, *, max_distance=None):
    """Return the test rows of which no copy stands in training.

    Parameters
    ----------
    bunch : Bunch
        With `images`, an ndarray of shape (n, h, w), or of images of many sizes.
    train, test : array-like of int or bool
        Indices or masks of the rows of both sides.
    max_distance : int or None, default=None
        None leaves out exact copies only, rows whose pixels are equal. A number leaves out near
        copies too: rows that hang together, through any rows of `bunch`, by hashes that differ in
        so few of 64 bits, see `fertools.datasets.duplicate_groups`; the splitters take 6.

    Returns
    -------
    ndarray of int
        The indices of the rows of `test`, in its order, that are no copy of any row of `train`,
        whatever the labels are. Copies within `test` stay.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.evaluation import deduplicate
    >>> faces = make_faces(5, random_state=0)
    >>> faces.images[2] = faces.images[0]
    >>> faces.images[3] = faces.images[1] // 2 + 50  # one photo in another light
    >>> deduplicate(faces, [0, 1], [2, 3, 4])
    array([3, 4])
    >>> deduplicate(faces, [0, 1], [2, 3, 4], max_distance=6)
    array([4])
    """
    number = duplicate_groups(bunch.images, max_distance=max_distance)
    return np.arange(len(number))[test][~seen(number, train, test)]


def leakage(bunch, train, test, *, max_distance=NEAR):
    """Count the test rows that training gives away; to be told with every score.

    Parameters
    ----------
    bunch : Bunch
        With `images`, and `groups` where the data set names persons.
    train, test : array-like of int or bool
        Indices or masks of the rows of both sides.
    max_distance : int, default=6
        Bits of 64 in which the perceptual hashes of near copies differ at the most.

    Returns
    -------
    dict of str to int
        - n : rows of `test`
        - person : of these, rows whose person stands in training; None without `groups`
        - exact_copy : rows with an exact copy in training
        - near_copy : rows with an exact or near copy in training

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.evaluation import leakage
    >>> faces = make_faces(5, random_state=0)
    >>> faces.images[2] = faces.images[0]
    >>> faces.images[3] = faces.images[1] // 2 + 50
    >>> leakage(faces, [0, 1], [2, 3, 4])
    {'n': 3, 'person': None, 'exact_copy': 1, 'near_copy': 2}
    """
    numbers = {
        "person": np.asarray(bunch.groups) if "groups" in bunch else None,
        "exact_copy": duplicate_groups(bunch.images, max_distance=None),
        "near_copy": duplicate_groups(bunch.images, max_distance=max_distance),
    }
    counts = {
        name: None if number is None else int(seen(number, train, test).sum())
        for name, number in numbers.items()
    }
    return {"n": len(np.arange(len(bunch.images))[test])} | counts
