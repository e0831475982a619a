"""Protocols by name: the rows that every method trains on, and those it is tested on."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import StratifiedKFold
from sklearn.utils import Bunch

from ..datasets import LABEL_SETS, map_labels
from ..datasets._labels import expression_of
from ._leakage import deduplicate
from ._published import published_split
from ._splitters import DuplicateAwareKFold, LeaveOnePersonOut, five_class_split

_N_FOLDS = 10
# The test part of a data set with splits is the first of these that it has.
_TESTS = ("PrivateTest", "Test", "PublicTest", "Validation")


class Folds(NamedTuple):
    """What is trained on and what is tested on.

    Attributes
    ----------
    train, test : Bunch
        One data set, or two. Both have `row`, the row of each image in the data set as it came.
    rows : list of (ndarray, ndarray)
        For each fold its rows of `train` and its rows of `test`.
    """

    train: Bunch
    test: Bunch
    rows: list


class Protocol(NamedTuple):
    """A protocol.

    Attributes
    ----------
    description : str
        One line.
    needs : str or None
        A key that the data set must have.
    folds : callable
        Takes the data set, or the two, and the random state; returns Folds.
    """

    description: str
    needs: str | None
    folds: Callable


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
        raise ValueError(f"data must show at least {_N_FOLDS} persons; got {n_persons}.")
    # Near copies would tie together persons whose pictures were taken alike.
    cv = DuplicateAwareKFold(_N_FOLDS, max_distance=None, shuffle=True, random_state=random_state)
    return Folds(data, data, list(cv.split(data.images, data.labels, data.groups)))


def _ckplus_leave_one_subject_out(data, random_state):
    cv = LeaveOnePersonOut(max_distance=None)
    return Folds(data, data, list(cv.split(data.images, data.labels, data.groups)))


def _ckplus_random(data, random_state):
    cv = StratifiedKFold(_N_FOLDS, shuffle=True, random_state=random_state)
    return Folds(data, data, list(cv.split(data.images, data.labels)))


def _cross_dataset(train, test, random_state):
    train, test = of_common_classes(train, test)
    every = np.arange(len(train.images)), np.arange(len(test.images))
    return Folds(train, test, [every])


def _image_folder(data, random_state):
    usage = data.get("usage", np.full(len(data.images), ""))
    tests = [split for split in _TESTS if split in usage]
    if "Training" in usage and tests:
        rows = [(np.flatnonzero(usage == "Training"), np.flatnonzero(usage == tests[0]))]
    else:
        cv = DuplicateAwareKFold(5, shuffle=True, random_state=random_state)
        rows = list(cv.split(data.images, data.labels, data.get("groups")))
    return Folds(data, data, rows)


PROTOCOLS = {
    "fer2013_published": Protocol(
        "train on Training, test on PrivateTest; PublicTest stays out, for choices",
        "usage",
        _fer2013_published,
    ),
    "fer2013_deduplicated": Protocol(
        "as fer2013_published, without the test images that have an exact copy in Training",
        "usage",
        _fer2013_deduplicated,
    ),
    "fer2013_5class_70_30": Protocol(
        "angry, happy, sad, surprise and neutral of all splits, 70:30; no copy crosses",
        None,
        _fer2013_5class_70_30,
    ),
    "ckplus_person_independent": Protocol(
        "10 folds; no person and no exact copy crosses", "groups", _ckplus_person_independent
    ),
    "ckplus_leave_one_subject_out": Protocol(
        "a fold for each person; no exact copy crosses", "groups", _ckplus_leave_one_subject_out
    ),
    "ckplus_random": Protocol(
        "10 random folds; leaks: the same person on both sides", "groups", _ckplus_random
    ),
    "cross_dataset": Protocol(
        "train on one data set, test on another, on the classes that both have",
        None,
        _cross_dataset,
    ),
    "image_folder": Protocol(
        "the splits that the folders name, or else 5 folds that no copy and no person crosses",
        None,
        _image_folder,
    ),
}


def of_common_classes(train, test):
    """Bring two data sets to the classes that both have rows of.

    Classes of equal names stay as they are. Otherwise both are mapped to the largest set of
    `fertools.datasets.LABEL_SETS` that both have all classes of.

    Parameters
    ----------
    train, test : Bunch

    Returns
    -------
    train, test : Bunch

    Raises
    ------
    ValueError
        Where there is no such set.
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
    """Return the rows that a protocol trains and tests on.

    Parameters
    ----------
    protocol : str
        A name in `PROTOCOLS`.
    data : Bunch, or tuple of two Bunch
        As the loaders of `fertools.datasets` return it; two, to train and to test on, for
        "cross_dataset".
    random_state : int
        Decides what is random about the folds.

    Returns
    -------
    Folds

    Raises
    ------
    ValueError
        Where there is no protocol of that name, or the data do not fit it.
    """
    if protocol not in PROTOCOLS:
        raise ValueError(f"protocol must be one of {list(PROTOCOLS)}; got {protocol!r}.")
    n_data = 2 if protocol == "cross_dataset" else 1
    parts = [data] if isinstance(data, Bunch) else data
    if len(parts) != n_data:
        raise ValueError(f"data must be {n_data} Bunch for {protocol}; got {len(parts)}.")
    _, needs, folds_of = PROTOCOLS[protocol]
    if needs is not None and needs not in parts[0]:
        raise ValueError(f"data must have {needs!r} for {protocol}; got {sorted(parts[0])}.")
    # The numbers stay with the rows, whichever of them a protocol leaves out.
    parts = [Bunch(**{**part, "row": np.arange(len(part.images))}) for part in parts]
    folds = folds_of(*parts, random_state)
    for number, (train, test) in enumerate(folds.rows):
        if len(train) == 0 or len(test) == 0:
            raise ValueError(
                f"data must have rows to train and to test on in every fold of {protocol}; fold "
                f"{number} of {len(folds.rows)} has {len(train)} and {len(test)}."
            )
    return folds
