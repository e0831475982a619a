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
    ReducedSetClassifier,
    SingleKernel,
)
from fertools.kernels._pair_means import pair_means
from fertools.kernels._reduced_set_classifier import project

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


def test_accuracy_and_decisions_are_close_to_those_of_the_estimator(data, exact):
    X, y, X_test, y_test = data
    reduced = ReducedSetClassifier(RIDGE, share=0.95).fit(X, y)
    assert reduced.score(X_test, y_test) > exact.score(X_test, y_test) - 0.05 > 0.6
    ours, theirs = (each.decision_function(X_test).ravel() for each in (reduced, exact))
    assert np.corrcoef(ours, theirs)[0, 1] > 0.95
    assert_allclose(reduced.intercept_, exact.intercept_)


def test_default_share_is_accurate(data, exact):
    X, y, X_test, y_test = data
    reduced = ReducedSetClassifier(RIDGE).fit(X, y)
    assert reduced.score(X_test, y_test) > exact.score(X_test, y_test) - 0.1 > 0.6


def test_decision_function_equals_its_formula(data):
    X, y, X_test, _ = data
    reduced = ReducedSetClassifier(RIDGE).fit(X, y)
    K = reduced.kernel_.matrix(X_test, reduced.components_)
    expected = reduced.logit_scale_ * (K @ reduced.dual_coef_ + reduced.intercept_)
    assert_allclose(reduced.decision_function(X_test), expected, rtol=1e-5, atol=1e-5)


def test_function_projected_onto_its_own_samples_is_unchanged(data, exact):
    X, _, X_test, _ = data
    coef = exact.dual_coef_.astype(X.dtype)
    projected = project(exact.kernel_, X, coef, X, exact.kernel_.norms(X))
    K = exact.kernel_.matrix(X_test, X)
    # Up to the ridge that is added to the system.
    assert np.corrcoef((K @ projected).ravel(), (K @ exact.dual_coef_).ravel())[0, 1] > 0.999


def test_no_mean_is_a_training_sample(data):
    X, y, *_ = data
    reduced = ReducedSetClassifier(RIDGE, rounding=0.5).fit(X, y)
    assert pairwise_distances(reduced.components_, X).min() > 0.1 * np.linalg.norm(X, axis=1).mean()
    assert reduced.members_.shape == (len(X), 2)
    assert_array_equal(reduced.members_[:, 0], np.arange(len(X)))
    assert np.all(reduced.members_[:, 0] != reduced.members_[:, 1])


def test_means_have_the_nearest_neighbor_and_the_norm_of_samples():
    X = np.array([[1.0, 0.0], [0.9, 0.1], [-1.0, 0.2], [-0.8, 0.0], [1.0, 0.0]])
    neighbors, means = pair_means(SingleKernel(gamma=1.0).fit(X), X, np.array([0, 2]), 0.75)
    # The last sample is a duplicate of the first.
    assert_array_equal(neighbors, [1, 3])
    length = np.sqrt((X**2).sum(axis=1).mean())
    sums = np.array([3 * X[0] + X[1], 3 * X[2] + X[3]])
    assert_allclose(means, length * sums / np.linalg.norm(sums, axis=1, keepdims=True))


def test_duplicates_are_averaged_if_there_is_no_other_sample():
    X = np.ones((3, 2))
    _, means = pair_means(SingleKernel(gamma=1.0).fit(X), X, np.array([1]), 0.5)
    assert_allclose(means, [[1, 1]])


def test_predictions_are_mirror_invariant_with_a_symmetric_kernel(data):
    X, y, X_test, _ = data
    odd = np.arange(X.shape[1]) % 2 == 0
    ridge = KernelRidgeClassifier(0.1, kernel=MultiKernel(gamma=2.0, symmetry=odd))
    reduced = ReducedSetClassifier(ridge).fit(X, y)
    reflected = np.where(odd, -X_test, X_test)
    assert_allclose(
        reduced.predict_proba(reflected), reduced.predict_proba(X_test), rtol=0, atol=1e-4
    )


def test_n_components_draws_reproducible_means(data):
    X, y, *_ = data
    first, second = (
        ReducedSetClassifier(RIDGE, n_components=40, random_state=0).fit(X, y) for _ in range(2)
    )
    assert first.members_.shape == (40, 2) and first.components_.shape == (40, X.shape[1])
    assert_array_equal(first.members_, second.members_)


def test_larger_share_approximates_better(data, exact):
    X, y, X_test, _ = data
    expected = 3 * exact.decision_function(X_test)
    gaps = [
        np.abs(
            ReducedSetClassifier(RIDGE, share=share).fit(X, y).decision_function(X_test) - expected
        ).mean()
        for share in (0.5, 2 / 3, 0.95)
    ]
    assert gaps[0] > gaps[1] > gaps[2]


def test_rounded_means_have_few_values(data):
    X, y, X_test, y_test = data
    reduced = ReducedSetClassifier(RIDGE, rounding=0.5).fit(X, y)
    assert len(np.unique(reduced.components_)) < 40
    plain = ReducedSetClassifier(RIDGE).fit(X, y)
    assert reduced.score(X_test, y_test) > plain.score(X_test, y_test) - 0.1


def test_two_classes_have_one_output(data):
    X, y, X_test, y_test = data
    two, test = np.isin(y, ["happy", "sad"]), np.isin(y_test, ["happy", "sad"])
    reduced = ReducedSetClassifier(RIDGE).fit(X[two], y[two])
    assert reduced.dual_coef_.shape == (len(reduced.components_), 1)
    decisions = reduced.decision_function(X_test[test])
    assert decisions.shape == (test.sum(),)
    assert_allclose(reduced.predict_proba(X_test[test])[:, 1], expit(decisions))
    assert reduced.score(X_test[test], y_test[test]) > 0.8


def test_estimator_may_choose_alpha(data):
    X, y, X_test, _ = data
    chosen = ReducedSetClassifier(KernelRidgeClassifierCV([0.1, 1e3])).fit(X, y)
    given = ReducedSetClassifier(RIDGE).fit(X, y)
    assert_array_equal(chosen.decision_function(X_test), given.decision_function(X_test))


def test_logit_scale_changes_probabilities_but_not_labels(data):
    X, y, X_test, _ = data
    reduced = ReducedSetClassifier(RIDGE).fit(X, y)
    labels, confidence = reduced.predict(X_test), reduced.predict_proba(X_test).max()
    reduced.logit_scale_ *= 2
    assert_array_equal(reduced.predict(X_test), labels)
    assert reduced.predict_proba(X_test).max() > confidence


def test_single_class_is_an_error(data):
    X, *_ = data
    with pytest.raises(ValueError, match="greater than one"):
        ReducedSetClassifier(RIDGE).fit(X, np.zeros(len(X)))


@pytest.mark.parametrize("kernel", ["linear", "poly", "chi2", "intersection"])
def test_kernel_must_measure_proximity(data, kernel):
    X, y, *_ = data
    with pytest.raises(ValueError, match=f"must be 'rbf' or a MultiKernel; got '{kernel}'"):
        ReducedSetClassifier(KernelRidgeClassifier(kernel=kernel)).fit(X, y)


def test_estimator_must_be_a_kernel_ridge_classifier(data):
    X, y, *_ = data
    with pytest.raises(ValueError, match="'estimator' parameter"):
        ReducedSetClassifier(GramSVC()).fit(X, y)
