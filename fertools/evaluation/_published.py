"""The published protocol of FER-2013, and what is left of it without the copies."""

import numpy as np
from sklearn.utils import Bunch

from ..datasets import USAGES, duplicate_groups
from ..datasets._duplicates import NEAR
from ._leakage import seen
from ._scores import score_classification


def published_split(bunch):
    """Return where the rows of the three published splits stand.

    Parameters
    ----------
    bunch : Bunch
        As `fertools.datasets.load_fer2013` returns it.

    Returns
    -------
    Bunch
        With `train`, `public` and `private`, each an ndarray of int: the indices of the rows of
        Training, PublicTest and PrivateTest, in order.

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


def _rows_of(bunch, usages):
    """Return the rows of each usage, or raise a ValueError where one has none."""
    rows = {usage: np.flatnonzero(bunch.usage == usage) for usage in usages}
    for usage, found in rows.items():
        if not len(found):
            raise ValueError(
                f"bunch must hold rows of {list(rows)}; got none of {usage!r} in its usage, "
                f"{np.unique(bunch.usage).tolist()}."
            )
    return rows


def score_published(bunch, predictions, *, near=False):
    """Score predictions on published splits, with and without the copies.

    Parameters
    ----------
    bunch : Bunch
        As `fertools.datasets.load_fer2013` returns it, with Training, as the copies are found
        there, and the splits predicted.
    predictions : dict of str to array-like
        For each split the names predicted for its rows, in their order.
    near : bool, default=False
        As `evaluate_published` takes it.

    Returns
    -------
    dict
        As `evaluate_published` returns it.

    Raises
    ------
    ValueError
        When `bunch` has no row of Training or of one of the splits.
    """
    rows = _rows_of(bunch, ("Training", *predictions))
    limits = {"deduplicated": None} | ({"near_deduplicated": NEAR} if near else {})
    numbers = {
        key: duplicate_groups(bunch.images, max_distance=bits) for key, bits in limits.items()
    }
    result = {}
    for usage, predicted in predictions.items():
        test, predicted = rows[usage], np.asarray(predicted)
        labels = [*bunch.target_names, *sorted(set(predicted.tolist()) - set(bunch.target_names))]
        truth = bunch.labels[test]
        result[usage] = {"published": score_classification(truth, predicted, labels)}
        for key, number in numbers.items():
            kept = ~seen(number, rows["Training"], test)
            result[usage][key] = (
                score_classification(truth[kept], predicted[kept], labels) if kept.any() else None
            )
    return result


def evaluate_published(estimator, bunch, splits=("PublicTest", "PrivateTest"), *, near=False):
    """Score a fitted classifier on published splits, with and without the copies.

    Some test images of FER-2013 stand in Training too, so a published score profits from memory.
    All scores come from one prediction of each image.

    Parameters
    ----------
    estimator : object
        With `predict(images)`; fitted on the names of the classes (`labels`) of Training.
    bunch : Bunch
        As `fertools.datasets.load_fer2013` returns it, with Training, as the copies are found
        there, and the `splits`.
    splits : sequence of str, default=("PublicTest", "PrivateTest")
        Splits to score.
    near : bool, default=False
        Score a third time, without near copies; on FER-2013 they take about 10 s to find.

    Returns
    -------
    dict
        For each split a dict with "published" (all rows), "deduplicated" (those without an exact
        copy in Training) and, with `near`, "near_deduplicated" (those without an exact or near
        copy there). Each is as `score_classification` returns it (its `n` counts the rows), the
        labels in the order of `bunch.target_names`, then any other that was predicted, or None
        where no row is left.

    Raises
    ------
    ValueError
        When `bunch` has no row of Training or of one of the splits.

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
    rows = _rows_of(bunch, ("Training", *splits))
    return score_published(
        bunch,
        {usage: estimator.predict(bunch.images[rows[usage]]) for usage in splits},
        near=near,
    )
