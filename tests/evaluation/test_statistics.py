"""Bootstrap intervals, McNemar's test and Holm's correction against SciPy, R and closed forms."""

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fertools.evaluation import bootstrap_interval, mcnemar
from fertools.evaluation._statistics import holm

RIGHT = np.repeat([1.0, 0.0], [70, 30])


def test_interval_of_proportion_equals_binomial_quantiles():
    limits = bootstrap_interval(np.mean, RIGHT, n_resamples=20_000)
    expected = stats.binom.ppf([0.025, 0.975], 100, 0.7) / 100
    np.testing.assert_allclose(limits, expected, atol=0.0101)


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_interval_equals_scipy(confidence):
    # SciPy 1.15 renamed random_state.
    parameters = inspect.signature(stats.bootstrap).parameters
    generator = "rng" if "rng" in parameters else "random_state"
    x = np.random.default_rng(0).gamma(2, size=80)
    limits = bootstrap_interval(np.median, x, n_resamples=20_000, confidence=confidence)
    expected = stats.bootstrap(
        (x,),
        np.median,
        method="percentile",
        n_resamples=20_000,
        confidence_level=confidence,
        **{generator: np.random.default_rng(1)},
    ).confidence_interval
    np.testing.assert_allclose(limits, expected, rtol=0.02)


def test_grouped_interval_depends_on_number_of_groups():
    # 50 persons with 4 equal images each have the interval of 50 images.
    persons = np.repeat(np.arange(50), 4)
    right = np.repeat([1.0, 0.0], [140, 60])
    limits = bootstrap_interval(np.mean, right, groups=persons, n_resamples=20_000)
    expected = stats.binom.ppf([0.025, 0.975], 50, 0.7) / 50
    np.testing.assert_allclose(limits, expected, atol=0.0201)
    assert np.diff(limits) > 1.8 * np.diff(bootstrap_interval(np.mean, right))


def test_groups_of_one_sample_equal_no_groups():
    names = [f"S{k:03}" for k in range(100)]
    of_persons = bootstrap_interval(np.mean, RIGHT, groups=names)
    np.testing.assert_array_equal(of_persons, bootstrap_interval(np.mean, RIGHT))


def test_groups_of_unequal_size_are_resampled_as_a_whole():
    names = np.array(["b", "a", "b", "c", "b", "a"])
    seen = []

    def count(drawn):
        seen.append(np.unique(drawn, return_counts=True))
        return 0.0

    bootstrap_interval(count, names, groups=names, n_resamples=50)
    size = {"a": 2, "b": 3, "c": 1}
    times = [{n: c / size[n] for n, c in zip(*one, strict=True)} for one in seen]
    assert all(sum(one.values()) == 3 and set(one.values()) <= {1, 2, 3} for one in times)


def test_several_arrays_are_resampled_together():
    x = np.arange(40.0)
    limits = bootstrap_interval(lambda a, b: np.array([a.mean(), (b - 2 * a).max()]), x, 2 * x)
    assert limits.shape == (2, 2)
    np.testing.assert_array_equal(limits[:, 0], bootstrap_interval(np.mean, x))
    np.testing.assert_array_equal(limits[:, 1], 0)


def test_interval_is_reproducible():
    first, again, other = (
        bootstrap_interval(np.mean, RIGHT * np.arange(100), random_state=seed) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize(
    ("samples", "options", "message"),
    [
        ([], {}, "samples must hold at least one sample"),
        ([[]], {}, "samples must hold at least one sample"),
        ([[1, 2], [1]], {}, "inconsistent numbers of samples"),
        ([[1, 2]], {"groups": ["a"]}, "inconsistent numbers of samples"),
        ([[1, 2]], {"confidence": 1.0}, "confidence"),
        ([[1, 2]], {"n_resamples": 0}, "n_resamples"),
    ],
)
def test_invalid_bootstrap_parameters_raise(samples, options, message):
    with pytest.raises(ValueError, match=message):
        bootstrap_interval(np.mean, *samples, **options)


@pytest.mark.parametrize(
    ("counts", "statistic", "p"),
    # Results of mcnemar.test in R, also used in the tests of statsmodels.
    [
        ((121, 59), 20.67222, 5.450095e-06),
        ((70, 59), 0.7751938, 0.3786151),
        ((80, 59), 2.87769784, 0.08981434),
    ],
)
def test_mcnemar_equals_r(counts, statistic, p):
    np.testing.assert_allclose(mcnemar(*counts), (statistic, p), rtol=1e-6)
    np.testing.assert_allclose(mcnemar(*counts[::-1]), (statistic, p), rtol=1e-6)


@given(st.integers(0, 300), st.integers(0, 300))
def test_exact_mcnemar_equals_binomial_test(b, c):
    statistic, p = mcnemar(b, c, method="exact")
    assert statistic == min(b, c)
    expected = stats.binomtest(b, b + c).pvalue if b + c else 1.0
    assert p == pytest.approx(expected, rel=1e-12)


def test_mcnemar_is_exact_for_few_samples():
    assert mcnemar(4, 20) == mcnemar(4, 20, method="exact")
    assert mcnemar(4, 21) == mcnemar(4, 21, method="chi2")
    assert mcnemar(5, 20) != mcnemar(5, 20, method="exact")


def test_mcnemar_of_equal_counts_is_not_significant():
    assert mcnemar(0, 0) == (0.0, 1.0)
    assert mcnemar(50, 50) == (0.0, 1.0)
    assert mcnemar(50, 51) == (0.0, 1.0)


@pytest.mark.parametrize("arguments", [(-1, 2), (1, 2.5), (1, 2, "best")])
def test_invalid_mcnemar_parameters_raise(arguments):
    options = {"method": arguments[2]} if len(arguments) == 3 else {}
    with pytest.raises(ValueError, match="parameter of mcnemar must be"):
        mcnemar(*arguments[:2], **options)


def test_holm_of_known_values():
    # 4 * 0.005, 3 * 0.01, 2 * 0.03, and 1 * 0.04, which is raised to the previous value.
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_is_between_no_correction_and_bonferroni(p):
    corrected = holm(p)
    assert (corrected >= p).all()
    assert (corrected <= np.minimum(len(p) * np.array(p), 1)).all()
    assert (np.diff(corrected[np.argsort(p)]) >= 0).all()


def test_holm_of_one_value_is_unchanged():
    assert holm([0.2]).tolist() == [0.2]
    assert holm([]).tolist() == []


@pytest.mark.parametrize("p", [[0.1, 1.1], [-0.1], [np.nan]])
def test_invalid_p_values_raise(p):
    with pytest.raises(ValueError, match=r"p_values must be in 0\.\.1"):
        holm(p)
