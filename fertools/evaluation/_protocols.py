"""Evaluation protocols: training and test samples of each fold."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import StratifiedKFold
from sklearn.utils import Bunch

from ..datasets import LABEL_SETS, map_labels
from ..datasets._duplicates import NEAR
from ..datasets._labels import expression_of
from ._leakage import deduplicate
from ._published import published_split
from ._splitters import DuplicateAwareHoldout, DuplicateAwareKFold, LeaveOnePersonOut

_N_FOLDS = 10
# The first of these splits in a data set is the test set.
_PREFERRED_TEST_SPLITS = ("PrivateTest", "Test", "PublicTest", "Validation")


class Folds(NamedTuple):
    """Training and test samples of all folds.

    Attributes
    ----------
    train, test : Bunch
        Data sets of the training and test samples, which may be the same. Their `row` is the index
        of each image in the original data set.
    rows : list of (ndarray, ndarray)
        Indices into `train` and into `test`, for each fold.
    """

    train: Bunch
    test: Bunch
    rows: list


class Protocol(NamedTuple):
    """An evaluation protocol.

    Attributes
    ----------
    description : str
        Description on one line.
    needs : str or None
        Key required in the data set.
    make_folds : callable
        Function of the data set (or two) and the random state that returns `Folds`.
    """

    description: str
    needs: str | None
    make_folds: Callable


def five_class_split(bunch, *, test_size=0.3, max_distance=NEAR, random_state=0):
    """Split a data set 70:30 on five classes, without leakage.

    Parameters
    ----------
    bunch : Bunch
        Data set as returned by the loaders; its `groups`, if any, are persons.
    test_size : float, default=0.3
        Share of test samples.
    max_distance : int or None, default=6
        Parameter of `DuplicateAwareHoldout`.
    random_state : int, RandomState or None, default=0
        Random seed.

    Returns
    -------
    Bunch
        `data`, the data set with its labels mapped to angry, happy, sad, surprise and neutral by
        `fertools.datasets.map_labels`; `train` and `test`, ndarrays of indices into `data`.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.evaluation._protocols import five_class_split
    >>> five = five_class_split(make_faces(140, random_state=0))
    >>> five.data.target_names, len(five.train), len(five.test)
    (['angry', 'happy', 'sad', 'surprise', 'neutral'], 70, 30)
    """
    data = map_labels(bunch, "five")
    holdout = DuplicateAwareHoldout(test_size, max_distance=max_distance, random_state=random_state)
    train, test = next(holdout.split(data.images, data.labels, data.get("groups")))
    return Bunch(data=data, train=train, test=test)


def _fer2013_published(data, random_state):
    split = published_split(data)
    return Folds(data, data, [(split.train, split.private)])


def _fer2013_deduplicated(data, random_state):
    split = published_split(data)
    return Folds(data, data, [(split.train, deduplicate(data, split.train, split.private))])


def _fer2013_5class_70_30(data, random_state):
    split = five_class_split(data, random_state=random_state)
    return Folds(split.data, split.data, [(split.train, split.test)])


def _ckplus_person_independent(data, random_state):
    n_persons = len(np.unique(data.groups))
    if n_persons < _N_FOLDS:
        raise ValueError(f"data must hold at least {_N_FOLDS} persons; got {n_persons}.")
    # Near duplicates would join persons photographed under the same conditions.
    cv = DuplicateAwareKFold(_N_FOLDS, max_distance=None, shuffle=True, random_state=random_state)
    return Folds(data, data, list(cv.split(data.images, data.labels, data.groups)))


def _ckplus_leave_one_subject_out(data, random_state):
    cv = LeaveOnePersonOut(max_distance=None)
    return Folds(data, data, list(cv.split(data.images, data.labels, data.groups)))


def _ckplus_random(data, random_state):
    cv = StratifiedKFold(_N_FOLDS, shuffle=True, random_state=random_state)
    return Folds(data, data, list(cv.split(data.images, data.labels)))


def _cross_dataset(train, test, random_state):
    train, test = map_to_common_classes(train, test)
    every = np.arange(len(train.images)), np.arange(len(test.images))
    return Folds(train, test, [every])


def _image_folder(data, random_state):
    usage = data.get("usage", np.full(len(data.images), ""))
    tests = [split for split in _PREFERRED_TEST_SPLITS if split in usage]
    if "Training" in usage and tests:
        rows = [(np.flatnonzero(usage == "Training"), np.flatnonzero(usage == tests[0]))]
    elif len(names := sorted(set(np.asarray(usage).tolist()) - {""})) > 1:
        raise ValueError(
            "data.usage must contain Training and one of "
            f"{', '.join(_PREFERRED_TEST_SPLITS)}, or a single split; got {names}."
        )
    else:
        cv = DuplicateAwareKFold(5, shuffle=True, random_state=random_state)
        rows = list(cv.split(data.images, data.labels, data.get("groups")))
    return Folds(data, data, rows)


PROTOCOLS = {
    "fer2013_published": Protocol(
        "train on Training, test on PrivateTest; PublicTest is left for model selection",
        "usage",
        _fer2013_published,
    ),
    "fer2013_deduplicated": Protocol(
        "as fer2013_published, without test images that have an exact duplicate in Training",
        "usage",
        _fer2013_deduplicated,
    ),
    "fer2013_5class_70_30": Protocol(
        "angry, happy, sad, surprise and neutral of all splits, 70:30, without duplicates across "
        "the split",
        None,
        _fer2013_5class_70_30,
    ),
    "ckplus_person_independent": Protocol(
        "10 folds without persons or exact duplicates across folds",
        "groups",
        _ckplus_person_independent,
    ),
    "ckplus_leave_one_subject_out": Protocol(
        "one fold per person, without exact duplicates across folds",
        "groups",
        _ckplus_leave_one_subject_out,
    ),
    "ckplus_random": Protocol(
        "10 random folds; leaks: training and test share persons", "groups", _ckplus_random
    ),
    "cross_dataset": Protocol(
        "train on one data set, test on another, on their common classes",
        None,
        _cross_dataset,
    ),
    "image_folder": Protocol(
        "splits given by folders, else 5 folds without persons or duplicates across folds",
        None,
        _image_folder,
    ),
}


def map_to_common_classes(train, test):
    """Map the labels of two data sets to the same classes.

    Equal classes are kept. Otherwise the labels are mapped to the largest set in
    `fertools.datasets.LABEL_SETS` whose classes all occur in both data sets.

    Parameters
    ----------
    train, test : Bunch

    Returns
    -------
    train, test : Bunch

    Raises
    ------
    ValueError
        If there is no such set.
    """
    held = [set(data.labels.tolist()) for data in (train, test)]
    if held[0] == held[1]:
        return train, test
    common = set.intersection(*({expression_of(name) for name in names} for names in held))
    fits = [name for name, classes in LABEL_SETS.items() if common.issuperset(classes)]
    if not fits:
        raise ValueError(
            f"data must be two data sets of the same classes, or of all classes of one of "
            f"{list(LABEL_SETS)}; got {sorted(held[0])} and {sorted(held[1])}."
        )
    largest = max(fits, key=lambda name: len(LABEL_SETS[name]))
    return map_labels(train, largest), map_labels(test, largest)


def make_folds(protocol, data, random_state):
    """Return the training and test samples of a protocol.

    Parameters
    ----------
    protocol : str
        Key of `PROTOCOLS`.
    data : Bunch, or tuple of two Bunch
        Data set as returned by the loaders of `fertools.datasets`; a training set and a test set
        for "cross_dataset".
    random_state : int
        Random seed of the folds.

    Returns
    -------
    Folds

    Raises
    ------
    ValueError
        If the protocol is unknown or does not fit the data.
    """
    if protocol not in PROTOCOLS:
        raise ValueError(f"protocol must be one of {list(PROTOCOLS)}; got {protocol!r}.")
    n_data = 2 if protocol == "cross_dataset" else 1
    parts = [data] if isinstance(data, Bunch) else data
    if len(parts) != n_data:
        raise ValueError(f"data must be {n_data} Bunch for {protocol}; got {len(parts)}.")
    for part in parts:
        lacking = [key for key in ("images", "labels", "target_names") if key not in part]
        if lacking:
            raise ValueError(
                f"data must have images, labels and target_names; got {sorted(part)}, without "
                f"{', '.join(lacking)}."
            )
    _, needs, fold_maker = PROTOCOLS[protocol]
    if needs is not None and needs not in parts[0]:
        raise ValueError(f"data must have {needs!r} for {protocol}; got {sorted(parts[0])}.")
    # Keeps the original index of samples when a protocol drops others.
    parts = [Bunch(**{**part, "row": np.arange(len(part.images))}) for part in parts]
    folds = fold_maker(*parts, random_state)
    for number, (train, test) in enumerate(folds.rows):
        if len(train) == 0 or len(test) == 0:
            raise ValueError(
                f"data must have training and test samples in every fold of {protocol}; fold "
                f"{number} of {len(folds.rows)} has {len(train)} and {len(test)}."
            )
    return folds
