"""Damaged and forged model files."""

import numpy as np
import pytest
from kernel_groups import GROUPS, WEIGHTS, draw
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics.pairwise import additive_chi2_kernel, euclidean_distances
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC

from fertools.datasets import make_faces
from fertools.features import (
    GaborEnergy,
    LocalBinaryPatterns,
    WithMirror,
)
from fertools.kernels import GramSVC, MultiKernel
from fertools.kernels._kernel_functions import (
    _TILE,
    BLOCK,
    kernel_matrix,
)
from fertools.persistence import load, save

PARTS = {"hog": slice(0, 9), "lbp": slice(9, 14), "dct": slice(14, 17)}


def measured(kernel, X, Y):
    """Return the distances or values of a kernel by definition."""
    return {
        "rbf": lambda: euclidean_distances(X, Y, squared=True),
        "chi2": lambda: -additive_chi2_kernel(X, Y),
        "linear": lambda: X @ Y.T,
        "intersection": lambda: np.minimum(X[:, None], Y[None]).sum(axis=2),
    }[kernel]()


def expected(kernel, X, Y, gamma=1.0):
    """Return the kernel of one group, scaled by its mean over the samples `X`."""
    if kernel in ("rbf", "chi2"):
        return np.exp(-gamma * measured(kernel, X, Y) / measured(kernel, X, X).mean())
    return gamma * measured(kernel, X, Y) / np.diag(measured(kernel, X, X)).mean()


@pytest.mark.parametrize("kernel", ["rbf", "chi2", "linear", "intersection"])
@pytest.mark.parametrize("dtype, accuracy", [(np.float64, 1e-12), (np.float32, 2e-6)])
def test_sum_equals_the_weighted_sum_of_group_kernels(kernel, dtype, accuracy):
    X, Y = draw()[0], draw(700, seed=1)[0]
    multi = MultiKernel(GROUPS, kernel=kernel, weights=WEIGHTS).fit(X.astype(dtype))
    K = multi.matrix(X.astype(dtype), Y.astype(dtype))
    assert K.dtype == dtype
    groups = [WEIGHTS[g] * expected(kernel, X[:, at], Y[:, at]) for g, at in PARTS.items()]
    assert_allclose(K, sum(groups), rtol=accuracy, atol=accuracy)


def test_product_equals_the_exponential_of_the_weighted_distances():
    X, Y = draw()[0], draw(90, seed=1)[0]
    kernels = {"hog": "rbf", "lbp": "chi2", "dct": "rbf"}
    gamma = {"hog": 2.0, "lbp": 0.5, "dct": 1.0}
    multi = MultiKernel(GROUPS, kernel=kernels, gamma=gamma, weights=WEIGHTS, combine="product")
    exponent = sum(
        WEIGHTS[g] * np.log(expected(kernels[g], X[:, at], Y[:, at], gamma[g]))
        for g, at in PARTS.items()
    )
    assert_allclose(multi.fit(X).matrix(X, Y), np.exp(exponent), rtol=1e-10)


def test_kernel_is_independent_of_scale_and_order_of_groups():
    X, _ = draw(150)
    K = MultiKernel(GROUPS).fit(X).matrix(X)
    assert_allclose(np.diag(K), 1)
    scaled = X * np.repeat([5.0, 0.1, 7.0], [9, 5, 3])
    assert_allclose(MultiKernel(GROUPS).fit(scaled).matrix(scaled), K, atol=1e-12)
    order = np.random.default_rng(0).permutation(17)
    scattered = MultiKernel(GROUPS[order]).fit(X[:, order])
    assert_allclose(scattered.matrix(X[:, order]), K, atol=1e-12)


def test_single_standardized_group_equals_gamma_scale():
    X, _ = draw()
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    assert_allclose(
        MultiKernel(gamma=2.0).fit(X).matrix(X), kernel_matrix(X, gamma=1 / X.size * len(X))
    )


