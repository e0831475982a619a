"""Scores of one method of a comparison, with confidence intervals."""

import numpy as np
from sklearn.metrics import roc_auc_score

from ._calibration_error import expected_calibration_error
from ._scores import NO_FACE, score_classification, summarize_confusion
from ._statistics import bootstrap_interval

_RATES = ("accuracy", "balanced_accuracy", "macro_f1")
_LOSSES = ("log_loss", "brier")


def score_method(result, samples, random_state):
    """Score the predictions of a method on some of its test samples.

    Parameters
    ----------
    result : MethodResult
    samples : slice or ndarray of bool
        Test samples to score.
    random_state : int
        Random seed of the bootstrap intervals.

    Returns
    -------
    dict
        Scores as described at `MethodResult.scores`. A predicted label outside the classes counts
        as an error, but not as a class of macro-F1; samples without a prediction are left out of
        the scores of probabilities.
    """
    classes, truth = result.classes, result.truth[samples]
    predicted = result.predicted[samples]
    group = None if result.group is None else result.group[samples]
    labels = [*classes, *sorted(set(predicted.tolist()) - set(classes))]
    position = {label: k for k, label in enumerate(labels)}
    shape = len(classes), len(labels)
    cells = np.array(
        [position[t] * len(labels) + position[p] for t, p in zip(truth, predicted, strict=True)]
    )

    def rates(cells):
        return summarize_confusion(np.bincount(cells, minlength=np.prod(shape)).reshape(shape))

    limits = bootstrap_interval(rates, cells, groups=group, random_state=random_state)
    scores = score_classification(truth, predicted, labels)
    # Labels outside the classes are no classes of macro-F1.
    scores |= dict(zip(_RATES, rates(cells).tolist(), strict=True))
    scores["intervals"] = dict(zip(_RATES, limits.T.tolist(), strict=True))
    scores["coverage"] = float(result.found[samples].mean())
    scores |= dict.fromkeys((*_LOSSES, "ece", "auc"))
    answered = predicted != NO_FACE
    if result.probabilities is None or not answered.any():
        return scores
    probabilities = result.probabilities[samples][answered].astype(np.float64)
    group = None if group is None else group[answered]
    losses, intervals = _score_probabilities(
        truth[answered], probabilities, classes, group, random_state
    )
    scores["intervals"] |= intervals
    return scores | losses


def _score_probabilities(truth, probabilities, classes, group, random_state):
    """Return log loss, Brier score, calibration error and AUC, and the intervals of the losses."""
    is_true = truth[:, None] == np.asarray(classes)
    log_losses = -np.log(probabilities[is_true].clip(np.finfo(np.float64).eps))
    losses = np.column_stack([log_losses, np.square(probabilities - is_true).sum(axis=1)])

    def means(losses):
        return losses.mean(axis=0)

    limits = bootstrap_interval(means, losses, groups=group, random_state=random_state)
    scores = dict(zip(_LOSSES, means(losses).tolist(), strict=True))
    scores["ece"] = expected_calibration_error(truth, probabilities, classes)
    # The ROC curve needs samples of the class and of other classes.
    ranked = np.flatnonzero(is_true.any(axis=0) & ~is_true.all(axis=0))
    if len(ranked):
        areas = [roc_auc_score(is_true[:, k], probabilities[:, k]) for k in ranked]
        scores["auc"] = float(np.mean(areas))
    return scores, dict(zip(_LOSSES, limits.T.tolist(), strict=True))
