"""Published split of FER-2013, with and without duplicates across the splits."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from ..datasets import USAGES, duplicate_groups
from ..datasets._duplicates import NEAR
from ._leakage import in_training
from ._scores import score_classification


def published_split(bunch: Bunch) -> Bunch:
    """Return the indices of the three published splits of FER-2013.

    Parameters
    ----------
    bunch : Bunch
        Data set as returned by `fertools.datasets.load_fer2013`.

    Returns
    -------
    Bunch
        `train`, `public` and `private`, ndarrays of the sorted indices of the samples in Training,
        PublicTest and PrivateTest.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.utils import Bunch
    >>> from fertools.evaluation import published_split
    >>> fer = Bunch(usage=np.array(["Training", "Training", "PublicTest", "PrivateTest"]))
    >>> published_split(fer).train
    array([0, 1])
    """
    return Bunch(
        **{
            name: np.flatnonzero(bunch.usage == usage)
            for name, usage in zip(("train", "public", "private"), USAGES, strict=True)
        }
    )


def _split_indices(bunch, usages):
    """Return the indices of the samples of each split; raise a ValueError if it has none."""
    rows = {usage: np.flatnonzero(bunch.usage == usage) for usage in usages}
    for usage, found in rows.items():
        if not len(found):
            raise ValueError(
                f"bunch must hold samples of {list(rows)}; got none of {usage!r} in its usage, "
                f"{np.unique(bunch.usage).tolist()}."
            )
    return rows


def score_published(bunch: Bunch, predictions: dict, *, near: bool = False) -> dict:
    """Score predictions of published splits, with and without duplicates.

    Parameters
    ----------
    bunch : Bunch
        Data set as returned by `fertools.datasets.load_fer2013`; must contain Training, in which
        duplicates are searched, and the predicted splits.
    predictions : dict of str to array-like
        Predicted labels of all samples of a split, in order, by the name of the split.
    near : bool, default=False
        Score a third time without near duplicates.

    Returns
    -------
    dict
        Scores in the format of `evaluate_published`.

    Raises
    ------
    ValueError
        If `bunch` has no samples of Training or of one of the splits.
    """
    rows = _split_indices(bunch, ("Training", *predictions))
    max_distances = {"deduplicated": None} | ({"near_deduplicated": NEAR} if near else {})
    groups = {
        key: duplicate_groups(bunch.images, max_distance=max_distance)
        for key, max_distance in max_distances.items()
    }
    result = {}
    for usage, predicted in predictions.items():
        test, predicted = rows[usage], np.asarray(predicted)
        labels = [*bunch.target_names, *sorted(set(predicted.tolist()) - set(bunch.target_names))]
        truth = bunch.labels[test]
        result[usage] = {"published": score_classification(truth, predicted, labels)}
        for key, group in groups.items():
            kept = ~in_training(group, rows["Training"], test)
            result[usage][key] = (
                score_classification(truth[kept], predicted[kept], labels) if kept.any() else None
            )
    return result


def evaluate_published(
    estimator: Any,
    bunch: Bunch,
    splits: Sequence[str] = ("PublicTest", "PrivateTest"),
    *,
    near: bool = False,
) -> dict:
    """Score a fitted classifier on published splits, with and without duplicates.

    Some test images of FER-2013 also occur in Training, which inflates scores on the published
    split. Each image is predicted once.

    Parameters
    ----------
    estimator : object
        Classifier with `predict(images)`, fitted on the class names (`labels`) of Training.
    bunch : Bunch
        Data set as returned by `fertools.datasets.load_fer2013`; must contain Training, in which
        duplicates are searched, and the `splits`.
    splits : sequence of str, default=("PublicTest", "PrivateTest")
        Splits to score.
    near : bool, default=False
        Score a third time without near duplicates; finding them in FER-2013 takes about 10 s.

    Returns
    -------
    dict
        For each split a dict with the scores of all samples ("published"), of those without an
        exact duplicate in Training ("deduplicated") and, if `near`, of those without an exact or
        near duplicate in Training ("near_deduplicated"). Each value is a dict as returned by
        `score_classification`, with labels in the order of `bunch.target_names` followed by other
        predicted labels, or None if there are no such samples.

    Raises
    ------
    ValueError
        If `bunch` has no samples of Training or of one of the splits.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.dummy import DummyClassifier
    >>> from fertools.datasets import make_faces
    >>> from fertools.evaluation import evaluate_published
    >>> fer = make_faces(21, random_state=0)
    >>> fer.usage = np.repeat(["Training", "PrivateTest"], [14, 7])
    >>> fer.images[14] = fer.images[0]
    >>> model = DummyClassifier(strategy="constant", constant="angry")
    >>> model = model.fit(fer.images[:14], fer.labels[:14])
    >>> scores = evaluate_published(model, fer, splits=["PrivateTest"])["PrivateTest"]
    >>> scores["published"]["n"], scores["deduplicated"]["n"]
    (7, 6)
    >>> round(scores["published"]["accuracy"], 3), scores["deduplicated"]["accuracy"]
    (0.143, 0.0)
    """
    rows = _split_indices(bunch, ("Training", *splits))
    return score_published(
        bunch,
        {usage: estimator.predict(bunch.images[rows[usage]]) for usage in splits},
        near=near,
    )
