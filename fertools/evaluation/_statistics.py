"""Whether a difference between classifiers is more than chance."""

from numbers import Integral, Real

import numpy as np
from scipy.stats import binomtest, chi2
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils._param_validation import Interval, StrOptions, validate_params

# Below so many rows that tell two classifiers apart, chi-square is a rough approximation.
_FEW = 25


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
    statistic, *samples, groups=None, n_resamples=2000, confidence=0.95, random_state=0
):
    """Compute the percentile bootstrap interval of one or several statistics.

    Rows are drawn with replacement, as many as there are, and the statistic of what was drawn is
    computed, `n_resamples` times; the interval leaves out equal shares of the smallest and the
    largest values [1]_. With `groups`, whole groups are drawn, so that the interval is one for
    other persons, not for other images of the same persons [2]_.

    Parameters
    ----------
    statistic : callable
        Takes the drawn rows of each of `samples` and returns a float, or an ndarray of floats of
        shape (n_statistics,).
    *samples : array-like of shape (n, ...)
        One or several, with the same rows.
    groups : array-like of shape (n,) or None, default=None
        Such as the person in each image; None draws rows.
    n_resamples : int, default=2000
        How often rows are drawn.
    confidence : float, default=0.95
        Between 0 and 1.
    random_state : int, RandomState instance or None, default=0
        Decides what is drawn.

    Returns
    -------
    ndarray of shape (2,) or (2, n_statistics), float64
        Lower and upper limit.

    Raises
    ------
    ValueError
        Where a parameter is out of its range, where there are no samples or no rows, or where
        their numbers of rows differ.

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
    >>> right = np.repeat([True, False], [60, 40])
    >>> bootstrap_interval(np.mean, right).round(1)
    array([0.5, 0.7])
    >>> persons = np.arange(100) // 20  # 3 persons are always right, 2 never
    >>> bootstrap_interval(np.mean, right, groups=persons).round(1)
    array([0.2, 1. ])
    """
    samples = [np.asarray(sample) for sample in samples]
    check_consistent_length(*samples, groups)
    if not samples or len(samples[0]) == 0:
        raise ValueError("samples must hold at least one row; got none.")
    rng = check_random_state(random_state)
    number = np.arange(len(samples[0]))
    if groups is not None:
        number = np.unique(np.asarray(groups), return_inverse=True)[1]
    members = np.split(np.argsort(number, kind="stable"), np.cumsum(np.bincount(number))[:-1])
    values = []
    for _ in range(n_resamples):
        drawn = rng.randint(len(members), size=len(members))
        rows = drawn if groups is None else np.concatenate([members[unit] for unit in drawn])
        values.append(statistic(*(sample[rows] for sample in samples)))
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
def mcnemar(only_first, only_second, *, method="auto"):
    r"""Test whether two classifiers that saw the same rows are right equally often.

    Only the rows that one of them has right and the other wrong tell [1]_. With b and c of these,

    .. math:: \chi^2 = \frac{(\max(|b - c|, 1) - 1)^2}{b + c}

    has about a chi-square distribution of one degree of freedom where both are equally good (with
    the correction for continuity [2]_); exactly, b is binomial with b + c trials of probability
    1/2. Rows count as independent, which several images of one person are not.

    Parameters
    ----------
    only_first : int
        b, the rows that the first alone has right.
    only_second : int
        c, the rows that the second alone has right.
    method : {"auto", "exact", "chi2"}, default="auto"
        The binomial or the chi-square distribution; "auto" takes the first below 25 such rows.

    Returns
    -------
    statistic : float
        The smaller of b and c where the test is exact, else chi-square.
    p : float
        Two-sided.

    Raises
    ------
    ValueError
        Where a count is negative or the method unknown.

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
    if method == "exact" or (method == "auto" and n < _FEW):
        return float(min(only_first, only_second)), float(binomtest(only_first, n).pvalue)
    statistic = (max(abs(only_first - only_second), 1) - 1) ** 2 / n
    return float(statistic), float(chi2.sf(statistic, 1))


def holm(p_values):
    """Correct p-values for their number, by Holm's step-down method.

    The smallest of m is multiplied by m, the next by m - 1, and so on; none falls below one before
    it, nor rises above 1. To reject where a corrected value is below a level keeps the chance of
    any false rejection below that level, however the tests depend on one another [1]_.

    Parameters
    ----------
    p_values : array-like of shape (n_tests,)
        In 0..1.

    Returns
    -------
    ndarray of shape (n_tests,), float64
        In the order of `p_values`.

    Raises
    ------
    ValueError
        Where a value is outside 0..1.

    References
    ----------
    .. [1] S. Holm (1979). A simple sequentially rejective multiple test procedure. Scandinavian
       Journal of Statistics 6(2), 65-70. https://www.jstor.org/stable/4615733

    Examples
    --------
    >>> from fertools.evaluation import holm
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
