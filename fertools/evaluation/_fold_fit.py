"""Fit an estimator on a fold and predict its test images."""

from time import perf_counter

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from ..detection import FaceLocalizer
from ..pipeline._fitted_steps import flat_steps
from ._costs import memory_peak
from ._scores import NO_FACE


def predict_images(estimator, images, classes):
    """Predict labels and probabilities of images.

    Parameters
    ----------
    estimator : estimator
        Fitted classifier of images.
    images : ndarray of shape (n_images, ...)
    classes : list of str

    Returns
    -------
    predicted : ndarray of shape (n_images,), str
        Predicted labels; "no_face" where the estimator returns None, "" or "no_face".
    probabilities : ndarray of shape (n_images, n_classes), float32, or None
        Probabilities of `classes`; 0 for a class unknown to the estimator. None if the estimator
        has no `predict_proba`.
    found : ndarray of shape (n_images,), bool
        False if there is no prediction, or if the FaceLocalizer at the start of a pipeline found
        no face and passed on a substitute.
    """
    names = np.asarray(estimator.predict(images), dtype=object).tolist()
    predicted = np.array([NO_FACE if name in (None, "") else str(name) for name in names])
    found = predicted != NO_FACE
    first = flat_steps(estimator)[0]
    if isinstance(first, FaceLocalizer):
        found &= first.locate(images)[1]
    if not hasattr(estimator, "predict_proba"):
        return predicted, None, found
    columns = np.asarray(estimator.predict_proba(images)).T
    probabilities = np.zeros((len(images), len(classes)), dtype=np.float32)
    for column, name in zip(columns, estimator.classes_, strict=True):
        if name in classes:
            probabilities[:, classes.index(name)] = column
    return predicted, probabilities, found


def fit_fold(estimator, train, test, fold, classes, *, return_estimator):
    """Fit a clone on the training images of a fold and predict its test images.

    Parameters
    ----------
    estimator : estimator
    train, test : Bunch
    fold : tuple of (ndarray, ndarray)
        Indices of the training images in `train` and of the test images in `test`.
    classes : list of str
    return_estimator : bool

    Returns
    -------
    estimator : estimator or None
        Fitted clone, if `return_estimator`.
    predictions : tuple
        Result of `predict_images`.
    costs : dict
        `fit_seconds`, and `peak_memory_mib` of fitting and predicting.
    """
    fit_index, test_index = fold
    estimator = clone(estimator)
    with memory_peak() as peak:
        start = perf_counter()
        estimator.fit(train.images[fit_index], train.labels[fit_index])
        seconds = perf_counter() - start
        predictions = predict_images(estimator, test.images[test_index], classes)
    costs = {"fit_seconds": seconds, "peak_memory_mib": peak["mib"]}
    return estimator if return_estimator else None, predictions, costs


def training_history(estimator):
    """Return `history_` and `best_epoch_` of a network, or of the last step of a pipeline.

    They are None if it has none.
    """
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    history = getattr(last, "history_", None)
    if history is None:
        return None, None
    values = {name: [float(value) for value in values] for name, values in history.items()}
    return values, getattr(last, "best_epoch_", None)
