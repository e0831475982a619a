import numpy as np
import pytest
from numpy.testing import assert_allclose

from fertools.video._smoothing import Smoother


@pytest.fixture
def sequence():
    rng = np.random.default_rng(0)
    return np.cumsum(rng.uniform(0.01, 0.1, 50)), rng.dirichlet([1, 1, 1], 50)


def test_exponential_weights(sequence):
    times, values = sequence
    smoother = Smoother("exponential", 0.3)
    smooth = [smoother.update(*pair) for pair in zip(times, values, strict=True)]
    for k in (0, 1, 20, 49):
        weights = np.exp((times[: k + 1] - times[k]) / 0.3)
        assert_allclose(smooth[k], np.average(values[: k + 1], axis=0, weights=weights))


def test_window(sequence):
    times, values = sequence
    smoother = Smoother("window", 0.3)
    smooth = [smoother.update(*pair) for pair in zip(times, values, strict=True)]
    for k in (0, 1, 20, 49):
        recent = times[: k + 1] > times[k] - 0.3
        assert_allclose(smooth[k], values[: k + 1][recent].mean(axis=0))


@pytest.mark.parametrize("method", ["exponential", "window", None])
def test_probabilities_sum_to_one_whatever_the_times(method):
    smoother = Smoother(method, 0.2)
    for time in (0.0, 0.0, -1.0, 1e6, 1e6 + 1):
        assert smoother.update(time, np.array([0.25, 0.75])).sum() == pytest.approx(1)


def test_none_returns_the_input():
    values = np.array([0.1, 0.9])
    assert Smoother(None, 1).update(0, values) is values
