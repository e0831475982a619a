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
    MultiKernel,
    ReducedSetRidgeClassifier,
    ReducedSetSVC,
)
from fertools.kernels._kernel_functions import RowKernel
from fertools.kernels._reduced_set_base import blended, oriented
from fertools.kernels._reduced_set_svc import joined


@pytest.fixture(scope="module")
def data():
    faces = make_faces(350, random_state=0)
    X = OrientedGradients(grids=((4, 4),)).fit_transform(faces.images)
    X -= X.mean(axis=0)
    return X[:210], faces.labels[:210], X[210:], faces.labels[210:]


def test_it_is_near_the_exact_machine_and_better_than_chance_by_far(data):
    X, y, X_test, y_test = data
    exact = GramSVC(C=10).fit(X, y).score(X_test, y_test)
    assert ReducedSetSVC(C=10).fit(X, y).score(X_test, y_test) > exact - 0.1 > 0.6


def test_pairs_are_joined_to_scores():
    # Classes a, b, c; pairs ab, ac, bc.
    ab, ac, bc = 0.5, -0.1, 0.2
    wins = expit(4 * np.array([[ab, ac], [-ab, bc], [-ac, -bc]]))
    means = np.sqrt(wins.prod(axis=1))
    assert_allclose(joined(np.array([[ab, ac, bc]]), 3), [means / means.sum()])


def test_labels_are_those_of_most_votes(data):
    X, y, X_test, _ = data
    exact = GramSVC(C=10, decision_function_shape="ovo").fit(X, y)
    logits = joined(exact.decision_function(X_test), 7)
    assert np.mean(exact.classes_[logits.argmax(axis=1)] == exact.predict(X_test)) > 0.95


def test_a_function_projected_on_its_own_support_vectors_stays(data):
    X, y, X_test, _ = data
    exact = GramSVC(C=10).fit(X, y)
    machine = ReducedSetSVC(C=10).fit(X, y)
    machine._keep(exact.kernel_, exact.support_vectors_)
    projected = machine._project(exact.support_vectors_, exact.coef_pairs_)
    values = exact.kernel_.matrix(X_test, exact.support_vectors_)
    # But for the ridge.
    found, wanted = (values @ coef for coef in (projected, exact.coef_pairs_))
    assert np.corrcoef(found.ravel(), wanted.ravel())[0, 1] > 0.999


def test_no_center_is_a_training_row(data):
    X, y, *_ = data
    machine = ReducedSetSVC(C=10).fit(X, y)
    assert pairwise_distances(machine.components_, X).min() > 0.1 * np.linalg.norm(X, axis=1).mean()
    assert machine.members_.shape == (len(machine.components_), 2)
    assert np.all(machine.members_[:, 0] != machine.members_[:, 1])


def test_means_are_of_the_nearest_row_and_of_the_length_of_a_row():
    X = np.array([[1.0, 0.0], [0.9, 0.1], [-1.0, 0.2], [-0.8, 0.0], [1.0, 0.0]])
    nearest, means = blended(RowKernel(gamma=1.0).fit(X), X, np.array([0, 2]), 0.75)
    # The last row is a copy of the first.
    assert_array_equal(nearest, [1, 3])
    length = np.sqrt((X**2).sum(axis=1).mean())
    sums = np.array([3 * X[0] + X[1], 3 * X[2] + X[3]])
    assert_allclose(means, length * sums / np.linalg.norm(sums, axis=1, keepdims=True))


def test_copies_are_averaged_where_there_is_nothing_else():
    X = np.ones((3, 2))
    _, means = blended(RowKernel(gamma=1.0).fit(X), X, np.array([1]), 0.5)
    assert_allclose(means, [[1, 1]])


def test_mirror_images_count_as_near():
    odd = np.array([False, True, True])
    rows = np.array([[1.0, 2.0, 3.0], [1.0, -2.0, -3.0]])
    assert_array_equal(oriented(rows, rows[0], odd), rows[[0, 0]])
    assert_array_equal(oriented(rows, rows[0], None), rows)


