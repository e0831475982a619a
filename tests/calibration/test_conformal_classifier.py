import math

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import beta, kstest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from fertools.calibration import ConformalClassifier
from fertools.calibration._conformal_classifier import (
    adaptive_scores,
    conformal_quantile,
    threshold_scores,
)
from fertools.datasets import make_faces
from fertools.features import DiscreteCosine
from fertools.persistence import load, save

CLASSES = np.array(["fear", "happy", "sad"])
METHODS = pytest.mark.parametrize("method", ["threshold", "adaptive"])


class PassThroughClassifier(ClassifierMixin, BaseEstimator):
    """Fitted classifier that returns its input as probabilities."""

    def __init__(self):
        self.classes_ = CLASSES

    def fit(self, X, y):
        raise AssertionError("the classifier was fitted again")

    def predict_proba(self, X):
        return X

    def predict(self, X):
        return CLASSES[np.argmax(X, axis=1)]


def simulate(n, rng, sharpness=2, weights=(1, 1, 1)):
    """Draw labels, and the probabilities of an overconfident classifier."""
    true = rng.dirichlet(weights, n)
    codes = (true.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)
    predicted = true**sharpness
    return predicted / predicted.sum(axis=1, keepdims=True), CLASSES[np.minimum(codes, 2)]


def covered(conformal, X, y):
    return conformal.predict_set(X)[np.arange(len(y)), np.searchsorted(CLASSES, y)]


@METHODS
@pytest.mark.parametrize(("n", "coverage"), [(40, 0.9), (99, 0.8)])
def test_coverage_has_a_beta_distribution(method, n, coverage):
    rng = np.random.default_rng(0)
    X, y = simulate(10_000, rng)
    conformal = ConformalClassifier(PassThroughClassifier(), coverage=coverage, method=method)
    shares = [covered(conformal.fit(*simulate(n, rng)), X, y).mean() for _ in range(400)]
    rank = math.ceil((n + 1) * coverage)
    assert kstest(shares, beta(rank, n + 1 - rank).cdf).pvalue > 0.01
    assert np.mean(shares) == pytest.approx(rank / (n + 1), abs=0.01)


@METHODS
def test_coverage_holds_within_each_class_if_by_class(method):
    rng = np.random.default_rng(1)
    rare = {"weights": (0.2, 3, 3)}

    def shares(by_class):
        model = ConformalClassifier(
            PassThroughClassifier(), coverage=0.8, method=method, by_class=by_class
        )
        sums = np.zeros((2, 3))
        for _ in range(200):
            model.fit(*simulate(400, rng, **rare))
            X, y = simulate(4000, rng, **rare)
            truth = y[:, None] == CLASSES
            sums += (truth & model.predict_set(X)).sum(axis=0), truth.sum(axis=0)
        return sums[0] / sums[1]

    # About 13 of 400 samples are of the rare class: its coverage is up to 1 / 14 too high.
    by_class = shares(True)
    assert min(by_class) > 0.795
    assert max(by_class[1:]) < 0.81 and by_class[0] < 0.88
    # With a single threshold, the coverage of the rare class is too low.
    assert shares(False)[0] < 0.7


@settings(deadline=None)
@given(
    n=st.integers(2, 60),
    coverage=st.sampled_from([0.5, 0.75, 0.9, 0.95]),
    method=st.sampled_from(["threshold", "adaptive"]),
    seed=st.integers(0, 1000),
)
def test_leave_one_out_coverage_is_the_rank(n, coverage, method, seed):
    # Exact for distinct scores in any order; ties can only increase the coverage.
    X, y = simulate(n, np.random.default_rng(seed))
    conformal = ConformalClassifier(PassThroughClassifier(), coverage=coverage, method=method)
    hits = 0
    for left in range(n):
        rest = np.arange(n) != left
        hits += covered(conformal.fit(X[rest], y[rest]), X[[left]], y[[left]])[0]
    expected = math.ceil(n * coverage)
    assert hits == expected if method == "threshold" else hits >= expected


