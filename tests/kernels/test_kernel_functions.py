import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics.pairwise import chi2_kernel, linear_kernel, polynomial_kernel, rbf_kernel
from sklearn.svm import SVC

from fertools.kernels import SingleKernel
from fertools.kernels._kernel_functions import (
    KERNELS,
    kernel_matrix,
    resolve_gamma,
    squared_norms,
)


def intersection(X, Y):
    return np.minimum(X[:, None], Y[None]).sum(axis=2)


def reference(kernel, X, Y, gamma):
    X, Y = X.astype(np.float64), Y.astype(np.float64)
    return {
        "linear": lambda: linear_kernel(X, Y),
        "rbf": lambda: rbf_kernel(X, Y, gamma=gamma),
        "poly": lambda: polynomial_kernel(X, Y, gamma=gamma, degree=2, coef0=0.5),
        "chi2": lambda: chi2_kernel(X, Y, gamma=gamma),
        "intersection": lambda: intersection(X, Y),
    }[kernel]()


@pytest.fixture
def histograms():
    # More samples than a block, and zeros so that chi2 computes 0 / 0.
    counts = np.random.default_rng(0).poisson(2, size=(1100, 20)).astype(float)
    return counts / counts.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("dtype, accuracy", [(np.float64, 1e-12), (np.float32, 1e-6)])
def test_kernels_equal_their_definition(kernel, dtype, accuracy, histograms):
    X, Y = histograms[:700].astype(dtype), histograms[700:].astype(dtype)
    K = kernel_matrix(X, Y, kernel, gamma=0.7, degree=2, coef0=0.5)
    assert K.dtype == dtype
    assert_allclose(K, reference(kernel, X, Y, 0.7), rtol=accuracy, atol=accuracy)


@pytest.mark.parametrize("kernel", KERNELS)
def test_Y_defaults_to_X(kernel, histograms):
    K = kernel_matrix(histograms, kernel=kernel, gamma=2.0)
    assert_allclose(K, kernel_matrix(histograms, histograms.copy(), kernel, gamma=2.0), atol=1e-13)
    assert_allclose(K, K.T, atol=1e-15)


@pytest.mark.parametrize("kernel", KERNELS)
def test_kernel_is_independent_of_the_order_of_features(kernel, histograms):
    X, order = histograms[:50], np.random.default_rng(1).permutation(20)
    assert_allclose(
        kernel_matrix(X, kernel=kernel), kernel_matrix(X[:, order], kernel=kernel), atol=1e-13
    )


def test_float32_is_accurate_on_thousands_of_features():
    X = np.random.default_rng(0).normal(size=(300, 2000)).astype(np.float32)
    gamma = resolve_gamma("scale", X)
    K = kernel_matrix(X, gamma=gamma)
    assert_allclose(K, rbf_kernel(X.astype(np.float64), gamma=gamma), atol=1e-6)


def test_samples_far_from_the_origin_are_converted_to_float64():
    X = np.random.default_rng(0).normal(1000, 1, size=(60, 30)).astype(np.float32)
    exact = rbf_kernel(X.astype(np.float64) - 1000, gamma=1 / 30)
    assert abs(kernel_matrix(X, gamma=1 / 30) - exact).max() > 1e-2
    kernel = SingleKernel(gamma=1 / 30).fit(X)
    converted = kernel.convert(X)
    assert converted.dtype == np.float64
    assert_allclose(kernel.matrix(converted), exact, atol=1e-6)
    assert kernel.convert(X - 1000).dtype == np.float32


@pytest.mark.parametrize("kernel", ["chi2", "intersection"])
def test_kernels_of_histograms_reject_negative_values(kernel):
    X = np.array([[0.1, -0.5]])
    with pytest.raises(ValueError, match=rf"non-negative if kernel='{kernel}'.*-0\.5"):
        SingleKernel(kernel).fit(X).convert(X)
    assert SingleKernel("linear").fit(X).convert(X) is X


def test_intersection_of_a_histogram_with_itself_is_its_sum():
    X = np.random.default_rng(0).random((5, 9))
    assert_allclose(np.diag(kernel_matrix(X, kernel="intersection")), X.sum(axis=1))


def test_chi2_of_empty_bins_is_zero():
    X = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    expected = np.array([[1, np.exp(-2)], [np.exp(-2), 1]])
    assert_allclose(kernel_matrix(X, kernel="chi2", gamma=1.0), expected)


def test_known_norms_are_used():
    X = np.random.default_rng(0).random((4, 3))
    K = kernel_matrix(X, X.copy(), y_norms=squared_norms(X))
    assert_allclose(K, rbf_kernel(X, gamma=1), atol=1e-14)
    assert kernel_matrix(X, X.copy(), y_norms=squared_norms(X) + 50).max() < 1e-10


@pytest.mark.parametrize("gamma", ["scale", "auto", 0.25])
def test_gamma_equals_that_of_SVC(gamma):
    X = np.random.default_rng(0).normal(3, 2, size=(20, 4))
    svc = SVC(gamma=gamma).fit(X, np.arange(20) % 2)
    assert resolve_gamma(gamma, X) == pytest.approx(svc._gamma, rel=1e-12)


def test_gamma_of_constant_samples_is_1():
    assert resolve_gamma("scale", np.ones((3, 2))) == 1.0


def test_unknown_kernel_is_rejected():
    with pytest.raises(ValueError, match=r"kernel must be 'rbf', .*; got 'gaussian'"):
        kernel_matrix(np.ones((2, 3)), kernel="gaussian")
