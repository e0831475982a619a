import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit
from sklearn.metrics import pairwise_distances

from fertools.datasets import make_faces
from fertools.features import OrientedGradients
from fertools.kernels import (
    GramSVC,
    KernelRidgeClassifier,
    KernelRidgeClassifierCV,
    MultiKernel,
    PairMeansClassifier,
    SingleKernel,
)
from fertools.kernels._pair_means import pair_means

RIDGE = KernelRidgeClassifier(0.1)


@pytest.fixture(scope="module")
def data():
    faces = make_faces(350, random_state=0)
    X = OrientedGradients(grids=((4, 4),)).fit_transform(faces.images)
    X -= X.mean(axis=0)
    return X[:210], faces.labels[:210], X[210:], faces.labels[210:]


@pytest.fixture(scope="module")
def exact(data):
    return KernelRidgeClassifier(0.1).fit(*data[:2])


def test_decisions_are_close_to_those_of_the_estimator_with_a_large_share(data, exact):
    X, y, X_test, y_test = data
    fitted = PairMeansClassifier(RIDGE, share=0.95).fit(X, y)
    assert fitted.score(X_test, y_test) > exact.score(X_test, y_test) - 0.05 > 0.6
    ours, theirs = (each.decision_function(X_test).ravel() for each in (fitted, exact))
    assert np.corrcoef(ours, theirs)[0, 1] > 0.95


def test_default_share_is_accurate(data, exact):
    X, y, X_test, y_test = data
    fitted = PairMeansClassifier(RIDGE).fit(X, y)
    assert fitted.score(X_test, y_test) > exact.score(X_test, y_test) - 0.1 > 0.6


def test_decision_function_equals_its_formula(data):
    X, y, X_test, _ = data
    fitted = PairMeansClassifier(RIDGE).fit(X, y)
    K = fitted.kernel_.matrix(X_test, fitted.components_)
    expected = fitted.logit_scale_ * (K @ fitted.dual_coef_ + fitted.intercept_)
    assert_allclose(fitted.decision_function(X_test), expected, rtol=1e-5, atol=1e-5)


def test_no_mean_is_a_training_sample(data):
    X, y, *_ = data
    fitted = PairMeansClassifier(RIDGE, rounding=0.5).fit(X, y)
    assert pairwise_distances(fitted.components_, X).min() > 0.1 * np.linalg.norm(X, axis=1).mean()
    assert fitted.neighbors_.shape == (len(X),)
    assert np.all(fitted.neighbors_ != np.arange(len(X)))


def test_means_have_the_nearest_neighbor_and_the_norm_of_samples():
    X = np.array([[1.0, 0.0], [0.9, 0.1], [-1.0, 0.2], [-0.8, 0.0], [1.0, 0.0]])
    neighbors, means = pair_means(SingleKernel(gamma=1.0).fit(X), X, 0.75)
    # The last sample is a duplicate of the first.
    assert_array_equal(neighbors, [1, 0, 3, 2, 1])
    length = np.sqrt((X**2).sum(axis=1).mean())
    sums = np.array([3 * X[0] + X[1], 3 * X[2] + X[3]])
    expected = length * sums / np.linalg.norm(sums, axis=1, keepdims=True)
    assert_allclose(means[[0, 2]], expected)


def test_duplicates_are_averaged_if_there_is_no_other_sample():
    X = np.ones((3, 2))
    _, means = pair_means(SingleKernel(gamma=1.0).fit(X), X, 0.5)
    assert_allclose(means, 1)


def test_predictions_are_mirror_invariant_with_a_symmetric_kernel(data):
    X, y, X_test, _ = data
    odd = np.arange(X.shape[1]) % 2 == 0
    ridge = KernelRidgeClassifier(0.1, kernel=MultiKernel(gamma=2.0, symmetry=odd))
    fitted = PairMeansClassifier(ridge).fit(X, y)
    reflected = np.where(odd, -X_test, X_test)
    assert_allclose(
        fitted.predict_proba(reflected), fitted.predict_proba(X_test), rtol=0, atol=1e-4
    )


