"""Expected calibration error and risk-coverage curve."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_consistent_length, column_or_1d

# Tolerance of rounding errors of probabilities and their sums.
_TOLERANCE = 1e-3


def top_labels(y_true, probabilities, classes):
    """Return the probability of each predicted label, and whether the label is correct.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
    probabilities : array-like of shape (n_samples, n_classes)
    classes : array-like of shape (n_classes,)

    Returns
    -------
    confidence : ndarray of shape (n_samples,), float64
    correct : ndarray of shape (n_samples,), bool

    Raises
    ------
    ValueError
        If there are no samples, if `y_true` and `probabilities` differ in length, if
        `probabilities` does not have one column per class, if they are not finite numbers in 0..1
        with sums of at most 1, or if no label is in `classes`.
    """
    y_true, classes = column_or_1d(y_true), column_or_1d(classes)
    probabilities = np.asarray(probabilities, dtype=np.float64)
    check_consistent_length(y_true, probabilities)
    if probabilities.shape != (len(y_true), len(classes)) or probabilities.size == 0:
        raise ValueError(
            "probabilities must have at least one row and one column per class, here "
            f"{len(classes)}; got shape {probabilities.shape}."
        )
    low, high = probabilities.min(), probabilities.max()
    if not (low >= -_TOLERANCE and high <= 1 + _TOLERANCE):  # also true for NaN
        raise ValueError(
            f"probabilities must be finite numbers in 0..1; got numbers in {low:g}..{high:g}."
        )
    # Sums are less than 1 if the classifier also knows classes that are not in `classes`.
    sums = probabilities.sum(axis=1)
    if sums.max() > 1 + _TOLERANCE:
        raise ValueError(
            f"probabilities must sum to 1 per sample; got {sums.max():g} in row {sums.argmax()}."
        )
    if set(classes.tolist()).isdisjoint(y_true.tolist()):
        raise ValueError(
            f"y_true must hold at least one of the classes {classes.tolist()}; got labels such as "
            f"{y_true.tolist()[0]!r}."
        )
    return probabilities.max(axis=1), classes[probabilities.argmax(axis=1)] == y_true


def bin_confidence(confidence, correct, n_bins):
    """Return mean confidence, accuracy and number of samples in bins of equal width.

    Bin b holds confidences in [b / n_bins, (b + 1) / n_bins); the last bin includes 1.

    Parameters
    ----------
    confidence : ndarray of shape (n_samples,), float64
    correct : ndarray of shape (n_samples,), bool
    n_bins : int

    Returns
    -------
    confidence, accuracy : ndarray of shape (n_bins,), float64
        NaN for empty bins.
    counts : ndarray of shape (n_bins,), int
    """
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    counts = np.bincount(bins, minlength=n_bins)
    size = np.where(counts > 0, counts, np.nan)
    means = [np.bincount(bins, values, n_bins) / size for values in (confidence, correct)]
    return *means, counts


def mean_gap(confidence, accuracy, counts):
    """Return the gap between confidence and accuracy, weighted by the samples per bin."""
    filled = counts > 0
    return float(np.average(np.abs(accuracy - confidence)[filled], weights=counts[filled]))


def expected_calibration_error(
    y_true: ArrayLike, probabilities: ArrayLike, classes: ArrayLike, *, n_bins: int = 15
) -> float:
    r"""Compute the mean gap between confidence and accuracy over bins of confidence.

    The confidence is the probability of the predicted label [1]_ [2]_. The error is

    .. math:: ECE = \sum_b \frac{n_b}{n} |acc_b - conf_b|

    where :math:`n` is the number of samples, and :math:`n_b`, :math:`acc_b` and :math:`conf_b`
    are the number, the accuracy and the mean confidence of the samples in bin :math:`b`. Even for
    a perfectly calibrated classifier the estimate is positive, in particular with few samples per
    bin.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True labels; those that are not in `classes` count as errors.
    probabilities : array-like of shape (n_samples, n_classes)
        Predicted probabilities, which sum to 1 per sample, or to less if the classifier knows
        further classes.
    classes : array-like of shape (n_classes,)
        Classes of the columns, as in `classes_` of a classifier.
    n_bins : int, default=15
        Number of bins of equal width.

    Returns
    -------
    float
        Error in 0..1.

    Raises
    ------
    ValueError
        If there are no samples, if `y_true` and `probabilities` differ in length, if
        `probabilities` does not have one column per class, if they are not finite numbers in 0..1
        with sums of at most 1, or if no label is in `classes`.

    See Also
    --------
    fertools.plotting.ReliabilityDisplay : Reliability diagram.

    References
    ----------
    .. [1] M. P. Naeini, G. Cooper, M. Hauskrecht (2015). Obtaining well calibrated probabilities
       using Bayesian binning. AAAI 29. :doi:`10.1609/aaai.v29i1.9602`
    .. [2] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger (2017). On calibration of modern neural
       networks. ICML, PMLR 70, 1321-1330. arXiv:1706.04599

    Examples
    --------
    >>> from fertools.evaluation import expected_calibration_error
    >>> y_true = ["sad", "sad", "happy", "happy"]
    >>> probabilities = [[0.1, 0.9], [0.1, 0.9], [0.9, 0.1], [0.1, 0.9]]
    >>> round(expected_calibration_error(y_true, probabilities, ["happy", "sad"]), 2)
    0.15
    """
    confidence, correct = top_labels(y_true, probabilities, classes)
    return mean_gap(*bin_confidence(confidence, correct, n_bins))


def risk_coverage_curve(
    y_true: ArrayLike, probabilities: ArrayLike, classes: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Compute the error rate among accepted samples for each confidence threshold.

    A sample is accepted if its confidence, the probability of the predicted label, reaches the
    threshold, and rejected otherwise [1]_ [2]_.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True labels; those that are not in `classes` count as errors.
    probabilities : array-like of shape (n_samples, n_classes)
        Predicted probabilities, which sum to 1 per sample, or to less if the classifier knows
        further classes.
    classes : array-like of shape (n_classes,)
        Classes of the columns, as in `classes_` of a classifier.

    Returns
    -------
    coverage : ndarray of shape (n_thresholds,), float64
        Share of accepted samples, increasing to 1.
    risk : ndarray of shape (n_thresholds,), float64
        Error rate among the accepted samples.
    thresholds : ndarray of shape (n_thresholds,), float64
        Distinct confidences, decreasing.

    Raises
    ------
    ValueError
        If there are no samples, if `y_true` and `probabilities` differ in length, if
        `probabilities` does not have one column per class, if they are not finite numbers in 0..1
        with sums of at most 1, or if no label is in `classes`.

    See Also
    --------
    fertools.plotting.RiskCoverageDisplay : Plot of the curve.

    References
    ----------
    .. [1] R. El-Yaniv, Y. Wiener (2010). On the foundations of noise-free selective
       classification. Journal of Machine Learning Research 11, 1605-1641.
    .. [2] Y. Geifman, R. El-Yaniv (2017). Selective classification for deep neural networks.
       NeurIPS 30, 4878-4887. arXiv:1705.08500

    Examples
    --------
    >>> from fertools.evaluation import risk_coverage_curve
    >>> y_true = ["sad", "sad", "happy", "happy"]
    >>> probabilities = [[0.1, 0.9], [0.2, 0.8], [0.7, 0.3], [0.4, 0.6]]
    >>> coverage, risk, thresholds = risk_coverage_curve(y_true, probabilities, ["happy", "sad"])
    >>> thresholds.tolist(), coverage.tolist(), risk.tolist()
    ([0.9, 0.8, 0.7, 0.6], [0.25, 0.5, 0.75, 1.0], [0.0, 0.0, 0.0, 0.25])
    """
    confidence, correct = top_labels(y_true, probabilities, classes)
    thresholds, codes = np.unique(-confidence, return_inverse=True)
    accepted = np.bincount(codes).cumsum()
    return accepted / len(correct), np.bincount(codes, ~correct).cumsum() / accepted, -thresholds
