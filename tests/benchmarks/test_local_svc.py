import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.neighbors import NearestNeighbors
from sklearn.svm import SVC

from fertools.kernels import GramSVC, MultiKernel

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from _local_svc import LocalSVC


def draw(n_samples=240, n_classes=3, seed=0, spread=0.6):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, n_classes, n_samples)
    return rng.normal(size=(n_classes, 8))[y] + spread * rng.normal(size=(n_samples, 8)), y


@pytest.mark.parametrize("kernel", ["rbf", MultiKernel(np.repeat(["a", "b"], 4))])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_all_samples_as_neighbors_equal_one_svm(kernel, n_classes):
    X, y = draw(n_classes=n_classes)
    shared = {"C": 2, "kernel": kernel, "tol": 1e-7}
    local = LocalSVC(1000, **shared).fit(X[:120], y[:120])
    gram = GramSVC(**shared).fit(X[:120], y[:120])
    decisions, expected = local.decision_function(X[120:]), gram.decision_function(X[120:])
    if n_classes == 3:
        assert_allclose(decisions, expected, atol=1e-5)
    assert_array_equal(decisions > 0, expected > 0)


def test_each_sample_has_an_svm_of_its_neighbors():
    X, y = draw(n_classes=4, spread=1.0)
    local = LocalSVC(15, C=2, gamma=0.1).fit(X[:200], y[:200])
    nearest = NearestNeighbors(n_neighbors=15).fit(X[:200]).kneighbors(X[200:])[1]
    present = [np.unique(y[rows]) for rows in nearest]
    assert {len(labels) for labels in present} >= {1, 2, 3}
    expected = [
        SVC(C=2, gamma=0.1, break_ties=True).fit(X[rows], y[rows]).predict(row[None])[0]
        if len(labels) > 1
        else labels[0]
        for row, rows, labels in zip(X[200:], nearest, present, strict=True)
    ]
    assert_array_equal(local.predict(X[200:]), expected)


def test_neighbors_are_nearest_in_kernel_distance():
    # The longest sample has the largest linear kernel values, but is not the nearest.
    X = np.array([[1.0, 0.0], [0.0, 1.0], [50.0, 50.0]])
    local = LocalSVC(1, kernel="linear").fit(X, ["right", "up", "far"])
    assert local.predict([[0.9, 0.1], [0.1, 0.8], [40.0, 40.0]]).tolist() == ["right", "up", "far"]


def test_neighbors_of_one_class_give_that_class():
    X, y = draw(spread=0.01)
    local = LocalSVC(5).fit(X[:200], y[:200])
    decisions = local.decision_function(X[200:])
    assert_array_equal(decisions, np.where(y[200:, None] == np.arange(3), 1, -1))


def test_local_linear_svms_learn_a_curved_boundary():
    rng = np.random.default_rng(0)
    X = rng.uniform(-3, 3, size=(600, 2))
    y = (np.sin(2 * X[:, 0]) > X[:, 1] / 3).astype(int)
    shared = {"kernel": "linear", "C": 10}
    assert GramSVC(**shared).fit(X[:400], y[:400]).score(X[400:], y[400:]) < 0.75
    assert LocalSVC(30, **shared).fit(X[:400], y[:400]).score(X[400:], y[400:]) > 0.9


def test_threads_and_batches_do_not_change_decisions():
    X, y = draw(560)
    one, two = (LocalSVC(20, n_jobs=n).fit(X[:100], y[:100]) for n in (1, 2))
    batch = one.decision_function(X)
    assert_allclose(two.decision_function(X), batch, atol=1e-9)
    assert_allclose(one.decision_function(X[550:551])[0], batch[550], atol=1e-9)


def test_too_large_gram_matrix_is_an_error():
    X, y = draw(30)
    with pytest.raises(ValueError, match=r"max_gram_bytes must be at least 7,200, .* 30 samples"):
        LocalSVC(max_gram_bytes=7199).fit(X, y)
    assert LocalSVC(max_gram_bytes=7200).fit(X, y).gram_.nbytes == 7200


def test_single_class_is_an_error():
    with pytest.raises(ValueError, match="greater than one; got 1 class"):
        LocalSVC().fit(np.ones((3, 2)), ["happy"] * 3)


def test_tolerance_that_rounding_never_reaches_is_rejected():
    with pytest.raises(ValueError, match="'tol' parameter"):
        LocalSVC(tol=1e-300).fit(*draw(21))