def test_a_mirror_image_gets_the_same_answer(data):
    X, y, X_test, _ = data
    odd = np.arange(X.shape[1]) % 2 == 0
    machine = ReducedSetSVC(C=10, kernel=MultiKernel(gamma=2.0, mirrored=odd)).fit(X, y)
    mirrored = np.where(odd, -X_test, X_test)
    assert_allclose(
        machine.predict_proba(mirrored), machine.predict_proba(X_test), rtol=0, atol=1e-4
    )


def test_n_components_and_share(data):
    X, y, X_test, _ = data
    machine = ReducedSetSVC(C=10, n_components=40, random_state=0).fit(X, y)
    assert machine.members_.shape == (40, 2) and machine.components_.shape == (40, X.shape[1])
    again = ReducedSetSVC(C=10, n_components=40, random_state=0).fit(X, y)
    assert_array_equal(again.members_, machine.members_)
    # The less of another row, the nearer to the exact machine.
    exact = 8 * joined(
        GramSVC(C=10, decision_function_shape="ovo").fit(X, y).decision_function(X_test), 7
    )
    gaps = [
        np.abs(ReducedSetSVC(C=10, share=share).fit(X, y).decision_function(X_test) - exact).mean()
        for share in (0.5, 2 / 3, 0.95)
    ]
    assert gaps[0] > gaps[1] > gaps[2]


def test_two_classes(data):
    X, y, X_test, y_test = data
    two, test = np.isin(y, ["happy", "sad"]), np.isin(y_test, ["happy", "sad"])
    machine = ReducedSetSVC(C=10).fit(X[two], y[two])
    assert machine.coef_.shape == (1, len(machine.components_))
    assert machine.decision_function(X_test[test]).shape == (test.sum(),)
    assert machine.score(X_test[test], y_test[test]) > 0.8


def test_rounded_means_are_fitted_as_they_are(data):
    X, y, X_test, y_test = data
    machine = ReducedSetSVC(C=10, rounding=0.5).fit(X, y)
    assert len(np.unique(machine.components_)) < 40
    assert machine.score(X_test, y_test) > ReducedSetSVC(C=10).fit(X, y).score(X_test, y_test) - 0.1


def test_the_ridge_is_near_the_exact_one(data):
    X, y, X_test, y_test = data
    exact = KernelRidgeClassifier(alphas=0.1).fit(X, y)
    machine = ReducedSetRidgeClassifier(alpha=0.1, share=0.95).fit(X, y)
    assert machine.score(X_test, y_test) > exact.score(X_test, y_test) - 0.05 > 0.6
    ours, theirs = (each.decision_function(X_test).ravel() for each in (machine, exact))
    assert np.corrcoef(ours, theirs)[0, 1] > 0.95
    assert_allclose(machine.intercept_, exact.intercept_)


def test_the_ridge_keeps_a_mean_of_each_row(data):
    X, y, *_ = data
    machine = ReducedSetRidgeClassifier(rounding=0.5).fit(X, y)
    assert_array_equal(machine.members_[:, 0], np.arange(len(X)))
    assert pairwise_distances(machine.components_, X).min() > 0.1 * np.linalg.norm(X, axis=1).mean()
    assert len(np.unique(machine.components_)) < 40


def test_the_ridge_of_two_classes(data):
    X, y, X_test, y_test = data
    two, test = np.isin(y, ["happy", "sad"]), np.isin(y_test, ["happy", "sad"])
    machine = ReducedSetRidgeClassifier().fit(X[two], y[two])
    decisions = machine.decision_function(X_test[test])
    assert decisions.shape == (test.sum(),)
    assert_allclose(machine.predict_proba(X_test[test])[:, 1], expit(decisions))
    assert machine.score(X_test[test], y_test[test]) > 0.8


def test_the_ridge_takes_two_classes_or_more(data):
    X, *_ = data
    with pytest.raises(ValueError, match="greater than one"):
        ReducedSetRidgeClassifier().fit(X, np.zeros(len(X)))
