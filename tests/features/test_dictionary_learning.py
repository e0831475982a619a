import numpy as np
import pytest

from fertools.features._dictionary_learning import spherical_kmeans, unit_rows, whitening, word_sums

MIRROR = np.array([4, 3, 2, 1, 0])


@pytest.fixture(scope="module")
def X():
    rng = np.random.default_rng(0)
    return (rng.normal(size=(3000, 5)) @ rng.normal(size=(5, 5)) + 3).astype(np.float32)


@pytest.mark.parametrize("n_dimensions", [None, 5, 2])
def test_whitened_data_is_uncorrelated(X, n_dimensions):
    mean, matrix = whitening(X, 0.0, n_dimensions)
    white = (X - mean) @ matrix
    expected = np.eye(n_dimensions or 5)
    np.testing.assert_allclose(white.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(white.T @ white / len(X), expected, atol=1e-4)


def test_zca_matrix_is_symmetric_and_positive_definite(X):
    _, matrix = whitening(X, 0.0)
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-6)
    assert np.linalg.eigvalsh(matrix).min() > 0


def test_regularization_adds_a_fraction_of_the_mean_variance(X):
    values = np.linalg.eigvalsh(np.cov(X.T.astype(np.float64), bias=True))
    _, matrix = whitening(X, 0.3)
    expected = np.sort(1 / np.sqrt(values + 0.3 * values.mean()))
    np.testing.assert_allclose(np.linalg.eigvalsh(matrix), expected, rtol=1e-4)


def test_directions_without_variance_are_mapped_to_zero(X):
    flat = X - X.mean(axis=1, keepdims=True)
    mean, matrix = whitening(flat, 0.0)
    white = (flat - mean) @ matrix
    np.testing.assert_allclose(white.sum(axis=1), 0, atol=1e-3)
    expected = np.eye(5) - 0.2
    np.testing.assert_allclose(white.T @ white / len(flat), expected, atol=1e-4)
    assert not whitening(np.ones((9, 5), dtype=np.float32), 0.1)[1].any()


def objective(X, words):
    return (X @ words.T).max(axis=1).sum(dtype=np.float64)


@pytest.mark.parametrize("mirror", [None, MIRROR])
def test_objective_does_not_decrease(X, mirror):
    def after(n_iter):
        return spherical_kmeans(X, 8, max_iter=n_iter, random_state=0, mirror=mirror)

    fits = [objective(X, after(n_iter)) for n_iter in range(12)]
    assert np.diff(fits).min() >= -1e-6 * fits[-1]
    assert fits[-1] > fits[0]
    np.testing.assert_allclose(np.linalg.norm(after(12), axis=1), 1, rtol=1e-5)


def test_kmeans_recovers_directions():
    rng = np.random.default_rng(1)
    axes = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    scales = rng.uniform(1, 2, (600, 1))
    X = scales * np.repeat(axes, 100, axis=0) + 0.02 * rng.normal(size=(600, 6))
    # Initial words may share a direction, so the best of several initializations is used.
    words = [spherical_kmeans(X, 6, random_state=seed) for seed in range(20)]
    best = max(words, key=lambda of: objective(X, of))
    np.testing.assert_allclose((axes @ best.T).max(axis=1), 1, atol=1e-3)


def test_words_without_samples_are_reinitialized():
    X = np.array([[1.0, 0.1]] * 80 + [[-1.0, 0.0]] * 20, dtype=np.float32)
    for seed in range(20):
        # If both words are equal, one has no samples until it restarts from another direction.
        words = spherical_kmeans(X, 2, max_iter=100, random_state=seed)
        assert objective(X, words) == pytest.approx(80 * np.hypot(1, 0.1) + 20, rel=1e-4)


def test_word_sums_and_counts(X):
    words = unit_rows(X[:7])
    sums, counts = word_sums(X, words)
    nearest = (X @ words.T).argmax(axis=1)
    np.testing.assert_array_equal(counts, np.bincount(nearest, minlength=7))
    for k in range(7):
        np.testing.assert_allclose(sums[k], X[nearest == k].sum(axis=0), rtol=1e-3)


def test_second_half_of_the_words_mirrors_the_first(X):
    words = spherical_kmeans(X, 8, random_state=0, mirror=MIRROR)
    assert words.shape == (16, 5)
    np.testing.assert_array_equal(words[8:], words[:8, MIRROR])


def test_results_are_reproducible(X):
    first, second = (spherical_kmeans(X, 8, random_state=3) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, spherical_kmeans(X, 8, random_state=4))