def test_Y_defaults_to_X_over_many_tiles():
    X, _ = draw(1100)
    assert len(X) > 2 * BLOCK and len(X) > _TILE // BLOCK
    multi = MultiKernel(GROUPS).fit(X)
    K = multi.matrix(X)
    assert_allclose(K, multi.matrix(X, X.copy()), atol=1e-13)
    assert_allclose(K, K.T, atol=1e-15)
    assert_allclose(multi.matrix(X, X[:7], y_norms=multi.norms(X[:7])), K[:, :7], atol=1e-13)
    assert np.linalg.eigvalsh(K).min() > -1e-10


def test_group_with_weight_0_is_not_computed():
    X, _ = draw()
    multi = MultiKernel(GROUPS, weights={"hog": 1.0, "lbp": 0, "dct": 0}).fit(X)
    assert multi.norms(X).shape == (1, 1, 240)
    assert_allclose(multi.matrix(X), MultiKernel().fit(X[:, :9]).matrix(X[:, :9].copy()))


def test_samples_far_from_the_origin_are_converted_to_float64():
    X = draw()[0].astype(np.float32)
    far = X + np.float32(4096)
    multi = MultiKernel(GROUPS).fit(far)
    assert multi.convert(far).dtype == np.float64
    assert MultiKernel(GROUPS).fit(X).convert(X) is X


