"""Splits of a data set: hold out a part, choose the training images, score the test splits."""

import numpy as np

from ..datasets import take_samples
from ._published import evaluate_published
from ._scores import mean_f1_of_data, score_classification
from ._splitters import DuplicateAwareHoldout

# Splits on which the best epoch of a network is chosen.
VALIDATION_SPLITS = ("PublicTest", "Validation")
# Splits to score, all of them in this order.
_SCORED_SPLITS = ("Validation", "Test", "PublicTest", "PrivateTest")


def has_splits(bunch):
    """Return whether a data set has images in other splits than Training."""
    return not set(bunch.get("usage", ())) <= {"Training"}


def hold_out(bunch, test_size, random_state=0):
    """Split a data set into Training and Validation.

    Both have the same share of each class; duplicates, and images of one person, are in one split.

    Parameters
    ----------
    bunch : Bunch
        Data set without splits; `usage` is set in place.
    test_size : float
        Share of the images in Validation.
    random_state : int, RandomState or None, default=0
        Random seed.
    """
    holdout = DuplicateAwareHoldout(test_size, random_state=random_state)
    _, validation = next(holdout.split(bunch.images, bunch.labels, bunch.get("groups")))
    bunch.usage = np.full(len(bunch.labels), "Training", dtype="<U10")
    bunch.usage[validation] = "Validation"


def training_and_validation(bunch, n_training=None, random_state=0):
    """Return the training images, and those of PublicTest and Validation.

    Parameters
    ----------
    bunch : Bunch
        Data set; without `usage`, all images are in Training.
    n_training : int or None, default=None
        Number of training images, drawn at random; None means all.
    random_state : int, default=0
        Random seed.

    Returns
    -------
    training, validation : Bunch

    Raises
    ------
    ValueError
        If the data set has no images in Training.
    """
    usage = np.asarray(bunch.get("usage", np.full(len(bunch.labels), "Training")))
    rows = np.flatnonzero(usage == "Training")
    if len(rows) == 0:
        raise ValueError(
            f"The data must have images in Training; got the splits {np.unique(usage).tolist()}."
        )
    if n_training is not None and n_training < len(rows):
        rows = np.sort(np.random.default_rng(random_state).permutation(rows)[:n_training])
    return take_samples(bunch, rows), take_samples(bunch, np.isin(usage, VALIDATION_SPLITS))


def score_validation(estimator, bunch):
    """Score an estimator on PublicTest and Validation, as published and without duplicates.

    Parameters
    ----------
    estimator : classifier
        Fitted classifier of images.
    bunch : Bunch
        Data set.

    Returns
    -------
    dict
        Result of `evaluate_published`; empty if the data set has neither split.
    """
    splits = [split for split in VALIDATION_SPLITS if split in bunch.get("usage", ())]
    return evaluate_published(estimator, bunch, splits) if splits else {}


def score_test_splits(estimator, bunch):
    """Score an estimator on every test split, or on all images of a data set without splits.

    Parameters
    ----------
    estimator : classifier
        Fitted classifier of images.
    bunch : Bunch
        Data set.

    Returns
    -------
    dict of str to dict
        For each split, or "all", the scores "published" and, if the data set has Training and
        splits, "deduplicated"; see `evaluate_published`. `macro_f1` is the mean over the classes
        of the split, without classes that are only predicted.

    Raises
    ------
    ValueError
        If the data set has splits, but none to test on.
    """
    usage = bunch.get("usage", ())
    if not has_splits(bunch):
        parts = {"all": slice(None)}
    else:
        parts = {split: usage == split for split in _SCORED_SPLITS if split in usage}
    if not parts:
        raise ValueError(
            f"The data must have images in {' or '.join(_SCORED_SPLITS)}; got the splits "
            f"{np.unique(usage).tolist()}."
        )
    if has_splits(bunch) and "Training" in usage:
        results = evaluate_published(estimator, bunch, list(parts))
    else:
        results = {
            split: {
                "published": score_classification(
                    bunch.labels[rows], estimator.predict(bunch.images[rows])
                )
            }
            for split, rows in parts.items()
        }
    for scores in (one for result in results.values() for one in result.values() if one):
        scores["macro_f1"] = mean_f1_of_data(scores)
    return results