def test_thresholds_and_sets_computed_by_hand():
    # The true labels have probabilities 0.91, 0.82, ... 0.19.
    p = 1 - np.arange(1, 10) * 0.09
    X = np.column_stack([p, (1 - p) / 3, (1 - p) * 2 / 3])
    y = ["fear"] * 9
    # Rank ceil(10 * 0.8) = 8 of the scores 0.09, 0.18, ... 0.81.
    conformal = ConformalClassifier(PassThroughClassifier(), coverage=0.8).fit(X, y)
    assert_allclose(conformal.thresholds_, 0.72)
    rows = [[0.5, 0.3, 0.2], [0.28, 0.36, 0.36], [0.1, 0.27, 0.63]]
    assert conformal.predict_set(np.array(rows)).tolist() == [
        [True, True, False],
        [True, True, True],
        [False, False, True],
    ]
    # Fear is the most likely label of the first six samples, second to sad (0.42, 0.48) for the
    # next two, and third after sad and happy (0.54 + 0.27) for the last.
    conformal.set_params(method="adaptive").fit(X, y)
    assert_allclose(conformal.thresholds_, 0.48)
    assert conformal.predict_set(np.array(rows)).tolist() == [
        [True, False, False],
        [False, True, True],
        [False, False, True],
    ]
    # Rank 9 is the largest of 9 scores; rank 10 exceeds their number.
    assert_allclose(conformal.set_params(coverage=0.9).fit(X, y).thresholds_, 0.81)
    assert_array_equal(conformal.set_params(coverage=0.91).fit(X, y).thresholds_, np.inf)


@pytest.mark.parametrize(
    ("n", "coverage", "rank"),
    [(1, 0.5, 1), (1, 0.51, None), (8, 0.9, None), (9, 0.9, 9), (19, 0.95, 19), (100, 0.9, 91)],
)
def test_rank_of_the_quantile(n, coverage, rank):
    scores = np.random.default_rng(0).permutation(n) + 1.0
    assert conformal_quantile(scores, coverage) == (math.inf if rank is None else rank)


def test_quantile_without_scores_is_infinite():
    assert conformal_quantile(np.empty(0), 0.01) == math.inf


@METHODS
def test_sets_contain_all_labels_if_calibration_samples_are_too_few(method):
    X, y = simulate(8, np.random.default_rng(0))
    conformal = ConformalClassifier(PassThroughClassifier(), coverage=0.9, method=method).fit(X, y)
    assert conformal.predict_set(X).all()


def test_class_without_calibration_samples_is_in_every_set_if_by_class():
    X, y = simulate(300, np.random.default_rng(0))
    kept = y != "sad"
    conformal = ConformalClassifier(PassThroughClassifier(), coverage=0.6, by_class=True).fit(
        X[kept], y[kept]
    )
    assert np.isfinite(conformal.thresholds_).tolist() == [True, True, False]
    sets = conformal.predict_set(X)
    assert sets[:, 2].all() and not sets[:, :2].all(axis=1).all()
    # The threshold of a class is computed from its own samples.
    own = 1 - X[y == "fear", 0]
    assert conformal.thresholds_[0] == conformal_quantile(own, 0.6)


def test_scores_computed_by_hand():
    probabilities = np.array([[0.5, 0.125, 0.375], [0.25, 0.5, 0.25], [1.0, 0.0, 0.0]])
    assert_array_equal(
        threshold_scores(probabilities), [[0.5, 0.875, 0.625], [0.75, 0.5, 0.75], [0, 1, 1]]
    )
    # Equal probabilities are ordered by column.
    assert_array_equal(adaptive_scores(probabilities), [[0, 0.875, 0.5], [0.5, 0, 0.75], [0, 1, 1]])


def test_adaptive_scores_agree_with_their_definition():
    probabilities = np.random.default_rng(0).dirichlet([0.4] * 7, 200)
    expected = [[row[row > p].sum() for p in row] for row in probabilities]
    assert_allclose(adaptive_scores(probabilities), expected, atol=1e-14)


@METHODS
def test_sets_contain_the_most_likely_labels_and_grow_with_coverage(method):
    rng = np.random.default_rng(2)
    calibration, (X, _) = simulate(200, rng), simulate(500, rng)
    smaller = np.zeros((500, 3), dtype=bool)
    for coverage in (0.1, 0.5, 0.8, 0.95, 0.999):
        conformal = ConformalClassifier(PassThroughClassifier(), coverage=coverage, method=method)
        sets = conformal.fit(*calibration).predict_set(X)
        assert sets.dtype == bool and (sets >= smaller).all()
        # Sets contain the most likely labels; adaptive sets are not empty.
        assert (sets.sum(axis=1) >= (method == "adaptive")).all()
        least = np.where(sets, X, 1).min(axis=1)
        assert (least >= np.where(sets, 0, X).max(axis=1)).all()
        smaller = sets
    assert sets.all()


def test_threshold_sets_may_be_empty():
    X, y = np.repeat([[0.8, 0.1, 0.1]], 20, axis=0), ["fear"] * 20
    conformal = ConformalClassifier(PassThroughClassifier()).fit(X, y)
    assert not conformal.predict_set(np.array([[0.5, 0.3, 0.2]])).any()


