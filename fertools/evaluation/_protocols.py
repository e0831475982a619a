"""The published protocol of FER-2013, and what is left of it without the copies."""

import numpy as np
from sklearn.utils import Bunch

from ..datasets import USAGES
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


def deduplicate(bunch, train, test):
    """Return the test rows of which no exact copy stands in training.

    Parameters
    ----------
    bunch : Bunch
        With `images`, an ndarray of shape (n, h, w).
    train, test : array-like of int or bool
        Indices or masks of the rows of both sides.

    Returns
    -------
    ndarray of int
        The indices of the rows of `test`, in its order, whose pixels are not those of any row of
        `train`, whatever the labels are. Copies within `test` stay.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.utils import Bunch
    >>> from fertools.evaluation import deduplicate
    >>> fer = Bunch(images=np.array([[[1, 2]], [[3, 4]], [[1, 2]], [[5, 6]]], dtype=np.uint8))
    >>> deduplicate(fer, [0, 1], [2, 3])
    array([3])
    """
    seen = {image.tobytes() for image in bunch.images[train]}
    test = np.arange(len(bunch.images))[test]
    return test[[image.tobytes() not in seen for image in bunch.images[test]]]


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


def score_published(bunch, predictions):
    """Score predictions on published splits, with and without the copies.

    Parameters
    ----------
    bunch : Bunch
        As `fertools.datasets.load_fer2013` returns it, with Training, as the copies are found
        there, and the splits predicted.
    predictions : dict of str to array-like
        For each split the names predicted for its rows, in their order.

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
    result = {}
    for usage, predicted in predictions.items():
        test, predicted = rows[usage], np.asarray(predicted)
        labels = [*bunch.target_names, *sorted(set(predicted.tolist()) - set(bunch.target_names))]
        kept = np.isin(test, deduplicate(bunch, rows["Training"], test))
        truth = bunch.labels[test]
        result[usage] = {
            "published": score_classification(truth, predicted, labels),
            "deduplicated": (
                score_classification(truth[kept], predicted[kept], labels) if kept.any() else None
            ),
        }
    return result


def evaluate_published(estimator, bunch, splits=("PublicTest", "PrivateTest")):
    """Score a fitted classifier on published splits, with and without the copies.

    Some test images of FER-2013 stand in Training too, so a published score profits from memory.
    Both scores come from one prediction of each image.

    Parameters
    ----------
    estimator : object
        With `predict(images)`; fitted on the names of the classes (`labels`) of Training.
    bunch : Bunch
        As `fertools.datasets.load_fer2013` returns it, with Training, as the copies are found
        there, and the `splits`.
    splits : sequence of str, default=("PublicTest", "PrivateTest")
        Splits to score.

    Returns
    -------
    dict
        For each split a dict with "published" and "deduplicated", each as
        `score_classification` returns it (its `n` counts the rows), the labels in the order of
        `bunch.target_names`, then any other that was predicted. Without a row that is no copy,
        "deduplicated" is None.

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
        bunch, {usage: estimator.predict(bunch.images[rows[usage]]) for usage in splits}
    )
