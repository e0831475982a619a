"""Splits of a data set that no copy of an image and no person crosses."""

import numpy as np
from sklearn.model_selection import GroupShuffleSplit, LeaveOneGroupOut, StratifiedGroupKFold
from sklearn.utils import Bunch, check_array, check_random_state, column_or_1d, indexable
from sklearn.utils.multiclass import check_classification_targets

from .._utils.validation import holds_images
from ..datasets import duplicate_groups, map_labels
from ..datasets._duplicates import NEAR


def inseparable(X, groups=None, max_distance=NEAR):
    """Give each row a number, the same to rows that must stay on one side of a split.

    Parameters
    ----------
    X : array-like
        Images, of one size or of many; or rows of numbers, of which only exact copies are found.
    groups : array-like of shape (n,) or None, default=None
        The person in each row.
    max_distance : int or None, default=6
        As `fertools.datasets.duplicate_groups` takes it.

    Returns
    -------
    ndarray of shape (n,), int
    """
    if holds_images(X):
        return duplicate_groups(X, groups, max_distance=max_distance)
    rows = check_array(X, ensure_2d=False, ensure_all_finite=False, input_name="X")
    return duplicate_groups(rows, groups, max_distance=None)


def choose_groups(y, groups, share, rng):
    """Choose whole groups so that they hold the same share of each class.

    The rule of scikit-learn's StratifiedGroupKFold, for two sides of unequal size: the groups are
    taken one by one, those with the largest shares of a class first and otherwise at random, and
    each goes where the sides differ least, class by class, in how full they are.

    Parameters
    ----------
    y, groups : array-like of shape (n,)
    share : float
    rng : RandomState

    Returns
    -------
    ndarray of shape (n,), bool
        True for the rows that are chosen.
    """
    y, groups = (np.unique(values, return_inverse=True)[1] for values in (y, groups))
    # Of each group (row) the share of all members of each class (column).
    held = np.zeros((groups.max() + 1, y.max() + 1))
    np.add.at(held, (groups, y), 1 / np.bincount(y)[y])
    order = rng.permutation(len(held))
    order = order[np.argsort(-np.square(held[order]).sum(axis=1), kind="stable")]
    chosen = np.zeros(len(held), dtype=bool)
    # How much fuller the chosen side is than the other, by class.
    lead = np.zeros(held.shape[1])
    for group in order:
        if_chosen, if_not = lead + held[group] / share, lead - held[group] / (1 - share)
        chosen[group] = if_chosen @ if_chosen < if_not @ if_not
        lead = if_chosen if chosen[group] else if_not
    return chosen[groups]


class DuplicateAwareKFold(StratifiedGroupKFold):
    """Stratified k-fold that keeps copies of an image, and images of a person, in one fold.

    `StratifiedGroupKFold` on the groups of `fertools.datasets.duplicate_groups`: every row is
    tested once, the folds hold the classes in the same shares as far as whole groups allow, and no
    person and no exact or near copy stands on both sides.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.
    max_distance : int or None, default=6
        Bits of 64 in which the perceptual hashes of near copies differ at the most; None counts
        exact copies only.
    shuffle : bool, default=False
        Draw lots for what goes where.
    random_state : int, RandomState or None, default=None
        Decides the lots; only with `shuffle`.

    See Also
    --------
    DuplicateAwareHoldout : one split instead of k.
    LeaveOnePersonOut : a fold for each person.

    Notes
    -----
    Near copies are found in images only. Where `X` is a matrix of features or flattened rows, rows
    that are equal are kept together, and nothing else is known of them; give
    `duplicate_groups(images)` as `groups` then.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.evaluation import DuplicateAwareKFold
    >>> faces = make_faces(14, random_state=0)
    >>> faces.images[7] = faces.images[0] // 2 + 50  # one photo in two lights
    >>> for train, test in DuplicateAwareKFold(2).split(faces.images, faces.labels):
    ...     print({0, 7} <= set(train.tolist()), {0, 7} <= set(test.tolist()))
    False True
    True False
    """

    def __init__(self, n_splits=5, *, max_distance=NEAR, shuffle=False, random_state=None):
        super().__init__(n_splits, shuffle=shuffle, random_state=random_state)
        self.max_distance = max_distance

    def split(self, X, y, groups=None):
        """Yield the rows of training and test of each fold.

        Parameters
        ----------
        X : array-like of shape (n, h, w), (n, h, w, 3) or (n, n_features)
            Images, of one size or of many, or rows of numbers.
        y : array-like of shape (n,)
            Labels.
        groups : array-like of shape (n,) or None, default=None
            The person in each image.

        Yields
        ------
        train, test : ndarray of int
        """
        together = inseparable(X, groups, self.max_distance)
        # Older versions of scikit-learn return empty folds instead.
        n_groups = len(np.unique(together))
        if self.n_splits > n_groups:
            raise ValueError(
                f"Cannot have number of splits n_splits={self.n_splits} greater than the number "
                f"of groups: {n_groups}."
            )
        yield from super().split(X, y, together)


