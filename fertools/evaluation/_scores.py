"""Scores of a classification as plain Python objects, ready for JSON."""

import warnings

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binomtest
from sklearn.metrics import precision_recall_fscore_support
from sklearn.utils.multiclass import unique_labels

# Prediction for an image without a detected face.
NO_FACE = "no_face"
# Smallest number of samples of a single class that raises a warning.
_MIN_SUSPICIOUS = 20


def summarize_confusion(confusion):
    """Return accuracy, balanced accuracy and macro-F1 of a confusion matrix.

    Parameters
    ----------
    confusion : ndarray of shape (n_classes, n_predicted), int
        Counts by true class (row) and predicted label (column). The first n_classes columns are
        the classes in the same order; further columns are labels outside the classes.

    Returns
    -------
    ndarray of shape (3,), float64
        Recall is averaged over the classes with samples, F1 over the classes that occur among the
        true or the predicted labels.
    """
    correct, support = np.diagonal(confusion), confusion.sum(axis=1)
    predicted = confusion.sum(axis=0)[: len(confusion)]
    has_samples, occurs = support > 0, support + predicted > 0
    recall = (correct[has_samples] / support[has_samples]).mean()
    f1 = (2 * correct[occurs] / (support + predicted)[occurs]).mean()
    return np.array([correct.sum() / confusion.sum(), recall, f1])


def mean_f1_of_data(scores):
    """Return the mean F1 of the classes that occur in `y_true`.

    In `macro_f1`, classes that are only predicted count with an F1 of 0. It is therefore low for
    data without some classes of a classifier, and differs between groups by chance.

    Parameters
    ----------
    scores : dict
        Scores returned by `score_classification`.

    Returns
    -------
    float
    """
    return float(np.mean([one["f1"] for one in scores["per_class"].values() if one["support"]]))


def score_classification(
    y_true: ArrayLike, y_pred: ArrayLike, labels: ArrayLike | None = None
) -> dict:
    """Score predicted labels.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True labels: names or integers.
    y_pred : array-like of shape (n_samples,)
        Predicted labels, of the same type.
    labels : array-like of shape (n_labels,) or None, default=None
        Order of the classes in the result; must contain all labels of `y_true` and `y_pred`. None
        means these labels, sorted.

    Returns
    -------
    dict
        Values of type int, float, str, list and dict:

        - n : number of samples
        - accuracy
        - accuracy_interval : list of two floats, Wilson's 95 % confidence interval of the accuracy
        - balanced_accuracy : mean recall of the classes that occur in `y_true`
        - macro_f1 : mean F1 of the classes that occur in `y_true` or `y_pred`; the prediction
          "no_face" is an error, but no class unless it is in `y_true`
        - labels : list of the classes
        - per_class : dict from each label, as a str, to a dict of precision, recall, f1 and
          support; a ratio with denominator 0 is 0
        - confusion_matrix : nested list; entry [i][j] is the number of samples of labels[i]
          predicted as labels[j]

    Raises
    ------
    ValueError
        If `y_true` and `y_pred` differ in length or are empty, or if a label is missing from
        `labels` or occurs twice.

    Warns
    -----
    UserWarning
        If 20 samples or more all belong to one of several classes, so that balanced accuracy and
        macro-F1 ignore the other classes. The images of FER-2013 are sorted by class, so a slice
        of them is such a test set.

    Examples
    --------
    >>> from fertools.evaluation import score_classification
    >>> scores = score_classification(["sad", "happy", "happy", "happy"],
    ...                               ["sad", "sad", "happy", "happy"])
    >>> scores["accuracy"], round(scores["balanced_accuracy"], 4), round(scores["macro_f1"], 4)
    (0.75, 0.8333, 0.7333)
    >>> scores["labels"], scores["confusion_matrix"]
    (['happy', 'sad'], [[2, 1], [0, 1]])
    >>> scores["per_class"]["sad"]["precision"]
    0.5
    """
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    if len(y_true) == 0 or y_true.shape != y_pred.shape:
        raise ValueError(
            "y_true and y_pred must hold the labels of the same samples, at least one; got shapes "
            f"{y_true.shape} and {y_pred.shape}."
        )
    present = unique_labels(y_true, y_pred).tolist()
    labels = present if labels is None else np.asarray(labels).tolist()
    if not set(present) <= set(labels) or len(set(labels)) < len(labels):
        raise ValueError(
            f"labels must hold all labels of y_true and y_pred, {present}, once each; got {labels}."
        )
    if len(y_true) >= _MIN_SUSPICIOUS and len(labels) > 1 and (y_true == y_true[0]).all():
        warnings.warn(
            f"y_true should hold samples of several of the {len(labels)} classes; all "
            f"{len(y_true):,} are {y_true[0].item()!r}. Data sets may be sorted by class: shuffle "
            "and stratify before splitting.",
            UserWarning,
            stacklevel=2,
        )
    # The function of scikit-learn warns if only one class occurs.
    position = {label: index for index, label in enumerate(labels)}
    confusion = np.zeros((len(labels), len(labels)), dtype=int)
    for true, predicted in zip(y_true.tolist(), y_pred.tolist(), strict=True):
        confusion[position[true], position[predicted]] += 1
    columns = precision_recall_fscore_support(y_true, y_pred, labels=labels, zero_division=0)
    per_class = {
        str(label): {"precision": p, "recall": r, "f1": f, "support": n}
        for label, p, r, f, n in zip(labels, *(c.tolist() for c in columns), strict=True)
    }
    occurs = set(y_true.tolist())
    is_class = np.array([label != NO_FACE or label in occurs for label in position])
    classes_first = np.argsort(~is_class, kind="stable")
    rates = summarize_confusion(confusion[is_class][:, classes_first])
    accuracy, balanced_accuracy, macro_f1 = rates.tolist()
    correct = binomtest(int(np.trace(confusion)), len(y_true))
    interval = correct.proportion_ci(confidence_level=0.95, method="wilson")
    return {
        "n": len(y_true),
        "accuracy": accuracy,
        "accuracy_interval": [float(limit) for limit in interval],
        "balanced_accuracy": balanced_accuracy,
        "macro_f1": macro_f1,
        "labels": labels,
        "per_class": per_class,
        "confusion_matrix": confusion.tolist(),
    }
