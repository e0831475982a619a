import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.kernel_approximation import Nystroem
from sklearn.metrics.pairwise import rbf_kernel

from fertools.kernels import CentroidNystroem, MultiKernel
from fertools.kernels._centroid_nystroem import inverse_root
from fertools.kernels._kernel_functions import RowKernel


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(12, 6))
    return centers[rng.integers(0, 12, 600)] + 0.3 * rng.normal(size=(600, 6))


def error(features, K):
    features = features.astype(np.float64)
    return np.linalg.norm(features @ features.T - K) / np.linalg.norm(K)


def test_is_exact_where_the_landmarks_span_the_space(rows):
    features = CentroidNystroem(20, kernel="linear", random_state=0).fit_transform(rows)
    assert features.dtype == np.float32
    assert_allclose(features @ features.T, rows @ rows.T, atol=1e-4)


def test_the_error_falls_with_the_number_of_landmarks(rows):
    K = rbf_kernel(rows, gamma=0.5)
    errors = [
        error(CentroidNystroem(m, gamma=0.5, random_state=0).fit_transform(rows), K)
        for m in (5, 20, 80)
    ]
    assert errors[0] > 2 * errors[1] > 4 * errors[2]


def test_centers_approximate_better_than_rows(rows):
    K = rbf_kernel(rows, gamma=0.5)
    means = [
        np.mean([error(c(n_components=15, gamma=0.5, random_state=s).fit_transform(rows), K)
                 for s in range(5)])
        for c in (CentroidNystroem, Nystroem)
    ]  # fmt: skip
    assert means[0] < means[1]


def test_landmarks_are_averages_of_their_members(rows):
    nystroem = CentroidNystroem(1, random_state=0).fit(rows)
    assert_allclose(nystroem.components_, rows.mean(axis=0, keepdims=True))
    assert nystroem.n_members_.tolist() == [600]


def test_small_clusters_are_dropped(rows):
    # Three rows far from all others make a cluster of their own.
    X = np.vstack([rows, rows[:3] + 100])
    assert CentroidNystroem(30, min_members=1, random_state=0).fit(X).components_.max() > 90
    nystroem = CentroidNystroem(30, random_state=0).fit(X)
    assert nystroem.components_.max() < 10
    assert nystroem.n_members_.min() >= 5
    assert len(nystroem.components_) == len(nystroem.n_members_) < 30
    assert nystroem.transform(X).shape == (603, len(nystroem.components_))


def test_no_training_row_is_kept(rows):
    nystroem = CentroidNystroem(200, random_state=0).fit(rows)
    distance = np.linalg.norm(rows[:, None] - nystroem.components_, axis=2)
    assert distance.min() > 1e-3


def test_every_cluster_can_have_its_members():
    X = np.random.default_rng(0).random((23, 2))
    nystroem = CentroidNystroem(500, random_state=0).fit(X)
    assert len(nystroem.components_) <= 4


def test_fewer_rows_than_members_are_an_error():
    with pytest.raises(ValueError, match=r"at least min_members = 5 rows; got n_samples = 4\."):
        CentroidNystroem().fit(np.random.default_rng(0).random((4, 2)))


def test_two_runs_give_equal_bytes(rows):
    X = rows.astype(np.float32)
    first, second = (CentroidNystroem(40, random_state=7).fit(X) for _ in range(2))
    assert first.components_.dtype == np.float32
    assert_array_equal(first.components_, second.components_)
    assert_array_equal(first.transform(X), second.transform(X))


@pytest.mark.parametrize("kernel", ["chi2", "intersection"])
def test_histograms(kernel, rows):
    with pytest.raises(ValueError, match="no negative values"):
        CentroidNystroem(kernel=kernel).fit(rows)
    assert CentroidNystroem(30, kernel=kernel).fit_transform(np.abs(rows)).shape[0] == 600


def test_inverse_root_of_a_singular_matrix_spans_its_range():
    factor = np.random.default_rng(0).normal(size=(9, 4))
    root = inverse_root(factor @ factor.T)
    projector = root @ (factor @ factor.T) @ root
    assert_allclose(projector @ projector, projector, atol=1e-10)
    assert_allclose(np.trace(projector), 4)
    assert_allclose(root, root.T)


def test_a_name_stands_for_a_kernel(rows):
    kernel = RowKernel("poly", gamma=0.2, degree=2, coef0=1.0)
    named = {"kernel": "poly", "gamma": 0.2, "degree": 2, "coef0": 1.0}
    by_name, by_object = (
        CentroidNystroem(20, random_state=0, **given).fit_transform(rows)
        for given in (named, {"kernel": kernel})
    )
    assert_array_equal(by_name, by_object)
    assert not hasattr(kernel, "gamma_"), "a clone is fitted"


def test_one_group_is_the_kernel_of_all_features(rows):
    multi = CentroidNystroem(20, kernel=MultiKernel(gamma=2.0), random_state=0).fit(rows)
    gamma = multi.kernel_.gammas_["all"]
    plain = CentroidNystroem(20, gamma=gamma, random_state=0).fit(rows)
    assert_allclose(multi.transform(rows), plain.transform(rows), atol=1e-6)


def test_approximates_a_mirrored_kernel(rows):
    odd = np.arange(6) >= 3
    kernel = MultiKernel(mirrored=odd)
    nystroem = CentroidNystroem(80, kernel=kernel, random_state=0).fit(rows)
    features = nystroem.transform(rows)
    assert error(features, nystroem.kernel_.matrix(rows)) < 0.05
    assert_allclose(nystroem.transform(np.where(odd, -rows, rows)), features, atol=1e-5)


def test_transform_makes_no_second_matrix_of_rows_and_landmarks():
    X = np.random.default_rng(0).random((8000, 4), dtype=np.float32)
    nystroem = CentroidNystroem(400, min_members=1, gamma=50.0, random_state=0).fit(X)
    tracemalloc.start()
    features = nystroem.transform(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert features.dtype == np.float32
    assert peak < 1.6 * features.nbytes
