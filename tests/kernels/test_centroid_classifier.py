import numpy as np
import pytest
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

from fertools.kernels import CentroidKernelClassifier, CentroidNystroem, MultiKernel, kernel_matrix
from fertools.kernels._kernel_functions import RowKernel


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 300)
    angle = 2 * np.pi * rng.random(300)
    X = np.column_stack([np.cos(angle), np.sin(angle)]) * (y + 1)[:, None]
    return X + rng.normal(scale=0.15, size=X.shape), np.array(["inner", "middle", "outer"])[y]


def test_is_the_nystroem_map_and_logistic_regression(data):
    X, y = data
    machine = CentroidKernelClassifier(20, C=3.0, random_state=0).fit(X, y)
    nystroem = CentroidNystroem(20, random_state=0).fit(X)
    logistic = LogisticRegression(C=3.0, max_iter=300).fit(nystroem.transform(X), y)
    np.testing.assert_allclose(
        machine.predict_proba(X), logistic.predict_proba(nystroem.transform(X)), atol=1e-4
    )
    np.testing.assert_array_equal(machine.components_, nystroem.components_)


def test_probabilities_by_the_formula(data):
    X, y = data
    machine = CentroidKernelClassifier(20, gamma=0.7, random_state=0).fit(X, y)
    K = kernel_matrix(X, machine.components_, gamma=0.7)
    logits = K @ machine.coef_.T + machine.intercept_
    np.testing.assert_allclose(machine.predict_proba(X), softmax(logits, axis=1), atol=1e-6)
    np.testing.assert_allclose(machine.decision_function(X), logits, atol=1e-6)


def test_separates_rings_that_no_line_separates(data):
    X, y = data
    assert LogisticRegression().fit(X, y).score(X, y) < 0.6
    assert CentroidKernelClassifier(40, C=10, random_state=0).fit(X, y).score(X, y) > 0.9


def test_holds_no_training_row(data):
    X, y = data
    machine = CentroidKernelClassifier(60, min_members=3, random_state=0).fit(X, y)
    assert machine.n_members_.min() >= 3
    distances = np.linalg.norm(machine.components_[:, None] - X, axis=2)
    assert distances.min() > 0


def test_two_classes(data):
    X, y = data
    two = y != "middle"
    machine = CentroidKernelClassifier(15, random_state=0).fit(X[two], y[two])
    assert machine.decision_function(X).shape == (300,)
    np.testing.assert_allclose(machine.predict_proba(X).sum(axis=1), 1)
    assert machine.score(X[two], y[two]) > 0.95


def test_a_name_stands_for_a_kernel(data):
    X, y = data
    by_name, by_object = (
        CentroidKernelClassifier(20, random_state=0, **given).fit(X, y).predict_proba(X)
        for given in ({"gamma": 0.7}, {"kernel": RowKernel(gamma=0.7)})
    )
    np.testing.assert_array_equal(by_name, by_object)


def test_one_group_is_the_kernel_of_all_features(data):
    X, y = data
    multi = CentroidKernelClassifier(20, kernel=MultiKernel(gamma=2.0), random_state=0).fit(X, y)
    gamma = multi.kernel_.gammas_["all"]
    plain = CentroidKernelClassifier(20, gamma=gamma, random_state=0).fit(X, y)
    np.testing.assert_allclose(multi.predict_proba(X), plain.predict_proba(X), atol=1e-4)


def test_a_row_and_its_mirror_image_get_one_answer(data):
    X, y = data
    kernel = MultiKernel(gamma=2.0, mirrored=np.array([False, True]))
    machine = CentroidKernelClassifier(40, kernel=kernel, C=10, random_state=0)
    upper = X[:, 1] > 0
    # It sees one half of the rings, and knows the other.
    machine.fit(X[upper], y[upper])
    np.testing.assert_allclose(machine.predict_proba(X), machine.predict_proba(X * [1, -1]))
    assert machine.score(X[~upper], y[~upper]) > 0.9


def test_threads_change_nothing(data):
    X, y = (np.concatenate([part] * 4) for part in data)
    one, two = (
        CentroidKernelClassifier(20, random_state=0, n_jobs=n).fit(X, y).decision_function(X)
        for n in (None, 2)
    )
    np.testing.assert_array_equal(one, two)


def test_single_precision_rows_give_logistic_regression_single_precision(data, monkeypatch):
    X, y = data
    seen, fit = [], LogisticRegression.fit

    def watched(self, X, y):
        seen.append(X.dtype)
        return fit(self, X, y)

    monkeypatch.setattr(LogisticRegression, "fit", watched)
    CentroidKernelClassifier(20, random_state=0).fit(X.astype(np.float32), y)
    assert seen == [np.float32]
