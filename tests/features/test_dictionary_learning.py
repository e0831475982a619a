import numpy as np
import pytest

from fertools.features._dictionary_learning import spherical_kmeans, unit_rows, whitening, word_sums

MIRROR = np.array([4, 3, 2, 1, 0])


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    return (rng.normal(size=(3000, 5)) @ rng.normal(size=(5, 5)) + 3).astype(np.float32)


@pytest.mark.parametrize("n_dimensions", [None, 5, 2])
def test_whitened_rows_are_uncorrelated(rows, n_dimensions):
    mean, matrix = whitening(rows, 0.0, n_dimensions)
    white = (rows - mean) @ matrix
    expected = np.eye(n_dimensions or 5)
    np.testing.assert_allclose(white.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(white.T @ white / len(rows), expected, atol=1e-4)


def test_all_dimensions_are_whitened_with_the_least_change(rows):
    _, matrix = whitening(rows, 0.0)
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-6)
    assert np.linalg.eigvalsh(matrix).min() > 0


def test_regularization_dims_by_the_mean_variance(rows):
    values = np.linalg.eigvalsh(np.cov(rows.T.astype(np.float64), bias=True))
    _, matrix = whitening(rows, 0.3)
    expected = np.sort(1 / np.sqrt(values + 0.3 * values.mean()))
    np.testing.assert_allclose(np.linalg.eigvalsh(matrix), expected, rtol=1e-4)


def test_directions_without_variance_go_to_zero(rows):
    flat = rows - rows.mean(axis=1, keepdims=True)
    mean, matrix = whitening(flat, 0.0)
    white = (flat - mean) @ matrix
    np.testing.assert_allclose(white.sum(axis=1), 0, atol=1e-3)
    expected = np.eye(5) - 0.2
    np.testing.assert_allclose(white.T @ white / len(flat), expected, atol=1e-4)
    assert not whitening(np.ones((9, 5), dtype=np.float32), 0.1)[1].any()


def objective(rows, words):
    return (rows @ words.T).max(axis=1).sum(dtype=np.float64)


@pytest.mark.parametrize("mirror", [None, MIRROR])
def test_each_round_fits_better(rows, mirror):
    def after(n_rounds):
        return spherical_kmeans(rows, 8, max_iter=n_rounds, random_state=0, mirror=mirror)

    fits = [objective(rows, after(n_rounds)) for n_rounds in range(12)]
    assert np.diff(fits).min() >= -1e-6 * fits[-1]
    assert fits[-1] > fits[0]
    np.testing.assert_allclose(np.linalg.norm(after(12), axis=1), 1, rtol=1e-5)


def test_finds_the_directions_that_there_are():
    rng = np.random.default_rng(1)
    axes = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    scales = rng.uniform(1, 2, (600, 1))
    rows = scales * np.repeat(axes, 100, axis=0) + 0.02 * rng.normal(size=(600, 6))
    # Two first words may lie along one direction: of several starts one finds all.
    words = [spherical_kmeans(rows, 6, random_state=seed) for seed in range(20)]
    best = max(words, key=lambda of: objective(rows, of))
    np.testing.assert_allclose((axes @ best.T).max(axis=1), 1, atol=1e-3)


def test_a_word_without_rows_starts_again():
    rows = np.array([[1.0, 0.1]] * 80 + [[-1.0, 0.0]] * 20, dtype=np.float32)
    for seed in range(20):
        # Of two words alike one has no row, until it starts from one of those that lie apart.
        words = spherical_kmeans(rows, 2, max_iter=100, random_state=seed)
        assert objective(rows, words) == pytest.approx(80 * np.hypot(1, 0.1) + 20, rel=1e-4)


def test_sums_and_counts_of_the_nearest_word(rows):
    words = unit_rows(rows[:7])
    sums, counts = word_sums(rows, words)
    nearest = (rows @ words.T).argmax(axis=1)
    np.testing.assert_array_equal(counts, np.bincount(nearest, minlength=7))
    for k in range(7):
        np.testing.assert_allclose(sums[k], rows[nearest == k].sum(axis=0), rtol=1e-3)


def test_each_word_has_its_mirror_image(rows):
    words = spherical_kmeans(rows, 8, random_state=0, mirror=MIRROR)
    assert words.shape == (16, 5)
    np.testing.assert_array_equal(words[8:], words[:8, MIRROR])


def test_one_seed_gives_equal_bytes(rows):
    first, second = (spherical_kmeans(rows, 8, random_state=3) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, spherical_kmeans(rows, 8, random_state=4))
