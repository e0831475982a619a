"""Cross-validation splitters that keep duplicate images, and images of a person, together."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike
from sklearn.model_selection import GroupShuffleSplit, LeaveOneGroupOut, StratifiedGroupKFold
from sklearn.utils import check_array, check_random_state, column_or_1d, indexable
from sklearn.utils.multiclass import check_classification_targets

from .._utils.validation import holds_images, image_column
from ..datasets import duplicate_groups
from ..datasets._duplicates import NEAR


def joint_groups(X, groups=None, max_distance=NEAR):
    """Return group labels of samples that must be on the same side of a split.

    Parameters
    ----------
    X : array-like
        Images of one or several sizes; or feature vectors, for which only exact duplicates are
        found.
    groups : array-like of shape (n,) or None, default=None
        Person in each sample.
    max_distance : int or None, default=6
        Parameter of `fertools.datasets.duplicate_groups`.

    Returns
    -------
    ndarray of shape (n,), int
    """
    X = image_column(X)
    if holds_images(X):
        return duplicate_groups(X, groups, max_distance=max_distance)
    rows = check_array(X, ensure_2d=False, ensure_all_finite=False, input_name="X")
    return duplicate_groups(rows, groups, max_distance=None)


def choose_groups(y, groups, share, rng):
    """Choose whole groups that contain the same share of each class.

    Like scikit-learn's StratifiedGroupKFold, for two sides of unequal size: the groups are
    assigned one by one, those with the largest shares of a class first and ties in random order,
    each to the side that minimizes the difference of the class shares.

    Parameters
    ----------
    y, groups : array-like of shape (n,)
    share : float
    rng : RandomState

    Returns
    -------
    ndarray of shape (n,), bool
        Mask of the chosen samples.
    """
    y, groups = (np.unique(values, return_inverse=True)[1] for values in (y, groups))
    # Share of each class (column) in each group (row).
    group_share = np.zeros((groups.max() + 1, y.max() + 1))
    np.add.at(group_share, (groups, y), 1 / np.bincount(y)[y])
    order = rng.permutation(len(group_share))
    order = order[np.argsort(-np.square(group_share[order]).sum(axis=1), kind="stable")]
    chosen = np.zeros(len(group_share), dtype=bool)
    # Difference of the filled shares of both sides, by class.
    lead = np.zeros(group_share.shape[1])
    for group in order:
        if_chosen = lead + group_share[group] / share
        if_not = lead - group_share[group] / (1 - share)
        chosen[group] = if_chosen @ if_chosen < if_not @ if_not
        lead = if_chosen if chosen[group] else if_not
    return chosen[groups]


class DuplicateAwareKFold(StratifiedGroupKFold):
    """Stratified k-fold that keeps duplicate images, and images of a person, in one fold.

    `StratifiedGroupKFold` on the groups of `fertools.datasets.duplicate_groups`: every sample is
    tested once, class shares are preserved as far as whole groups allow, and training and test
    samples share no person and no exact or near duplicate.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.
    max_distance : int or None, default=6
        Largest Hamming distance between the 64-bit perceptual hashes of near duplicates; None
        considers exact duplicates only.
    shuffle : bool, default=False
        Assign groups in random order.
    random_state : int, RandomState or None, default=None
        Random seed; used if `shuffle` is True.

    See Also
    --------
    DuplicateAwareHoldout : A single split instead of k.
    LeaveOnePersonOut : One fold per person.

    Notes
    -----
    Near duplicates are found in images only. If `X` is a matrix of features or flattened images,
    only equal samples are kept together; pass `duplicate_groups(images)` as `groups` in that case.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.evaluation import DuplicateAwareKFold
    >>> faces = make_faces(14, random_state=0)
    >>> faces.images[7] = faces.images[0] // 2 + 50  # the same photo with lower contrast
    >>> for train, test in DuplicateAwareKFold(2).split(faces.images, faces.labels):
    ...     print({0, 7} <= set(train.tolist()), {0, 7} <= set(test.tolist()))
    False True
    True False
    """

    def __init__(self, n_splits=5, *, max_distance=NEAR, shuffle=False, random_state=None):
        super().__init__(n_splits, shuffle=shuffle, random_state=random_state)
        self.max_distance = max_distance

    def split(
        self, X: ArrayLike, y: ArrayLike, groups: ArrayLike | None = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the training and test indices of each fold.

        Parameters
        ----------
        X : array-like of shape (n, h, w), (n, h, w, 3) or (n, n_features)
            Images of one or several sizes, or feature vectors.
        y : array-like of shape (n,)
            Labels.
        groups : array-like of shape (n,) or None, default=None
            Person in each image.

        Yields
        ------
        train, test : ndarray of int
        """
        joint = joint_groups(X, groups, self.max_distance)
        # Older versions of scikit-learn return empty folds.
        n_groups = len(np.unique(joint))
        if self.n_splits > n_groups:
            raise ValueError(
                f"Cannot have number of splits n_splits={self.n_splits} greater than the number "
                f"of groups: {n_groups}."
            )
        yield from super().split(X, y, joint)