def test_classifier_is_trained_on_the_means(data):
    X, y, X_test, _ = data
    fitted = PairMeansClassifier(RIDGE, rounding=0.5).fit(X, y)
    ridge = KernelRidgeClassifier(0.1, gamma=fitted.kernel_.gamma_)
    ridge.fit(np.asarray(fitted.components_), y)
    expected = 3 * ridge.decision_function(X_test)
    assert_allclose(fitted.decision_function(X_test), expected, rtol=1e-3, atol=1e-3)


def test_single_samples_have_the_same_decisions_as_batches(data):
    X, y, X_test, _ = data
    fitted = PairMeansClassifier(RIDGE, rounding=0.5).fit(X, y)
    batch = fitted.decision_function(X_test)
    assert_allclose(fitted.decision_function(X_test[:1]), batch[:1], rtol=0, atol=1e-5)


@pytest.mark.parametrize("kernel", ["rbf", "chi2", "intersection", "linear"])
def test_rounded_means_work_with_each_kernel_of_a_multi_kernel(data, kernel):
    X, y, X_test, _ = data
    X, X_test = np.abs(X), np.abs(X_test)
    ridge = KernelRidgeClassifier(0.1, kernel=MultiKernel(kernel=kernel))
    fitted = PairMeansClassifier(ridge, rounding=0.5).fit(X, y)
    K = fitted.kernel_.matrix(X_test, np.asarray(fitted.components_))
    expected = fitted.logit_scale_ * (K @ fitted.dual_coef_ + fitted.intercept_)
    assert_allclose(fitted.decision_function(X_test), expected, rtol=1e-3, atol=1e-3)


def test_rounded_means_have_few_values(data):
    X, y, X_test, y_test = data
    fitted = PairMeansClassifier(RIDGE, rounding=0.5).fit(X, y)
    assert len(np.unique(fitted.components_)) < 40
    plain = PairMeansClassifier(RIDGE).fit(X, y)
    assert fitted.score(X_test, y_test) > plain.score(X_test, y_test) - 0.1


def test_two_classes_have_one_output(data):
    X, y, X_test, y_test = data
    two, test = np.isin(y, ["happy", "sad"]), np.isin(y_test, ["happy", "sad"])
    fitted = PairMeansClassifier(RIDGE).fit(X[two], y[two])
    assert fitted.dual_coef_.shape == (len(fitted.components_), 1)
    decisions = fitted.decision_function(X_test[test])
    assert decisions.shape == (test.sum(),)
    assert_allclose(fitted.predict_proba(X_test[test])[:, 1], expit(decisions))
    assert fitted.score(X_test[test], y_test[test]) > 0.8


def test_estimator_may_choose_alpha(data):
    X, y, X_test, _ = data
    chosen = PairMeansClassifier(KernelRidgeClassifierCV([0.1, 1e3])).fit(X, y)
    given = PairMeansClassifier(RIDGE).fit(X, y)
    assert_array_equal(chosen.decision_function(X_test), given.decision_function(X_test))


def test_logit_scale_changes_probabilities_but_not_labels(data):
    X, y, X_test, _ = data
    fitted = PairMeansClassifier(RIDGE).fit(X, y)
    labels, confidence = fitted.predict(X_test), fitted.predict_proba(X_test).max()
    fitted.logit_scale_ *= 2
    assert_array_equal(fitted.predict(X_test), labels)
    assert fitted.predict_proba(X_test).max() > confidence


def test_single_class_is_an_error(data):
    X, *_ = data
    with pytest.raises(ValueError, match="greater than one"):
        PairMeansClassifier(RIDGE).fit(X, np.zeros(len(X)))


@pytest.mark.parametrize("kernel", ["linear", "poly", "chi2", "intersection"])
def test_kernel_must_measure_proximity(data, kernel):
    X, y, *_ = data
    with pytest.raises(ValueError, match=f"must be 'rbf' or a MultiKernel; got '{kernel}'"):
        PairMeansClassifier(KernelRidgeClassifier(kernel=kernel)).fit(X, y)


def test_estimator_must_be_a_kernel_ridge_classifier(data):
    X, y, *_ = data
    with pytest.raises(ValueError, match="'estimator' parameter"):
        PairMeansClassifier(GramSVC()).fit(X, y)
