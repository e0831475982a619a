import sys
from pathlib import Path

import numpy as np
import pytest

from fertools.kernels import KernelRidgeClassifierCV, MultiKernel

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from _weight_tuning import tune_weights

GROUPS = np.repeat(["shape", "texture", "noise"], 4)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 200)
    X = rng.normal(size=(200, 12))
    X[:, :8] += 1.2 * rng.normal(size=(3, 8))[y]
    return X, y


@pytest.mark.parametrize("combine", ["sum", "product"])
def test_weight_of_noise_vanishes(data, combine):
    kernel = MultiKernel(GROUPS, combine=combine)
    found = tune_weights(kernel, *data, alphas=[0.1, 1])
    weights = found.kernel.weights
    assert weights["noise"] < 0.1 < min(weights["shape"], weights["texture"])
    assert sum(weights.values()) == pytest.approx(1)
    assert found.error == min(error for _, error in found.trials) < found.trials[0][1]
    ridge = KernelRidgeClassifierCV([0.1, 1], kernel=found.kernel).fit(*data)
    assert ridge.loo_errors_.min() == pytest.approx(found.error)
    assert kernel.weights is None


def test_weight_zero_is_raised_if_the_group_helps(data):
    start = MultiKernel(GROUPS, weights={"shape": 0, "texture": 0, "noise": 4})
    found = tune_weights(start, *data, alphas=[1])
    weights = found.kernel.weights
    assert weights["noise"] < 1 and min(weights["shape"], weights["texture"]) > 0
    assert sum(weights.values()) == pytest.approx(4)


def test_single_group_needs_one_trial(data):
    found = tune_weights(MultiKernel(), *data, factors=(0,), alphas=[1])
    assert found.kernel.weights == {"all": 1} and len(found.trials) == 1


def test_search_stops_without_improvement(data):
    found = tune_weights(MultiKernel(GROUPS), *data, alphas=[1], tol=0.9)
    assert len(found.trials) == 1 + 3 * 3
    assert found.kernel.weights == found.trials[0][0]
