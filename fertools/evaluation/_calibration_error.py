"""How far the confidence of a classifier can be trusted, and what rejecting by it gains."""

import numpy as np
from sklearn.utils import check_consistent_length


def top_labels(y_true, probabilities, classes):
    """Return the probability of each predicted label, and whether the label is right.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
    probabilities : array-like of shape (n_samples, n_classes)
    classes : array-like of shape (n_classes,)

    Returns
    -------
    confidence : ndarray of shape (n_samples,), float64
    right : ndarray of shape (n_samples,), bool
    """
    probabilities = np.asarray(probabilities, dtype=np.float64)
    check_consistent_length(y_true, probabilities)
    predicted = np.asarray(classes)[probabilities.argmax(axis=1)]
    return probabilities.max(axis=1), predicted == np.asarray(y_true)


def bin_confidence(confidence, right, n_bins):
    """Return the mean confidence, the accuracy and the samples of bins of equal width.

    Bin b holds confidences from b / n_bins up to below (b + 1) / n_bins; the last one holds 1 too.

    Parameters
    ----------
    confidence : ndarray of shape (n_samples,), float64
    right : ndarray of shape (n_samples,), bool
    n_bins : int

    Returns
    -------
    confidence, accuracy : ndarray of shape (n_bins,), float64
        NaN where a bin is empty.
    counts : ndarray of shape (n_bins,), int
    """
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    counts = np.bincount(bins, minlength=n_bins)
    # An empty bin has no mean.
    size = np.where(counts > 0, counts, np.nan)
    means = [np.bincount(bins, values, n_bins) / size for values in (confidence, right)]
    return *means, counts


def mean_gap(confidence, accuracy, counts):
    """Return the gap of confidence and accuracy, averaged over the samples of all bins."""
    filled = counts > 0
    return float(np.average(np.abs(accuracy - confidence)[filled], weights=counts[filled]))


def expected_calibration_error(y_true, probabilities, classes, *, n_bins=15):
    r"""Compute the mean gap of confidence and accuracy over bins of confidence.

    The confidence is the probability of the label that is predicted [1]_ [2]_:

    .. math:: ECE = \sum_b \frac{n_b}{n} |acc_b - conf_b|

    where n is the number of samples, and :math:`n_b`, :math:`acc_b` and :math:`conf_b` number,
    accuracy and mean confidence of those in bin b. It is above 0 by chance even for a perfectly
    calibrated classifier, the more so the fewer the samples of a bin.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True labels.
    probabilities : array-like of shape (n_samples, n_classes)
        Rows that sum to 1.
    classes : array-like of shape (n_classes,)
        What the columns stand for, as in `classes_` of a classifier.
    n_bins : int, default=15
        Bins of confidence, of equal width.

    Returns
    -------
    float
        In 0..1.

    Raises
    ------
    ValueError
        Where `y_true` and `probabilities` differ in their number of samples.

    See Also
    --------
    fertools.plotting.ReliabilityDisplay : The bins as a diagram.

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
    confidence, right = top_labels(y_true, probabilities, classes)
    return mean_gap(*bin_confidence(confidence, right, n_bins))


def risk_coverage_curve(y_true, probabilities, classes):
    """Compute the share of errors among the samples that are kept, for each threshold.

    A sample is kept where its confidence, the probability of the label that is predicted, is at
    least the threshold, and rejected otherwise [1]_ [2]_.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True labels.
    probabilities : array-like of shape (n_samples, n_classes)
        Rows that sum to 1.
    classes : array-like of shape (n_classes,)
        What the columns stand for, as in `classes_` of a classifier.

    Returns
    -------
    coverage : ndarray of shape (n_thresholds,), float64
        Share of samples kept, rising to 1.
    risk : ndarray of shape (n_thresholds,), float64
        Share of errors among those kept; their accuracy is 1 minus it.
    thresholds : ndarray of shape (n_thresholds,), float64
        The confidences that occur, falling.

    Raises
    ------
    ValueError
        Where `y_true` and `probabilities` differ in their number of samples.

    See Also
    --------
    fertools.plotting.RiskCoverageDisplay : The curve as a figure.

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
    confidence, right = top_labels(y_true, probabilities, classes)
    thresholds, at = np.unique(-confidence, return_inverse=True)
    kept = np.bincount(at).cumsum()
    return kept / len(right), np.bincount(at, ~right).cumsum() / kept, -thresholds
