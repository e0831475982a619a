"""Coupled probabilities of pairs of classes, against independent references."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_predict
from sklearn.svm import SVC

from fertools.kernels import GramSVC
from fertools.kernels._pair_probabilities import (
    couple,
    couple_present,
    fit_sigmoid,
    held_out_decisions,
)
from fertools.persistence import load, save


def draw(counts, seed=0, spread=0.8):
    """Draw shuffled, overlapping classes with the given number of samples."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    centers = 2 * np.eye(len(counts), 8)
    X = centers[y] + spread * rng.normal(size=(len(y), 8))
    return X, np.array(["angry", "fear", "happy", "sad"])[y]


def objective(p, r):
    """Return the objective of the second method of Wu, Lin and Weng (2004), term by term."""
    k = len(p)
    return sum((r[j, i] * p[i] - r[i, j] * p[j]) ** 2 for i in range(k) for j in range(k) if i != j)


def pair_matrix(pairs, n_classes):
    r = np.zeros((n_classes, n_classes))
    first, second = np.triu_indices(n_classes, 1)
    r[first, second], r[second, first] = pairs, 1 - pairs
    return r


@pytest.mark.parametrize("n_classes", [2, 3, 5, 7])
def test_coupling_minimizes_the_objective(n_classes):
    rng = np.random.default_rng(n_classes)
    pairs = rng.random((6, n_classes * (n_classes - 1) // 2))
    pairs[0] = np.round(pairs[0])  # certain, and inconsistent
    for row, p in zip(pairs, couple(pairs, n_classes), strict=True):
        assert_allclose(p.sum(), 1)
        assert p.min() >= 0
        r = pair_matrix(row, n_classes)
        found = minimize(
            objective,
            np.full(n_classes, 1 / n_classes),
            args=(r,),
            method="SLSQP",
            bounds=[(0, 1)] * n_classes,
            constraints={"type": "eq", "fun": lambda q: q.sum() - 1},
            options={"ftol": 1e-14, "maxiter": 500},
        )
        assert_allclose(p, found.x, atol=1e-4)
        assert objective(p, r) <= found.fun + 1e-9
        # Fixed point of the paper: all elements of Q p are p' Q p.
        Q = -r * r.T
        np.fill_diagonal(Q, (r**2).sum(axis=0))
        assert_allclose(Q @ p, p @ Q @ p, atol=1e-6)


def test_coupling_recovers_consistent_probabilities():
    p = np.random.default_rng(0).dirichlet(np.ones(7), 50)
    first, second = np.triu_indices(7, 1)
    assert_allclose(couple(p[:, first] / (p[:, first] + p[:, second]), 7), p, atol=1e-9)


def test_absent_classes_have_probability_zero():
    pairs = np.array([[0.5, 0.8, 0.5, 0.5, 0.3, 0.5]])
    coupled = couple_present(pairs, np.array([True, False, True, False]))
    assert_allclose(coupled, [[0.8, 0, 0.2, 0]])


def test_coupling_is_independent_of_batches():
    pairs = np.random.default_rng(0).random((9000, 3))
    together = couple_present(pairs, np.ones(3, dtype=bool))
    assert_allclose(together[5000:5010], couple(pairs[5000:5010], 3))


@pytest.mark.parametrize("scale", [1e-3, 1, 1e4])
@pytest.mark.parametrize("weighted", [False, True])
def test_sigmoid_equals_logistic_regression_on_regularized_targets(scale, weighted):
    rng = np.random.default_rng(0)
    is_first = rng.random(60) < 0.3
    decisions = rng.normal(np.where(is_first, 0.7, -0.7))
    weights = rng.random(60) + 0.1 if weighted else np.ones(60)
    slope, offset = fit_sigmoid(scale * decisions, is_first, weights)
    n, m = weights[is_first].sum(), weights[~is_first].sum()
    targets = np.where(is_first, (n + 1) / (n + 2), 1 / (m + 2))
    # Each sample with both labels, weighted by its target.
    both = np.concatenate([decisions, decisions])[:, None]
    share = np.concatenate([weights * targets, weights * (1 - targets)])
    reference = LogisticRegression(C=1e9, tol=1e-10).fit(both, np.repeat([1, 0], 60), share)
    assert_allclose(slope * scale, reference.coef_[0, 0], rtol=1e-3)
    assert_allclose(offset, reference.intercept_[0], atol=1e-3)


def test_sigmoid_is_increasing():
    decisions, is_first = np.array([1.0, 0.5, -0.5, -1.0]), np.array([False, False, True, True])
    slope, offset = fit_sigmoid(decisions, is_first, np.ones(4))
    assert slope > 0
    assert_allclose(expit(slope * decisions + offset), 0.5, atol=1e-3)


def test_held_out_decisions_equal_cross_validation():
    X, y = draw((25, 40))
    gram, is_second = rbf_kernel(X, gamma=0.2), y == "fear"
    svc = SVC(kernel="precomputed", C=2, tol=1e-6)
    folds = StratifiedKFold(5)
    expected = cross_val_predict(svc, gram, is_second, cv=folds, method="decision_function")
    found = held_out_decisions(gram, is_second, np.ones(65), {"C": 2, "tol": 1e-6})
    assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize("counts", [(40, 60), (40, 60, 30), (30, 20, 50, 40)])
def test_predict_returns_the_most_probable_class(counts):
    X, y = draw(counts)
    X_test, y_test = draw((100,) * len(counts), seed=1)
    gram = GramSVC(probability=True).fit(X, y)
    probabilities = gram.predict_proba(X_test)
    assert probabilities.shape == (100 * len(counts), len(counts))
    assert_allclose(probabilities.sum(axis=1), 1)
    assert_array_equal(gram.predict(X_test), gram.classes_[probabilities.argmax(axis=1)])
    assert log_loss(y_test, probabilities) < 0.45 * np.log(len(counts))
    plain = GramSVC().fit(X, y)
    assert_array_equal(plain.decision_function(X_test), gram.decision_function(X_test))
    assert (plain.predict(X_test) == gram.predict(X_test)).mean() > 0.95
    assert gram.probA_.shape == gram.probB_.shape == gram.intercept_.shape
    assert (gram.probA_ < 0).all()


def test_two_classes_have_one_sigmoid():
    X, y = draw((40, 60))
    gram = GramSVC(probability=True).fit(X, y)
    # decision_function is positive for the second class; the sigmoid uses values for the first.
    logits = -(gram.probA_ * -gram.decision_function(X) + gram.probB_)
    assert_allclose(gram.predict_proba(X)[:, 0], expit(logits), atol=1e-9)


def test_fits_are_reproducible():
    X, y = draw((30, 20, 50, 40))
    gram = GramSVC(probability=True)
    first, second = (clone(gram).fit(X, y).predict_proba(X) for _ in range(2))
    assert first.tobytes() == second.tobytes()
    threads = clone(gram).set_params(n_jobs=2).fit(X, y)
    assert_allclose(threads.predict_proba(X), first, atol=1e-9)


def test_probabilities_depend_on_ratios_of_weights_only():
    X, y = draw((30, 20, 50))
    weights = np.random.default_rng(0).random(100) + 0.5
    one = GramSVC(C=1, tol=1e-8, probability=True).fit(X, y, sample_weight=weights)
    other = GramSVC(C=1e4, tol=1e-8, probability=True).fit(X, y, sample_weight=weights / 1e4)
    assert_allclose(one.predict_proba(X), other.predict_proba(X), atol=1e-4)
    plain = GramSVC(C=1, tol=1e-8, probability=True).fit(X, y)
    assert abs(plain.predict_proba(X) - one.predict_proba(X)).max() > 0.01


def test_class_weight_increases_the_probability_of_its_class():
    X, y = draw((60, 60, 10), spread=1.5)
    plain = GramSVC(probability=True).fit(X, y).predict_proba(X)
    balanced = GramSVC(probability=True, class_weight="balanced").fit(X, y).predict_proba(X)
    assert balanced[:, 2].mean() > 1.5 * plain[:, 2].mean()


@pytest.mark.parametrize("counts", [(40, 1), (40, 30, 1), (1, 40, 30, 1)])
def test_class_with_a_single_sample_warns(counts):
    X, y = draw(counts)
    single = [name for name in np.unique(y) if (y == name).sum() == 1]
    with pytest.warns(UserWarning, match=f"got 1 of {', '.join(map(repr, map(str, single)))}"):
        gram = GramSVC(probability=True).fit(X, y)
    X_test, y_test = draw((50,) * len(counts), seed=1)
    known = ~np.isin(y_test, single)
    probabilities = gram.predict_proba(X_test[known])
    assert np.isfinite(probabilities).all()
    assert log_loss(y_test[known], probabilities, labels=gram.classes_) < 0.6 * np.log(len(counts))


def test_two_classes_with_a_single_sample_each():
    with pytest.warns(UserWarning, match="got 1 of 0, 1"):
        gram = GramSVC(kernel="linear", probability=True).fit([[0.0], [2.0]], [0, 1])
    # Targets of a class with a single sample are 2 / 3 and 1 / 3.
    assert_allclose(
        gram.predict_proba([[0.0], [1.0], [2.0]])[:, 1], [1 / 3, 1 / 2, 2 / 3], atol=1e-3
    )


def test_probabilities_require_fit_with_probability():
    X, y = draw((10, 10))
    assert not hasattr(GramSVC(), "predict_proba")
    gram = GramSVC().fit(X, y).set_params(probability=True)
    with pytest.raises(NotFittedError, match="fitted with probability=True"):
        gram.predict_proba(X)
    with pytest.raises(NotFittedError):
        GramSVC(probability=True).predict_proba(X)


def test_grid_search_by_log_loss():
    X, y = draw((30, 30, 30))
    grid = {"gamma": [0.1, 100.0], "probability": [True]}
    search = GridSearchCV(GramSVC(), grid, scoring="neg_log_loss", cv=3).fit(X, y)
    assert search.best_params_["gamma"] == 0.1
    assert search.predict_proba(X).shape == (90, 3)


def test_probabilities_survive_saving(tmp_path):
    X, y = draw((30, 20, 50))
    gram = GramSVC(probability=True).fit(X, y)
    save(gram, tmp_path / "model.fer")
    loaded = load(tmp_path / "model.fer")
    assert_array_equal(loaded.probA_, gram.probA_)
    assert_array_equal(loaded.predict_proba(X), gram.predict_proba(X))
