import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import LeaveOneOut

from fertools.kernels import (
    GramSVC,
    KernelRidgeClassifier,
    KernelRidgeClassifierCV,
    MultiKernel,
    _cholesky,
)


def draw(n_samples, n_classes=3, seed=0, spread=0.6):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, n_classes, n_samples)
    return rng.normal(size=(n_classes, 8))[y] + spread * rng.normal(size=(n_samples, 8)), y


def positive_definite(n, dtype):
    factor = np.random.default_rng(0).normal(size=(n, n + 5))
    return (factor @ factor.T / n + np.eye(n)).astype(dtype)


@pytest.mark.parametrize("side", [7, 20, 53, 54, 100])
@pytest.mark.parametrize("dtype, accuracy", [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_blocked_cholesky_solves_and_inverts(side, dtype, accuracy, monkeypatch):
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
def test_leave_one_out_closed_form_equals_refitting(n_classes, alpha):
    X, y = draw(60, n_classes)
    ridge = KernelRidgeClassifierCV([alpha], gamma=0.1).fit(X, y)
    left_out = [
        clone(ridge).fit(X[train], y[train]).decision_function(X[test])[0]
        for train, test in LeaveOneOut().split(X)
    ]
    assert_allclose(ridge.loo_decisions_, left_out, atol=1e-9)
    targets = 2.0 * (y[:, None] == np.arange(n_classes)) - 1
    targets = targets[:, 1] if n_classes == 2 else targets
    assert_allclose(ridge.loo_errors_, ((targets - left_out) ** 2).mean())


def test_equals_kernel_ridge_regression_with_an_intercept():
    X, y = draw(80)
    classifier = KernelRidgeClassifier(0.3, gamma=0.2).fit(X, y)
    # A large constant in the kernel acts as an intercept without regularization.
    K = classifier.kernel_.matrix(X)
    targets = 2.0 * (y[:, None] == np.arange(3)) - 1
    ridge = KernelRidge(alpha=0.3, kernel="precomputed").fit(K + 1e7, targets)
    assert_allclose(classifier.decision_function(X), ridge.predict(K + 1e7), atol=1e-4)
    assert_allclose(classifier.dual_coef_.sum(axis=0), 0, atol=1e-10)


def test_alpha_with_the_lowest_error_is_chosen():
    X, y = draw(90, spread=2.0)
    alphas = [1e-3, 0.1, 3.0, 1000.0]
    ridge = KernelRidgeClassifierCV(alphas).fit(X, y)
    single = [KernelRidgeClassifierCV([alpha]).fit(X, y) for alpha in alphas]
    errors = [one.loo_errors_[0] for one in single]
    assert_allclose(ridge.loo_errors_, errors)
    best = single[int(np.argmin(errors))]
    assert ridge.alpha_ == best.alpha_ not in (alphas[0], alphas[-1])
    assert_array_equal(ridge.decision_function(X), best.decision_function(X))
    assert_array_equal(ridge.loo_decisions_, best.loo_decisions_)
    given = KernelRidgeClassifier(best.alpha_).fit(X, y)
    assert_array_equal(ridge.dual_coef_, given.dual_coef_)
    assert_array_equal(ridge.decision_function(X), given.decision_function(X))


def test_agrees_with_a_support_vector_machine():
    X, y = draw(400)
    names = np.array(["sad", "angry", "happy"])[y]
    for samples in (X, X.astype(np.float32)):
        ridge = KernelRidgeClassifierCV(kernel=MultiKernel()).fit(samples[:200], names[:200])
        svm = GramSVC(kernel=MultiKernel()).fit(samples[:200], names[:200])
        assert ridge.X_fit_.dtype == samples.dtype
        assert (ridge.predict(samples) == svm.predict(samples)).mean() > 0.97
        assert ridge.score(samples[200:], names[200:]) > 0.9


def test_single_precision_is_accurate():
    X, y = draw(900)
    single, double = (KernelRidgeClassifierCV([0.1]).fit(X.astype(t), y) for t in ("f4", "f8"))
    assert_allclose(single.loo_decisions_, double.loo_decisions_, atol=1e-3)


@pytest.mark.parametrize("alphas", [[], [0.1, 0.0], [float("inf")], [[1, 2]], [None], {}])
def test_alphas_must_be_positive(alphas):
    with pytest.raises(ValueError, match="alphas must be positive finite numbers; got"):
        KernelRidgeClassifierCV(alphas).fit(*draw(20))


@pytest.mark.parametrize("alpha", [0, -1.0, float("inf")])
def test_alpha_must_be_positive(alpha):
    with pytest.raises(ValueError, match="'alpha' parameter"):
        KernelRidgeClassifier(alpha).fit(*draw(20))


@pytest.mark.parametrize("kind", [KernelRidgeClassifier, KernelRidgeClassifierCV])
def test_single_class_is_an_error(kind):
    with pytest.raises(ValueError, match="greater than one; got 1 class"):
        kind().fit(np.ones((3, 2)), ["happy"] * 3)


def test_decision_values_are_summed_in_double_precision():
    rng = np.random.default_rng(0)
    X = rng.normal(0, 0.1, (5000, 4)).astype(np.float32)
    model = KernelRidgeClassifier(1e-3, gamma=1.0).fit(X, np.arange(5000) % 2)
    # Large coefficients that nearly cancel.
    model.dual_coef_ = 100 * rng.normal(size=(5000, 1)).astype(np.float32)
    K = model.kernel_.matrix(X[:3].copy(), model.X_fit_, model._norms)
    expected = K.astype(np.float64) @ model.dual_coef_.astype(np.float64) + model.intercept_
    np.testing.assert_allclose(model.decision_function(X[:3]), expected.ravel(), rtol=1e-12)
