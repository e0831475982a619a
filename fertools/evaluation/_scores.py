"""Scores of a classification as plain Python, ready for JSON."""

import warnings

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support
from sklearn.utils.multiclass import unique_labels

# So many samples of one class are hardly chance.
_ONE_CLASS = 20


def score_classification(y_true, y_pred, labels=None):
    """Score predicted labels.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        The right labels: names or integers.
    y_pred : array-like of shape (n_samples,)
        The predicted labels, of the same kind.
    labels : list or None, default=None
        The order of the classes in the result, with all labels of `y_true` and `y_pred` among
        them; None means those that occur, sorted.

    Returns
    -------
    dict
        Of int, float, str, list and dict only:

        - n : number of samples
        - accuracy
        - accuracy_interval : list of two, Wilson's interval of 95 % for the accuracy on other
          samples of the same kind
        - balanced_accuracy : mean recall of the classes that occur in `y_true`
        - macro_f1 : mean F1 of the classes that occur in `y_true` or `y_pred`
        - labels : list, the classes in order
        - per_class : dict from each label, as a str, to its dict of precision, recall, f1 and
          support; a ratio with nothing below the line is 0
        - confusion_matrix : nested list, entry [i][j] counts samples of labels[i] called labels[j]

    Raises
    ------
    ValueError
        When the lengths differ, when there is no sample, or when a label is not in `labels`.

    Warns
    -----
    UserWarning
        If 20 samples or more are all of one class, although there are others: balanced accuracy
        and macro F1 then say nothing about those. The images of FER-2013 are sorted by class, so
        a slice of them is such a test set.

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
    if not set(present) <= set(labels):
        raise ValueError(
            f"labels must hold all labels of y_true and y_pred, {present}; got {labels}."
        )
    if len(y_true) >= _ONE_CLASS and len(labels) > 1 and (y_true == y_true[0]).all():
        warnings.warn(
            f"y_true should hold samples of several of the {len(labels)} classes; all "
            f"{len(y_true):,} are {y_true[0].item()!r}. Data sets may be sorted by class: shuffle "
            "and stratify before splitting.",
            UserWarning,
            stacklevel=2,
        )
    # Counted here, as scikit-learn's matrix warns where a single class occurs.
    position = {label: index for index, label in enumerate(labels)}
    confusion = np.zeros((len(labels), len(labels)), dtype=int)
    for true, predicted in zip(y_true.tolist(), y_pred.tolist(), strict=True):
        confusion[position[true], position[predicted]] += 1
    columns = precision_recall_fscore_support(y_true, y_pred, labels=labels, zero_division=0)
    per_class = {
        str(label): {"precision": p, "recall": r, "f1": f, "support": n}
        for label, p, r, f, n in zip(labels, *(c.tolist() for c in columns), strict=True)
    }
    right = binomtest(int(np.trace(confusion)), len(y_true))
    interval = right.proportion_ci(confidence_level=0.95, method="wilson")
    return {
        "n": len(y_true),
        "accuracy": float(accuracy_score(y_true, y_pred)),
        "accuracy_interval": [float(limit) for limit in interval],
        "balanced_accuracy": float(
            np.mean([row["recall"] for row in per_class.values() if row["support"]])
        ),
        "macro_f1": float(f1_score(y_true, y_pred, average="macro", zero_division=0)),
        "labels": labels,
        "per_class": per_class,
        "confusion_matrix": confusion.tolist(),
    }