class DuplicateAwareHoldout(GroupShuffleSplit):
    """One stratified split that keeps copies of an image, and images of a person, on one side.

    The test rows hold the same share of each class, to half a row where no rows hang together and
    otherwise as far as whole groups allow.

    Parameters
    ----------
    test_size : float, default=0.3
        Share of the rows to test, between 0 and 1.
    max_distance : int or None, default=6
        Bits of 64 in which the perceptual hashes of near copies differ at the most; None counts
        exact copies only.
    random_state : int, RandomState or None, default=None
        Decides which rows are tested; with an int, always the same.

    See Also
    --------
    DuplicateAwareKFold : every row is tested once; its notes on matrices of features hold here too.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.evaluation import DuplicateAwareHoldout
    >>> faces = make_faces(70, random_state=0)
    >>> holdout = DuplicateAwareHoldout(test_size=0.3, random_state=0)
    >>> train, test = next(holdout.split(faces.images, faces.labels))
    >>> len(train), len(test)
    (49, 21)
    """

    def __init__(self, test_size=0.3, *, max_distance=NEAR, random_state=None):
        super().__init__(1, test_size=test_size, random_state=random_state)
        self.max_distance = max_distance

    def split(self, X, y, groups=None):
        """Yield the rows of training and test, once.

        Parameters
        ----------
        X : array-like of shape (n, h, w), (n, h, w, 3) or (n, n_features)
            Images, of one size or of many, or rows of numbers.
        y : array-like of shape (n,)
            Labels.
        groups : array-like of shape (n,) or None, default=None
            The person in each image.

        Yields
        ------
        train, test : ndarray of int

        Raises
        ------
        ValueError
            When `test_size` is not between 0 and 1, or leaves one of the sides empty.
        """
        if not 0 < self.test_size < 1:
            raise ValueError(f"test_size must be between 0 and 1; got {self.test_size!r}.")
        X, y, groups = indexable(X, y, groups)
        check_classification_targets(y)
        together = inseparable(X, groups, self.max_distance)
        rng = check_random_state(self.random_state)
        is_test = choose_groups(column_or_1d(y), together, self.test_size, rng)
        if is_test.all() or not is_test.any():
            raise ValueError(
                f"test_size must leave rows on both sides; got {self.test_size!r} for "
                f"{len(is_test)} rows in {together.max() + 1} groups of copies and persons."
            )
        yield np.flatnonzero(~is_test), np.flatnonzero(is_test)


class LeaveOnePersonOut(LeaveOneGroupOut):
    """A fold for each person, who is tested by a model that was fitted on the others.

    As `LeaveOneGroupOut`, but rows of others that are copies of a test row are left out of training
    in that fold. So every fold tests one person, whole, whatever copies there are.

    Parameters
    ----------
    max_distance : int or None, default=6
        Bits of 64 in which the perceptual hashes of near copies differ at the most; None counts
        exact copies only.

    See Also
    --------
    DuplicateAwareKFold : fewer folds, of several persons; its notes on matrices of features
        hold here too.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.evaluation import LeaveOnePersonOut
    >>> faces = make_faces(4, random_state=0)
    >>> faces.images[2] = faces.images[0]
    >>> persons = ["Ann", "Ann", "Bob", "Bob"]
    >>> for train, test in LeaveOnePersonOut().split(faces.images, faces.labels, persons):
    ...     print(train, test)
    [3] [0 1]
    [1] [2 3]
    """

    def __init__(self, *, max_distance=NEAR):
        self.max_distance = max_distance

    def split(self, X, y=None, groups=None):
        """Yield the rows of training and test of each person, in the order of their names.

        Parameters
        ----------
        X : array-like of shape (n, h, w), (n, h, w, 3) or (n, n_features)
            Images, of one size or of many, or rows of numbers.
        y : array-like of shape (n,) or None, default=None
            Ignored.
        groups : array-like of shape (n,)
            The person in each image.

        Yields
        ------
        train, test : ndarray of int
        """
        copies = inseparable(X, max_distance=self.max_distance)
        for train, test in super().split(X, y, groups):
            yield train[~np.isin(copies[train], copies[test])], test


def five_class_split(bunch, *, test_size=0.3, max_distance=NEAR, random_state=0):
    """Split a data set 70:30 as published for five classes, and without leaks.

    Parameters
    ----------
    bunch : Bunch
        As the loaders return it; `groups`, where it has them, are persons.
    test_size : float, default=0.3
        Share of the rows to test.
    max_distance : int or None, default=6
        As `DuplicateAwareHoldout` takes it.
    random_state : int, RandomState or None, default=0
        Decides which rows are tested.

    Returns
    -------
    Bunch
        With `data`, the data set brought to angry, happy, sad, surprise and neutral by
        `fertools.datasets.map_labels`, and `train` and `test`, ndarrays of int: rows of `data`.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.evaluation import five_class_split
    >>> five = five_class_split(make_faces(140, random_state=0))
    >>> five.data.target_names, len(five.train), len(five.test)
    (['angry', 'happy', 'sad', 'surprise', 'neutral'], 70, 30)
    """
    data = map_labels(bunch, "five")
    holdout = DuplicateAwareHoldout(test_size, max_distance=max_distance, random_state=random_state)
    train, test = next(holdout.split(data.images, data.labels, data.get("groups")))
    return Bunch(data=data, train=train, test=test)
