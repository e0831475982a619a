import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.ensemble import BaggingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics.pairwise import chi2_kernel
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC

from fertools.kernels import GramSVC
from fertools.kernels._kernel_functions import kernel_matrix
from fertools.kernels._pair_probabilities import affordable_jobs, pair_votes

# Callable kernels for SVC, which libsvm does not have.
CALLABLES = {
    "chi2": lambda X, Y: chi2_kernel(X, Y, gamma=0.5),
    "intersection": lambda X, Y: np.minimum(X[:, None], Y[None]).sum(axis=2),
}


def draw(n_samples, n_classes, n_features=12, seed=0, spread=0.6):
    """Draw overlapping classes of unequal sizes, shuffled; values are not negative."""
    rng = np.random.default_rng(seed)
    shares = np.arange(1, n_classes + 1) / np.arange(1, n_classes + 1).sum()
    y = rng.choice(n_classes, n_samples, p=shares)
    y[:n_classes] = np.arange(n_classes)
    centers = rng.random((n_classes, n_features))
    return np.abs(centers[y] + spread * rng.normal(size=(n_samples, n_features))), y


@pytest.mark.parametrize("kernel", ["linear", "rbf", "poly", "chi2", "intersection"])
@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_equals_SVC(kernel, n_classes, class_weight):
    X, y = draw(240, n_classes)
    gamma = 0.5 if kernel == "chi2" else "scale"
    shared = {"C": 3, "gamma": gamma, "degree": 2, "coef0": 0.5, "tol": 1e-7}
    shared["class_weight"] = class_weight
    svc = SVC(kernel=CALLABLES.get(kernel, kernel), decision_function_shape="ovo", **shared)
    svc.fit(X[:160], y[:160])
    gram = GramSVC(kernel=kernel, decision_function_shape="ovo", **shared).fit(X[:160], y[:160])
    assert_allclose(gram.decision_function(X[160:]), svc.decision_function(X[160:]), atol=1e-5)
    assert_array_equal(gram.predict(X[160:]), svc.predict(X[160:]))
    assert_allclose(gram.intercept_, svc.intercept_, atol=1e-5)
    assert_allclose(gram.class_weight_, svc.class_weight_)
    assert_array_equal(gram.support_, svc.support_)
    assert_array_equal(gram.n_support_, svc.n_support_)
    assert gram.n_iter_.shape == svc.n_iter_.shape
    gram.set_params(decision_function_shape="ovr")
    svc.set_params(decision_function_shape="ovr")
    assert_allclose(gram.decision_function(X[160:]), svc.decision_function(X[160:]), atol=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_predictions_equal_those_of_SVC_beyond_the_tolerance(seed):
    X, y = draw(900, 7, 60, seed, spread=1.5)
    X = X.astype(np.float32)
    svc = SVC(C=2).fit(X[:500], y[:500])
    gram = GramSVC(C=2).fit(X[:500], y[:500])
    best = np.sort(svc.decision_function(X[500:]), axis=1)
    clear = best[:, -1] - best[:, -2] > 1e-3
    assert clear.mean() > 0.95
    assert_array_equal(gram.predict(X[500:])[clear], svc.predict(X[500:])[clear])
    assert gram.support_vectors_.dtype == np.float32


def test_margin_of_two_points_equals_the_closed_form():
    # w = 1 and b = -1 place 0 and 2 on the margins; both dual coefficients are 1 / 2.
    gram = GramSVC(kernel="linear", C=10).fit([[0.0], [2.0]], ["left", "right"])
    assert_allclose(gram.decision_function([[0], [1], [2], [5]]), [-1, 0, 1, 4], atol=1e-12)
    assert_allclose(gram.dual_coef_pairs_.ravel(), [-0.5, 0.5])
    assert gram.predict([[0.5], [1.0], [1.5]]).tolist() == ["left", "right", "right"]


def test_decisions_equal_the_kernel_expansion():
    X, y = draw(120, 3)
    gram = GramSVC(decision_function_shape="ovo").fit(X, y)
    assert_array_equal(gram.support_vectors_, X[gram.support_])
    K = kernel_matrix(X, gram.support_vectors_, gamma=1 / (X.shape[1] * X.var()))
    expected = K @ gram.dual_coef_pairs_ + gram.intercept_
    assert_allclose(gram.decision_function(X), expected, atol=1e-12)
    assert_allclose(gram.dual_coef_pairs_.sum(axis=0), 0, atol=1e-9)
    assert np.abs(gram.dual_coef_pairs_).max() <= 1


def test_votes_of_pairs():
    # Columns: (0, 1), (0, 2), (1, 2). Tied votes give the lowest class; 0 is a vote for the second.
    decisions = np.array([[1, -1, 1], [1, 1, -1], [-1, -1, 1], [-1, -1, -1], [0, 0, 0]])
    assert pair_votes(decisions, 3).tolist() == [0, 0, 1, 2, 2]


def test_break_ties_predicts_the_largest_decision_value():
    X, y = draw(400, 5, 2, spread=1.0)
    shared = {"break_ties": True, "tol": 1e-6, "class_weight": "balanced"}
    svc = SVC(**shared).fit(X[:200], y[:200])
    gram = GramSVC(**shared).fit(X[:200], y[:200])
    broken = gram.predict(X)
    assert_array_equal(broken, svc.predict(X))
    assert_array_equal(broken, gram.decision_function(X).argmax(axis=1))
    assert (gram.set_params(break_ties=False).predict(X) != broken).any()


def test_break_ties_requires_ovr():
    X, y = draw(30, 3)
    gram = GramSVC(break_ties=True, decision_function_shape="ovo").fit(X, y)
    with pytest.raises(ValueError, match="break_ties must be False"):
        gram.predict(X)


def test_labels_may_be_strings():
    X, y = draw(90, 3)
    names = np.array(["sad", "angry", "happy"])
    gram = GramSVC().fit(X, names[y])
    assert gram.classes_.tolist() == ["angry", "happy", "sad"]
    assert_array_equal(gram.predict(X), SVC().fit(X, names[y]).predict(X))


def test_class_weight_increases_predictions_of_its_class():
    X, y = draw(200, 3, spread=1.5)
    names = np.array(["a", "b", "c"])[y]
    weighted = GramSVC(class_weight={"a": 20}).fit(X, names)
    assert weighted.class_weight_.tolist() == [20, 1, 1]
    assert (weighted.predict(X) == "a").sum() > (GramSVC().fit(X, names).predict(X) == "a").sum()


@pytest.mark.parametrize("n_classes", [2, 3])
def test_integer_weights_equal_repeated_samples(n_classes):
    X, y = draw(80, n_classes)
    weights = np.random.default_rng(0).integers(0, 3, 80)
    model = GramSVC(gamma=0.3, tol=1e-9)
    weighted = model.fit(X, y, sample_weight=weights)
    assert (weights[weighted.support_] > 0).all()
    decisions = weighted.decision_function(X)
    repeated = np.repeat(np.arange(80), weights)
    assert_allclose(model.fit(X[repeated], y[repeated]).decision_function(X), decisions, atol=1e-6)
    assert abs(model.fit(X, y).decision_function(X) - decisions).max() > 1e-2


def test_weights_equal_those_of_SVC():
    X, y = draw(80, 3)
    weights = np.random.default_rng(0).random(80) + 0.1
    gram = GramSVC(tol=1e-7).fit(X, y, sample_weight=weights)
    svc = SVC(tol=1e-7).fit(X, y, sample_weight=weights)
    assert_allclose(gram.decision_function(X), svc.decision_function(X), atol=1e-5)


@pytest.mark.parametrize("weight", [0.0, -1.0])
@pytest.mark.parametrize("without", [[0], [1], [3], [0, 2]])
@pytest.mark.parametrize("probability", [False, True])
def test_class_with_zero_weight_is_never_predicted(weight, without, probability):
    X, y = draw(120, 4)
    kept = ~np.isin(y, without)
    # gamma='scale' would depend on the samples without weight.
    gram = GramSVC(gamma=0.3, probability=probability)
    gram.fit(X, y, sample_weight=np.where(kept, 1.0, weight))
    assert gram.classes_.tolist() == [0, 1, 2, 3]
    assert gram.decision_function(X).shape == (120, 4)
    other = GramSVC(gamma=0.3, probability=probability).fit(X[kept], y[kept])
    assert_array_equal(gram.predict(X), other.predict(X))
    if probability:
        expected = np.zeros((120, 4))
        expected[:, other.classes_] = other.predict_proba(X)
        assert_allclose(gram.predict_proba(X), expected, atol=1e-12)
    else:
        best = gram.set_params(break_ties=True).predict(X)
        assert_array_equal(best, other.set_params(break_ties=True).predict(X))
    gram.set_params(decision_function_shape="ovo", break_ties=False)
    assert gram.decision_function(X).shape == (120, 6)


@pytest.mark.parametrize(
    ("n_classes", "weights"),
    [(3, lambda y: -np.ones(len(y))), (3, lambda y: y == 1), (2, lambda y: np.where(y, 1, -1))],
)
def test_positive_weights_for_fewer_than_two_classes_are_an_error(n_classes, weights):
    X, y = draw(30, n_classes)
    with pytest.raises(ValueError, match=r"sample_weight must be positive .* at least two classes"):
        GramSVC().fit(X, y, sample_weight=weights(y).astype(float))


@pytest.mark.parametrize("weight", [0, -1])
def test_class_weight_must_be_positive(weight):
    X, y = draw(30, 3)
    with pytest.raises(ValueError, match=r"class_weight must be positive; got \{1: "):
        GramSVC(class_weight={1: weight}).fit(X, y)


@pytest.mark.parametrize("probability", [False, True])
def test_bagging_with_a_class_of_a_single_sample(probability):
    X, y = draw(60, 3)
    y[y == 0] = 1
    y[0] = 0
    gram = GramSVC(probability=probability)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Calibrated probabilities need at least 2 samples")
        bagging = BaggingClassifier(gram, n_estimators=8, random_state=0).fit(X, y)
    drawn = [0 in sample for sample in bagging.estimators_samples_]
    assert 0 < sum(drawn) < len(drawn)
    assert bagging.score(X, y) > 0.8


def test_single_class_is_an_error():
    with pytest.raises(ValueError, match="greater than one; got 1 class"):
        GramSVC().fit(np.ones((3, 2)), ["happy"] * 3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_too_large_gram_matrix_is_an_error_that_suggests_nystroem(dtype):
    X, y = draw(60, 3)
    counts = np.sort(np.bincount(y))
    needed = np.dtype(dtype).itemsize * (counts**2).sum() + 8 * counts[1:].sum() ** 2
    with pytest.raises(ValueError, match=f"at least {needed:,}, .*kernel_approximation.Nystroem"):
        GramSVC(max_gram_bytes=int(needed) - 1).fit(X.astype(dtype), y)
    assert GramSVC(max_gram_bytes=int(needed)).fit(X.astype(dtype), y).score(X, y) > 0.8


def test_threads_share_max_gram_bytes():
    within, pair = 4 * (10**2 + 20**2 + 5**2), 8 * 30**2
    for room, jobs in [(pair, 1), (2 * pair - 1, 1), (2 * pair, 2), (9 * pair, 3)]:
        assert affordable_jobs([10, 20, 5], 4, within + room, 3) == jobs
        room *= 2
        assert affordable_jobs([10, 20, 5], 4, within + room, 3, probability=True) == jobs


def test_threads_do_not_change_the_classifier():
    X, y = draw(600, 4)
    one, two = GramSVC().fit(X, y), GramSVC(n_jobs=2).fit(X, y)
    assert_array_equal(one.support_, two.support_)
    assert_allclose(one.decision_function(X), two.decision_function(X), atol=1e-9)


def test_predictions_are_independent_of_the_batch():
    X, y = draw(700, 3, 30)
    X = X.astype(np.float32)
    gram = GramSVC().fit(X[:100], y[:100])
    batch = gram.decision_function(X)
    for row in (0, 511, 512, 699):
        assert_allclose(gram.decision_function(X[row : row + 1])[0], batch[row], atol=1e-5)


def test_float32_samples_far_from_the_origin_are_accurate():
    X, y = draw(200, 3)
    far = (X + 5000).astype(np.float32)
    svc = SVC(gamma=0.2).fit(far, y)
    gram = GramSVC(gamma=0.2).fit(far, y)
    assert_allclose(gram.decision_function(far), svc.decision_function(far), atol=2e-3)


def test_max_iter_warns_and_sets_fit_status():
    X, y = draw(100, 3)
    with pytest.warns(ConvergenceWarning, match="terminated early"):
        stopped = GramSVC(max_iter=2).fit(X, y)
    assert stopped.fit_status_ == 1
    assert stopped.n_iter_.tolist() == [2, 2, 2]
    assert GramSVC().fit(X, y).fit_status_ == 0


def test_grid_search():
    X, y = draw(90, 3)
    search = GridSearchCV(GramSVC(), {"C": [0.01, 10], "gamma": ["scale", 0.5]}, cv=3).fit(X, y)
    assert search.best_params_["C"] == 10