@pytest.mark.parametrize("combine", ["sum", "product"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_svm_equals_SVC_on_the_precomputed_kernel(combine, n_classes):
    X, y = draw()
    X, y = X[y < n_classes], y[y < n_classes]
    half = len(X) // 2
    multi = MultiKernel(GROUPS, weights=WEIGHTS, combine=combine)
    gram = GramSVC(C=5, kernel=multi, tol=1e-7).fit(X[:half], y[:half])
    multi.fit(X[:half])
    svc = SVC(C=5, kernel="precomputed", tol=1e-7).fit(multi.matrix(X[:half]), y[:half])
    K = multi.matrix(X[half:], X[:half].copy())
    assert_allclose(gram.decision_function(X[half:]), svc.decision_function(K), atol=1e-5)
    assert_array_equal(gram.predict(X[half:]), svc.predict(K))
    assert_array_equal(gram.support_, svc.support_)


def test_threads_do_not_change_the_classifier():
    X, y = draw(600)
    one, two = (GramSVC(kernel=MultiKernel(GROUPS), n_jobs=n).fit(X, y) for n in (1, 2))
    assert_allclose(one.decision_function(X), two.decision_function(X), atol=1e-9)


def test_grid_search_over_kernel_parameters():
    X, y = draw(120)
    weights = [{"hog": 1.0, "lbp": 0, "dct": 0}, {"hog": 0.4, "lbp": 0.3, "dct": 0.3}]
    grid = {"kernel__weights": weights, "kernel__gamma": [0.5, 1.0]}
    search = GridSearchCV(GramSVC(C=5, kernel=MultiKernel(GROUPS)), grid, cv=3).fit(X, y)
    assert search.best_params_["kernel__weights"] == weights[1]


@pytest.mark.parametrize("symmetry", [None, "halves"])
def test_saved_with_its_classifier(symmetry, tmp_path):
    X, y = draw(90)
    groups = GROUPS
    if symmetry:
        X, groups = np.hstack([X, X[:, ::-1]]), np.array(["a", "b"])[np.arange(17) % 2]
    gram = GramSVC(kernel=MultiKernel(groups, symmetry=symmetry)).fit(X, y)
    save(gram, tmp_path / "model.fer")
    loaded = load(tmp_path / "model.fer")
    assert_array_equal(loaded.decision_function(X), gram.decision_function(X))
    assert_array_equal(loaded.fit(X, y).decision_function(X), gram.decision_function(X))


@pytest.mark.parametrize("combine", ["sum", "product"])
def test_halves_average_over_images_and_mirror_images(combine):
    # The second half is no permutation of the first, so all four terms differ.
    X, Y = (np.hstack([draw(n, seed=n)[0], draw(n, seed=n + 1)[0]]) for n in (150, 60))
    multi = MultiKernel(GROUPS, combine=combine, symmetry="halves").fit(X)
    one_half = MultiKernel(GROUPS, combine=combine).fit(X[:, :17])
    sides = [(X[:, :17], X[:, 17:]), (Y[:, :17], Y[:, 17:])]
    terms = [one_half.matrix(x.copy(), y.copy()) for x in sides[0] for y in sides[1]]
    assert multi.n_terms_ == 4 and one_half.n_terms_ == 1
    assert_allclose(multi.matrix(X, Y), np.mean(terms, axis=0), atol=1e-12)
    assert np.linalg.eigvalsh(multi.matrix(X)).min() > -1e-10


def test_equivariant_features_need_two_terms():
    faces = make_faces(120, random_state=0)
    X = WithMirror(GaborEnergy()).fit_transform(faces.images)
    multi = MultiKernel(symmetry="halves").fit(X)
    assert multi.n_terms_ == 2
    K = multi.matrix(X)
    sides = [side.copy() for side in np.hsplit(X, 2)]
    one_half = MultiKernel().fit(sides[0])
    terms = [one_half.matrix(x, y.copy()) for x in sides for y in sides]
    assert_allclose(K, np.mean(terms, axis=0), atol=1e-5)
    swapped = np.hstack(sides[::-1])
    assert_allclose(multi.matrix(swapped, X), K, atol=1e-5)


def test_svm_equals_training_on_mirror_images_with_half_the_C():
    faces = make_faces(140, random_state=0)
    X = WithMirror(LocalBinaryPatterns(grid=(3, 3))).fit_transform(faces.images).astype(np.float64)
    sides = np.hsplit(X, 2)
    folded = MultiKernel(symmetry="halves")
    shared = {"tol": 1e-8, "decision_function_shape": "ovo"}
    gram = GramSVC(C=2, kernel=folded, **shared).fit(X, faces.labels)
    width = gram.kernel_.gammas_["all"]
    doubled = GramSVC(C=1, gamma=width, **shared)
    doubled.fit(np.vstack(sides), np.tile(faces.labels, 2))
    assert_allclose(
        gram.decision_function(X), doubled.decision_function(sides[0].copy()), atol=1e-5
    )


@pytest.mark.parametrize(
    "parameters, message",
    [
        ({"groups": ["a", "b"], "symmetry": np.ones(17, bool)}, "each of the 17 features; got"),
        ({"groups": ["a", "b"]}, r"each of the 17 features; got shape \(2,\)"),
        ({"weights": {"hog": 1.0}}, r"weights must name each of the groups .*got \['hog'\]"),
        ({"kernel": {"all": "rbf"}}, "kernel must name each of the groups"),
        ({"weights": dict.fromkeys(PARTS, 0)}, "weights must be at least 0 and not all 0"),
        ({"kernel": "linear", "combine": "product"}, "if combine='product'; got 'linear'"),
        ({"symmetry": "halves"}, "even number of features if symmetry='halves'.*n_features = 17"),
        ({"symmetry": True}, "'symmetry' parameter"),
        ({"kernel": "poly"}, "kernel"),
        ({"kernel": {**dict.fromkeys(PARTS, "rbf"), "hog": "gaussian"}}, "kernel must be one of"),
        ({"gamma": {**dict.fromkeys(PARTS, 1.0), "hog": -1.0}}, "gamma must be above 0 and finite"),
        ({"gamma": {**dict.fromkeys(PARTS, 1.0), "hog": "2"}}, "gamma must be above 0 and finite"),
    ],
)
def test_invalid_parameters_are_rejected(parameters, message):
    with pytest.raises(ValueError, match=message):
        MultiKernel(**{"groups": GROUPS, **parameters}).fit(draw()[0])


def test_kernels_of_histograms_reject_negative_values():
    X = draw()[0]
    X[3, 10] = -1
    kernels = {"hog": "rbf", "lbp": "intersection", "dct": "rbf"}
    with pytest.raises(ValueError, match="non-negative if kernel='intersection'"):
        MultiKernel(GROUPS, kernel=kernels).fit(X)
    MultiKernel(GROUPS).fit(X)


def test_kernel_of_constant_features_is_1():
    X = np.ones((20, 17))
    assert_array_equal(MultiKernel(GROUPS).fit(X).matrix(X), np.ones((20, 20)))
