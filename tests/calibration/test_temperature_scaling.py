import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier

from fertools.calibration import TemperatureScalingCV
from fertools.calibration._folds import class_folds
from fertools.calibration._temperature_scaling import folds_with_all_classes
from fertools.persistence import load, save

CLASSIFIERS = [
    LogisticRegression(),
    RandomForestClassifier(30, random_state=0),
    KNeighborsClassifier(10),
]


def draw(counts, seed=0):
    """Draw shuffled, overlapping classes with the given number of samples."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    centers = 2 * np.eye(len(counts), 8)
    return centers[y] + rng.normal(size=(len(y), 8)), np.array(["a", "b", "c", "d"])[y]


def test_folds_are_contiguous_blocks_per_class():
    folds = class_folds(np.array([0, 1, 0, 0, 1, 0, 0, 2]), n_folds=5)
    assert folds.tolist() == [0, 0, 1, 2, 2, 3, 4, -1]


@pytest.mark.parametrize("counts", [(12, 7, 2), (30, 1, 1), (1, 1), (1, 2)])
def test_each_training_set_has_every_class(counts):
    y = np.repeat(np.arange(len(counts)), counts)
    splits = folds_with_all_classes(y, np.ones(len(y), dtype=bool))
    assert all(set(y[train]) == set(y) for train, _ in splits)
    tested = np.concatenate([test for _, test in splits])
    assert sorted(tested) == list(range(len(y)))
    in_both = np.concatenate([np.intersect1d(train, test) for train, test in splits])
    assert_array_equal(np.sort(y[in_both]), np.flatnonzero(np.array(counts) == 1))


def test_training_sets_have_samples_with_weight_in_every_class():
    y = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    used = np.array([1, 1, 0, 0, 0, 0, 1, 1], dtype=bool)
    for train, _ in folds_with_all_classes(y, used):
        assert set(y[train][used[train]]) == {0, 1}


def test_agrees_with_scikit_learn_for_equal_folds():
    X, y = draw((40, 30, 20))
    theirs = CalibratedClassifierCV(LogisticRegression(), method="temperature", ensemble=False)
    expected = theirs.fit(X, y).predict_proba(X)
    ours = TemperatureScalingCV(LogisticRegression()).fit(X, y)
    assert_array_equal(ours.predict_proba(X), expected)
    assert_array_equal(ours.predict(X), theirs.predict(X))


@pytest.mark.parametrize("classifier", CLASSIFIERS, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("counts", [(40, 40, 40, 1), (40, 1), (40, 40, 1)])
def test_class_with_one_sample_is_reported_and_others_stay_calibrated(classifier, counts):
    X, y = draw(counts)
    X_test, y_test = draw((50,) * (len(counts) - 1), seed=1)
    with pytest.warns(UserWarning, match=rf"at least 2 samples per class; got 1 of '{max(y)}'"):
        model = TemperatureScalingCV(classifier).fit(X, y)
    probabilities = model.predict_proba(X_test)
    loss = log_loss(y_test, probabilities, labels=model.classes_)
    assert loss < 0.7 * np.log(len(counts))
    assert np.ptp(probabilities.max(axis=1)) > 0.05 or len(counts) == 2


def test_class_with_two_samples_is_cross_validated():
    X, y = draw((40, 40, 2))
    model = TemperatureScalingCV(LogisticRegression()).fit(X, y)
    assert log_loss(y, model.predict_proba(X)) < 0.5


def test_can_be_cloned_searched_and_saved(tmp_path):
    X, y = draw((40, 40, 40))
    search = GridSearchCV(
        TemperatureScalingCV(LogisticRegression()),
        {"estimator__C": [1e-4, 1]},
        scoring="neg_log_loss",
        cv=3,
    ).fit(X, y)
    assert search.best_params_ == {"estimator__C": 1}
    model = clone(search.best_estimator_).fit(X, y)
    save(model, tmp_path / "model.fer")
    loaded = load(tmp_path / "model.fer")
    assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    assert repr(loaded) == "TemperatureScalingCV(estimator=LogisticRegression(C=1))"


def test_sample_weights_are_passed_to_the_classifier():
    X, y = draw((40, 40))
    weights = np.where(y == "a", 10.0, 1.0)
    weighted = TemperatureScalingCV(LogisticRegression()).fit(X, y, sample_weight=weights)
    plain = TemperatureScalingCV(LogisticRegression()).fit(X, y)
    assert weighted.predict_proba(X)[:, 0].mean() > plain.predict_proba(X)[:, 0].mean() + 0.05
    ones = clone(plain).fit(X, y, sample_weight=np.ones(len(y)))
    assert_allclose(ones.predict_proba(X), plain.predict_proba(X), atol=1e-6)