@METHODS
@pytest.mark.parametrize("by_class", [False, True])
def test_thresholds_do_not_depend_on_the_order_of_samples_and_classes(method, by_class):
    rng = np.random.default_rng(3)
    X, y = simulate(120, rng)
    conformal = ConformalClassifier(
        PassThroughClassifier(), coverage=0.7, method=method, by_class=by_class
    )
    conformal.fit(X, y)
    order = rng.permutation(120)
    again = clone(conformal).fit(X[order], y[order])
    assert_array_equal(again.thresholds_, conformal.thresholds_)
    reordered = clone(conformal)
    reordered.estimator.classes_ = CLASSES[[2, 0, 1]]
    reordered.fit(X[:, [2, 0, 1]], y)
    assert_allclose(reordered.thresholds_, conformal.thresholds_[[2, 0, 1]], atol=1e-14)


def test_classifier_is_not_changed():
    rng = np.random.default_rng(4)
    X, y = rng.normal(size=(90, 4)), rng.integers(0, 3, 90)
    model = LogisticRegression().fit(pd.DataFrame(X, columns=list("abcd")), y)
    before = joblib.hash(model)
    X = pd.DataFrame(X, columns=list("abcd"))
    conformal = ConformalClassifier(model).fit(X, pd.Series(y))
    assert conformal.estimator is model and joblib.hash(model) == before
    assert_array_equal(conformal.predict(X), model.predict(X))
    assert_array_equal(conformal.predict_proba(X), model.predict_proba(X))
    assert_array_equal(conformal.classes_, model.classes_)
    assert conformal.score(X, y) == model.score(X, y)
    assert conformal.n_features_in_ == 4 and conformal.feature_names_in_.tolist() == list("abcd")


def test_frozen_classifier_can_be_cloned():
    X, y = np.random.default_rng(5).normal(size=(60, 2)), np.arange(60) % 3
    model = LogisticRegression().fit(X, y)
    with pytest.raises(NotFittedError):
        clone(ConformalClassifier(model)).fit(X, y)
    frozen = ConformalClassifier(FrozenEstimator(model))
    thresholds = ConformalClassifier(model).fit(X, y).thresholds_
    assert_array_equal(clone(frozen).fit(X, y).thresholds_, thresholds)


@pytest.mark.parametrize("freeze", [False, True])
def test_pipeline_of_images_is_wrapped_and_saved(freeze, tmp_path):
    faces = make_faces(140, random_state=0)
    model = make_pipeline(DiscreteCosine(20), LinearDiscriminantAnalysis())
    model.fit(faces.images[:70], faces.labels[:70])
    conformal = ConformalClassifier(FrozenEstimator(model) if freeze else model, by_class=True)
    conformal.set_params(coverage=0.7).fit(faces.images[70:], faces.labels[70:])
    save(conformal, tmp_path / "model.fer")
    sets = load(tmp_path / "model.fer").predict_set(faces.images)
    assert sets.shape == (140, 7)
    assert_array_equal(sets, conformal.predict_set(faces.images))
    assert_array_equal(sets, conformal.sets(conformal.predict_proba(faces.images)))


def test_invalid_use_is_reported():
    X, y = simulate(30, np.random.default_rng(0))
    with pytest.raises(NotFittedError, match="LogisticRegression instance is not fitted"):
        ConformalClassifier(LogisticRegression()).fit(X, y)
    with pytest.raises(NotFittedError, match="ConformalClassifier instance is not fitted"):
        ConformalClassifier(PassThroughClassifier()).predict_set(X)
    with pytest.raises(
        ValueError, match=r"classes of the classifier, \['fear', 'happy', 'sad'\]; got \['angry'\]"
    ):
        ConformalClassifier(PassThroughClassifier()).fit(X, [*y[:-1], "angry"])
    with pytest.raises(ValueError, match="classes of the classifier"):
        ConformalClassifier(PassThroughClassifier()).fit(X, np.arange(30))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        ConformalClassifier(PassThroughClassifier()).fit(X, y[1:])


@pytest.mark.parametrize(
    "parameters",
    [
        {"coverage": 0.0},
        {"coverage": 1.0},
        {"coverage": 90},
        {"method": "raps"},
        {"by_class": "yes"},
        {"estimator": DiscreteCosine()},
    ],
)
def test_invalid_parameters_are_reported(parameters):
    conformal = ConformalClassifier(PassThroughClassifier()).set_params(**parameters)
    with pytest.raises(ValueError, match=f"'{next(iter(parameters))}' parameter"):
        conformal.fit(*simulate(30, np.random.default_rng(0)))
