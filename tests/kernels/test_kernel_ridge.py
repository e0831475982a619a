import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import LeaveOneOut

from fertools.kernels import GramSVC, KernelRidgeClassifier, MultiKernel, _cholesky


def draw(n_samples, n_classes=3, seed=0, spread=0.6):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, n_classes, n_samples)
    return rng.normal(size=(n_classes, 8))[y] + spread * rng.normal(size=(n_samples, 8)), y


def positive_definite(n, dtype):
    factor = np.random.default_rng(0).normal(size=(n, n + 5))
    return (factor @ factor.T / n + np.eye(n)).astype(dtype)


@pytest.mark.parametrize("side", [7, 20, 53, 54, 100])
@pytest.mark.parametrize("dtype, accuracy", [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_factor_solutions_and_inverse_in_blocks(side, dtype, accuracy, monkeypatch):
    monkeypatch.setattr(_cholesky, "_SIDE", side)
    A = positive_definite(54, dtype)
    L = A.copy()
    _cholesky.factorize(L)
    assert_allclose(np.tril(L), np.linalg.cholesky(A.astype(float)), atol=accuracy)
    B = np.random.default_rng(1).normal(size=(54, 3)).astype(dtype)
    X = B.copy()
    _cholesky.solve_lower(L, X)
    assert_allclose(np.tril(L) @ X, B, atol=10 * accuracy)
    _cholesky.solve_upper(L, X)
    assert_allclose(A @ X, B, atol=10 * accuracy)
    inverse = np.linalg.inv(A.astype(float))
    assert_allclose(_cholesky.inverse_diagonal(L), np.diag(inverse), atol=accuracy)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("alpha", [0.01, 1.0])
def test_closed_form_equals_leaving_each_row_out(n_classes, alpha):
    X, y = draw(60, n_classes)
    machine = KernelRidgeClassifier(alpha, gamma=0.1).fit(X, y)
    left_out = [
        clone(machine).fit(X[kept], y[kept]).decision_function(X[row])[0]
        for kept, row in LeaveOneOut().split(X)
    ]
    assert_allclose(machine.loo_decisions_, left_out, atol=1e-9)
    targets = 2.0 * (y[:, None] == np.arange(n_classes)) - 1
    targets = targets[:, 1] if n_classes == 2 else targets
    assert_allclose(machine.loo_errors_, ((targets - left_out) ** 2).mean())


def test_is_a_ridge_regression_with_an_intercept():
    X, y = draw(80)
    machine = KernelRidgeClassifier(0.3, gamma=0.2).fit(X, y)
    # The intercept is what is left of a constant in the kernel that is not regularized.
    K = machine.kernel_.matrix(X)
    targets = 2.0 * (y[:, None] == np.arange(3)) - 1
    ridge = KernelRidge(alpha=0.3, kernel="precomputed").fit(K + 1e7, targets)
    assert_allclose(machine.decision_function(X), ridge.predict(K + 1e7), atol=1e-4)
    assert_allclose(machine.coef_.sum(axis=0), 0, atol=1e-10)


def test_the_best_alpha_is_kept():
    X, y = draw(90, spread=2.0)
    alphas = [1e-3, 0.1, 3.0, 1000.0]
    machine = KernelRidgeClassifier(alphas).fit(X, y)
    alone = [KernelRidgeClassifier(alpha).fit(X, y) for alpha in alphas]
    errors = [one.loo_errors_[0] for one in alone]
    assert_allclose(machine.loo_errors_, errors)
    best = alone[int(np.argmin(errors))]
    assert machine.alpha_ == best.alpha_ not in (alphas[0], alphas[-1])
    assert_array_equal(machine.decision_function(X), best.decision_function(X))
    assert_array_equal(machine.loo_decisions_, best.loo_decisions_)


def test_separates_what_a_machine_of_margins_separates():
    X, y = draw(400)
    names = np.array(["sad", "angry", "happy"])[y]
    for rows in (X, X.astype(np.float32)):
        machine = KernelRidgeClassifier(kernel=MultiKernel()).fit(rows[:200], names[:200])
        svm = GramSVC(kernel=MultiKernel()).fit(rows[:200], names[:200])
        assert machine.X_fit_.dtype == rows.dtype
        assert (machine.predict(rows) == svm.predict(rows)).mean() > 0.97
        assert machine.score(rows[200:], names[200:]) > 0.9


def test_single_precision_is_accurate():
    X, y = draw(900)
    machines = [KernelRidgeClassifier(0.1).fit(X.astype(t), y) for t in ("f4", "f8")]
    assert_allclose(machines[0].loo_decisions_, machines[1].loo_decisions_, atol=1e-3)


@pytest.mark.parametrize("alphas", [[], [0.1, 0.0], [float("inf")], [[1, 2]], [None], {}])
def test_alphas_must_be_positive(alphas):
    with pytest.raises(ValueError, match="alphas must be one or several finite numbers above 0"):
        KernelRidgeClassifier(alphas).fit(*draw(20))


def test_one_class_is_an_error():
    with pytest.raises(ValueError, match="greater than one; got 1 class"):
        KernelRidgeClassifier().fit(np.ones((3, 2)), ["happy"] * 3)
