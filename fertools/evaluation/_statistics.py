"""Confidence intervals and significance tests for classifiers."""

from collections.abc import Callable
from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binomtest, chi2
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils._param_validation import Interval, StrOptions, validate_params

# Below this number of discordant samples, the chi-square approximation is rough.
_MIN_CHI2 = 25


@validate_params(
    {
        "statistic": [callable],
        "samples": "no_validation",
        "groups": ["array-like", None],
        "n_resamples": [Interval(Integral, 1, None, closed="left")],
        "confidence": [Interval(Real, 0, 1, closed="neither")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def bootstrap_interval(
    statistic: Callable,
    *samples: ArrayLike,
    groups: ArrayLike | None = None,
    n_resamples: int = 2000,
    confidence: float = 0.95,
    random_state: int | np.random.RandomState | None = 0,
) -> np.ndarray:
    """Compute the percentile bootstrap interval of one or several statistics.

    The samples are resampled with replacement `n_resamples` times; the limits of the interval are
    quantiles of the statistic of the resamples [1]_. With `groups`, whole groups are resampled,
    so that the interval describes the variation over persons instead of images [2]_.

    Parameters
    ----------
    statistic : callable
        Function of the resampled arrays that returns a float, or an ndarray of floats of shape
        (n_statistics,).
    *samples : array-like of shape (n_samples, ...)
        Arrays of equal length.
    groups : array-like of shape (n_samples,) or None, default=None
        Group of each sample, such as the person in an image; None resamples single samples.
    n_resamples : int, default=2000
        Number of resamples.
    confidence : float, default=0.95
        Confidence level between 0 and 1.
    random_state : int, RandomState instance or None, default=0
        Random seed.

    Returns
    -------
    ndarray of shape (2,) or (2, n_statistics), float64
        Lower and upper limits.

    Raises
    ------
    ValueError
        If a parameter is out of range, or if `samples` are missing, empty or of unequal length.

    References
    ----------
    .. [1] B. Efron, R. J. Tibshirani (1993). An introduction to the bootstrap. Chapman and Hall.
       Section 13.3. :doi:`10.1201/9780429246593`
    .. [2] C. A. Field, A. H. Welsh (2007). Bootstrapping clustered data. Journal of the Royal
       Statistical Society B 69(3), 369-390. :doi:`10.1111/j.1467-9868.2007.00593.x`

    Examples
    --------
    >>> import numpy as np
    >>> from fertools.evaluation import bootstrap_interval
    >>> correct = np.repeat([True, False], [60, 40])
    >>> bootstrap_interval(np.mean, correct).round(1)
    array([0.5, 0.7])
    >>> persons = np.arange(100) // 20  # correct for 3 of 5 persons
    >>> bootstrap_interval(np.mean, correct, groups=persons).round(1)
    array([0.2, 1. ])
    """
    samples = [np.asarray(sample) for sample in samples]
    check_consistent_length(*samples, groups)
    if not samples or len(samples[0]) == 0:
        raise ValueError("samples must hold at least one sample; got none.")
    rng = check_random_state(random_state)
    codes = np.arange(len(samples[0]))
    if groups is not None:
        codes = np.unique(np.asarray(groups), return_inverse=True)[1]
    members = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
    values = []
    for _ in range(n_resamples):
        drawn = rng.randint(len(members), size=len(members))
        index = drawn if groups is None else np.concatenate([members[group] for group in drawn])
        values.append(statistic(*(sample[index] for sample in samples)))
    tail = (1 - confidence) / 2
    return np.quantile(values, [tail, 1 - tail], axis=0)


@validate_params(
    {
        "only_first": [Interval(Integral, 0, None, closed="left")],
        "only_second": [Interval(Integral, 0, None, closed="left")],
        "method": [StrOptions({"auto", "exact", "chi2"})],
    },
    prefer_skip_nested_validation=True,
)
def mcnemar(only_first: int, only_second: int, *, method: str = "auto") -> tuple[float, float]:
    r"""Test whether two classifiers have the same accuracy on the same samples.

    McNemar's test [1]_ uses the samples that exactly one of the classifiers predicts correctly.
    Let b be the number of samples that only the first, and c the number that only the second
    predicts correctly. If the accuracies are equal,

    .. math:: \chi^2 = \frac{(\max(|b - c|, 1) - 1)^2}{b + c}

    (with continuity correction [2]_) approximately follows a chi-square distribution with one
    degree of freedom. In the exact test, b follows a binomial distribution with b + c trials of
    probability 1/2. Both assume independent samples; several images of one person are not.

    Parameters
    ----------
    only_first : int
        Number b of samples that only the first classifier predicts correctly.
    only_second : int
        Number c of samples that only the second classifier predicts correctly.
    method : {"auto", "exact", "chi2"}, default="auto"
        Exact binomial test or chi-square approximation; "auto" is exact if b + c < 25.

    Returns
    -------
    statistic : float
        Smaller one of b and c for the exact test, else chi-square.
    p : float
        Two-sided p-value.

    Raises
    ------
    ValueError
        If a count is negative or the method is unknown.

    References
    ----------
    .. [1] Q. McNemar (1947). Note on the sampling error of the difference between correlated
       proportions or percentages. Psychometrika 12(2), 153-157. :doi:`10.1007/BF02295996`
    .. [2] A. L. Edwards (1948). Note on the "correction for continuity" in testing the
       significance of the difference between correlated proportions. Psychometrika 13(3),
       185-187. :doi:`10.1007/BF02289261`

    Examples
    --------
    >>> from fertools.evaluation import mcnemar
    >>> statistic, p = mcnemar(1, 7)
    >>> statistic, round(p, 4)
    (1.0, 0.0703)
    >>> statistic, p = mcnemar(121, 59)
    >>> round(statistic, 2), round(p, 7)
    (20.67, 5.5e-06)
    """
    n = only_first + only_second
    if n == 0:
        return 0.0, 1.0
    if method == "exact" or (method == "auto" and n < _MIN_CHI2):
        return float(min(only_first, only_second)), float(binomtest(only_first, n).pvalue)
    statistic = (max(abs(only_first - only_second), 1) - 1) ** 2 / n
    return float(statistic), float(chi2.sf(statistic, 1))


def holm(p_values):
    """Correct p-values for multiple testing with Holm's step-down method.

    The smallest of m p-values is multiplied by m, the next one by m - 1, and so on; the corrected
    values are made monotonic and clipped to 1. Rejecting corrected values below a level controls
    the family-wise error rate at that level, for any dependence between the tests [1]_.

    Parameters
    ----------
    p_values : array-like of shape (n_tests,)
        P-values in 0..1.

    Returns
    -------
    ndarray of shape (n_tests,), float64
        Corrected p-values in the order of `p_values`.

    Raises
    ------
    ValueError
        If a value is outside 0..1.

    References
    ----------
    .. [1] S. Holm (1979). A simple sequentially rejective multiple test procedure. Scandinavian
       Journal of Statistics 6(2), 65-70. https://www.jstor.org/stable/4615733

    Examples
    --------
    >>> from fertools.evaluation._statistics import holm
    >>> holm([0.01, 0.04, 0.03]).round(2)
    array([0.03, 0.06, 0.06])
    """
    p = np.asarray(p_values, dtype=np.float64)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"p_values must be in 0..1; got {p.tolist()}.")
    order = np.argsort(p)
    stepped = p[order] * np.arange(len(p), 0, -1)
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(np.maximum.accumulate(stepped), 1)
    return corrected