class DuplicateAwareHoldout(GroupShuffleSplit):
    """Single stratified split that keeps duplicate images, and images of a person, on one side.

    The number of test samples of each class is rounded to the nearest integer if no samples are
    grouped, and otherwise as close as whole groups allow.

    Parameters
    ----------
    test_size : float, default=0.3
        Share of test samples, between 0 and 1.
    max_distance : int or None, default=6
        Largest Hamming distance between the 64-bit perceptual hashes of near duplicates; None
        considers exact duplicates only.
    random_state : int, RandomState or None, default=None
        Random seed; an int makes the split reproducible.

    See Also
    --------
    DuplicateAwareKFold : Every sample is tested once; see its notes on matrices of features.

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

    def split(
        self, X: ArrayLike, y: ArrayLike, groups: ArrayLike | None = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the training and test indices of the split.

        Parameters
        ----------
        X : array-like of shape (n, h, w), (n, h, w, 3) or (n, n_features)
            Images of one or several sizes, or feature vectors.
        y : array-like of shape (n,)
            Labels.
        groups : array-like of shape (n,) or None, default=None
            Person in each image.

        Yields
        ------
        train, test : ndarray of int

        Raises
        ------
        ValueError
            If `test_size` is not between 0 and 1, or one side would be empty.
        """
        if not 0 < self.test_size < 1:
            raise ValueError(f"test_size must be between 0 and 1; got {self.test_size!r}.")
        X, y, groups = indexable(X, y, groups)
        check_classification_targets(y)
        joint = joint_groups(X, groups, self.max_distance)
        rng = check_random_state(self.random_state)
        is_test = choose_groups(column_or_1d(y), joint, self.test_size, rng)
        if is_test.all() or not is_test.any():
            raise ValueError(
                f"test_size must leave samples on both sides; got {self.test_size!r} for "
                f"{len(is_test)} samples in {joint.max() + 1} groups of duplicates and persons."
            )
        yield np.flatnonzero(~is_test), np.flatnonzero(is_test)


class LeaveOnePersonOut(LeaveOneGroupOut):
    """Leave-one-person-out cross-validation without duplicates across training and test.

    Like `LeaveOneGroupOut`, but training samples that are duplicates of a test sample are removed
    from the fold, so that each fold tests all images of one person.

    Parameters
    ----------
    max_distance : int or None, default=6
        Largest Hamming distance between the 64-bit perceptual hashes of near duplicates; None
        considers exact duplicates only.

    See Also
    --------
    DuplicateAwareKFold : Fewer folds of several persons; see its notes on matrices of features.

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

    def split(
        self, X: ArrayLike, y: ArrayLike | None = None, groups: ArrayLike | None = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the training and test indices of each fold, with persons in sorted order.

        Parameters
        ----------
        X : array-like of shape (n, h, w), (n, h, w, 3) or (n, n_features)
            Images of one or several sizes, or feature vectors.
        y : array-like of shape (n,) or None, default=None
            Ignored.
        groups : array-like of shape (n,)
            Person in each image.

        Yields
        ------
        train, test : ndarray of int
        """
        duplicates = joint_groups(X, max_distance=self.max_distance)
        for train, test in super().split(X, y, groups):
            yield train[~np.isin(duplicates[train], duplicates[test])], test
