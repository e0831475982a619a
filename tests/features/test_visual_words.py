from itertools import product

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture

from fertools._utils.pixels import standardized
from fertools.datasets import make_faces
from fertools.features import VisualWords
from fertools.features._local_descriptors import patches, pooling_regions
from fertools.features._word_encoding import fisher_code, threshold_code, triangle_code, vlad_code

SETTINGS = [
    {},
    {"local": "sift", "size": 12, "step": 2, "grids": ((1, 1), (2, 2))},
    {"coding": "triangle", "size": 6, "step": 3},
    {"coding": "vlad", "n_words": 8, "step": 2, "grids": ((2, 3),)},
    {"coding": "fisher", "n_words": 4, "size": 6, "step": 2, "grids": ((1, 1), (2, 3))},
]
every_setting = pytest.mark.parametrize("settings", SETTINGS, ids=str)
GRIDS = ((1, 1), (2, 3))


def make(**settings):
    given = {"local": "patch", "size": 8, "step": 1, "n_samples": 4000, "random_state": 0}
    return VisualWords(**{"n_words": 24} | given | settings)


@pytest.fixture(scope="module")
def images():
    # Noise avoids constant and symmetric windows.
    noise = np.random.default_rng(0).integers(0, 40, (30, 24, 26))
    return (make_faces(30, size=26, random_state=0).images[:, 1:25] // 2 + noise).astype(np.uint8)


# --- Encodings, compared with formulas in double precision


@pytest.fixture(scope="module")
def case():
    """Return local descriptors, words, regions, and the weights of the windows of each cell."""
    rng = np.random.default_rng(0)
    # 7 x 10 windows; grids of 1 x 1 and 2 x 3 cells.
    local = rng.normal(size=(7 * 10, 5)).astype(np.float32)
    words = rng.normal(size=(6, 5)).astype(np.float32)
    words /= np.linalg.norm(words, axis=1, keepdims=True)
    regions = pooling_regions((10, 13), (4, 4), 1, GRIDS)
    # Row 3 and columns 3 and 6 of the windows are shared by cells.
    down = [np.ones(7)], [np.array([1, 1, 1, 0.5, 0, 0, 0]), np.array([0, 0, 0, 0.5, 1, 1, 1])]
    left = np.array([1, 1, 1, 1 / 3, 0, 0, 0, 0, 0, 0])
    middle = np.array([0, 0, 0, 2 / 3, 1, 1, 2 / 3, 0, 0, 0])
    across = [np.ones(10)], [left, middle, left[::-1]]
    cells = [np.outer(*pair).ravel() for pair in [*product(down[0], across[0])]]
    cells += [np.outer(*pair).ravel() for pair in [*product(down[1], across[1])]]
    return local, words, regions, np.array([cell / cell.sum() for cell in cells])


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_threshold_equals_the_formula(case):
    local, words, regions, cells = case
    products = local.astype(np.float64) @ words.T
    above, below = np.maximum(0, products - 0.5), np.maximum(0, -products - 0.5)
    expected = cells @ np.hstack([above, below])
    np.testing.assert_allclose(threshold_code(local, words, regions, 0.5), expected, atol=1e-6)


def test_triangle_equals_the_formula(case):
    local, words, regions, cells = case
    rows = unit(local.astype(np.float64))
    distances = np.linalg.norm(rows[:, None] - words, axis=2)
    expected = cells @ np.maximum(0, distances.mean(axis=1, keepdims=True) - distances)
    np.testing.assert_allclose(triangle_code(local, words, regions), expected, atol=1e-6)


def test_vlad_equals_the_formula(case):
    local, words, regions, cells = case
    rows = unit(local.astype(np.float64))
    expected = np.zeros((len(cells), *words.shape))
    for cell, code in zip(cells, expected, strict=True):
        for row, weight in zip(rows, cell, strict=True):
            k = np.linalg.norm(row - words, axis=1).argmin()
            code[k] += weight * (row - words[k])
    np.testing.assert_allclose(vlad_code(local, words, regions), expected, atol=1e-6)


def test_fisher_equals_the_formula(case):
    local, words, regions, cells = case
    variances = np.random.default_rng(1).uniform(0.5, 2, words.shape).astype(np.float32)
    weights = np.array([0.1, 0.3, 0.2, 0.1, 0.2, 0.1], dtype=np.float32)
    density = [
        weight * multivariate_normal(mean, np.diag(variance)).pdf(local)
        for weight, mean, variance in zip(weights, words, variances, strict=True)
    ]
    shares = np.transpose(density / np.sum(density, axis=0))
    offsets = (local[:, None] - words) / np.sqrt(variances)
    by_mean = np.einsum("ci,ik,ikd->ckd", cells, shares, offsets)
    by_deviation = np.einsum("ci,ik,ikd->ckd", cells, shares, offsets**2 - 1)
    by_mean /= np.sqrt(weights)[:, None]
    by_deviation /= np.sqrt(2 * weights)[:, None]
    code = fisher_code(local, words, regions, variances, weights)
    np.testing.assert_allclose(code, np.stack([by_mean, by_deviation], axis=1), atol=1e-5)


def test_fisher_is_the_gradient_of_the_likelihood(case):
    local, _, regions, _ = case
    mixture = GaussianMixture(6, covariance_type="diag", random_state=0, max_iter=300).fit(local)
    parameters = [mixture.means_, mixture.covariances_, mixture.weights_]
    code = fisher_code(local, parameters[0], regions, *parameters[1:])[0]
    # The gradient vanishes at the maximum of the likelihood.
    assert np.abs(code).max() < 0.05
    assert np.abs(fisher_code(local, parameters[0] + 0.5, regions, *parameters[1:])[0]).max() > 0.2


# --- The estimator


def test_features_equal_the_formula(images):
    words = make(grids=GRIDS, threshold=0.25).fit(images)
    pixels = standardized(images[:1])[0]
    local = patches(pixels, (8, 8), 1).astype(np.float64)
    products = (local - words.mean_) @ words.whitening_ @ words.components_.T
    regions = pooling_regions((24, 26), (8, 8), 1, GRIDS)
    both = np.hstack([np.maximum(0, products - 0.25), np.maximum(0, -products - 0.25)])
    sums = np.zeros((regions.weights.shape[1], both.shape[1]))
    np.add.at(sums, regions.labels, both)
    codes = np.sqrt(regions.weights @ sums)
    codes /= np.linalg.norm(codes, axis=1, keepdims=True)
    expected = np.vstack([part / np.sqrt(len(part)) for part in (codes[:1], codes[1:])])
    values = words.transform(images[:1]).reshape(expected.shape)
    np.testing.assert_allclose(values, expected, atol=1e-5)


@every_setting
def test_features_of_each_grid_have_unit_norm(settings, images):
    words = make(**settings).fit(images)
    values, descriptors = words.transform(images), words.groups_["descriptor"]
    assert len(set(descriptors)) == len(words.grids)
    for descriptor in set(descriptors):
        lengths = np.linalg.norm(values[:, descriptors == descriptor], axis=1)
        np.testing.assert_allclose(lengths, 1, rtol=1e-5)


@every_setting
def test_mirroring_permutes_features(settings, images):
    words = make(**settings).fit(images)
    assert sorted(words.mirror_) == list(range(len(words.mirror_)))
    values, mirrored = words.transform(images), words.transform(images[:, :, ::-1])
    np.testing.assert_allclose(mirrored, values[:, words.mirror_], atol=1e-4)
    assert np.abs(mirrored - values).max() > 0.01
    assert not hasattr(make(**settings, mirrored=False).fit(images), "mirror_")


@every_setting
def test_results_are_reproducible(settings, images):
    words = make(**settings).fit(images)
    again = make(**settings).fit(images)
    np.testing.assert_array_equal(words.components_, again.components_)
    np.testing.assert_array_equal(words.transform(images), again.transform(images))
    other = make(**settings, n_jobs=2).set_params(random_state=1).fit(images)
    assert not np.array_equal(words.components_, other.components_)


@every_setting
def test_features_do_not_depend_on_the_batch(settings, images):
    words = make(**settings).fit(images)
    expected = words.transform(images)
    alone = np.vstack([words.transform(image[None]) for image in images])
    np.testing.assert_array_equal(alone, expected)
    many = words.set_params(n_jobs=2).transform(np.concatenate([images] * 4))
    np.testing.assert_array_equal(many, np.tile(expected, (4, 1)))


@every_setting
def test_features_are_invariant_to_illumination(settings, images):
    dark = images // 4
    words = make(**settings).fit(dark)
    expected = words.transform(dark)
    for brighter in (3 * dark + 30, dark / 255 * 0.3 + 0.5):
        np.testing.assert_allclose(words.transform(brighter), expected, atol=1e-3)


@pytest.mark.parametrize("coding", ["threshold", "triangle", "vlad"])
def test_pattern_changes_only_its_cell(coding):
    noise = np.random.default_rng(0).normal(size=(40, 48, 48))
    words = make(coding=coding, size=4, grids=((3, 3),)).fit(noise)
    image = np.zeros((1, 48, 48))
    image[0, 20:28, 36:44] = noise[0, :8, :8]
    # Before normalization, which depends on all cells.
    local = patches(standardized(image)[0], (4, 4), 1)
    codes = words._code((local - words.mean_) @ words.whitening_, words._regions())
    empty = words._code((np.zeros_like(local) - words.mean_) @ words.whitening_, words._regions())
    changed = np.abs(codes - empty).reshape(9, -1).max(axis=1)
    np.testing.assert_array_equal(changed > 1e-3, np.arange(9) == 5)


def test_constant_images_have_finite_features(images):
    flat = np.full((2, 24, 26), 7, dtype=np.uint8)
    for settings in SETTINGS:
        assert np.isfinite(make(**settings).fit(images).transform(flat)).all()
        assert np.isfinite(make(**settings | {"coding": "threshold"}).fit_transform(flat)).all()


def test_windows_are_limited_to_the_image():
    images = np.random.default_rng(0).random((5, 3, 6))
    words = make(size=8, grids=((1, 2),)).fit(images)
    assert words.whitening_.shape == (18, 18)
    # The number of pairs of words is limited by the number of patches.
    assert words.transform(images).shape == (5, 2 * 2 * 10)


def test_sample_includes_all_images(images):
    words = make(n_samples=600, size=6, step=3).fit(images)
    sample = words._sample(images, np.random.RandomState(0))
    assert sample.shape == (600, 36)
    per_image = [patches(image, (6, 6), 3) for image in standardized(images)]
    members = [
        (np.abs(sample[:, None] - rows).max(axis=2) < 1e-6).any(axis=1) for rows in per_image
    ]
    assert np.sum(members) == 600 and np.sum(members, axis=1).min() > 0
    words.set_params(n_samples=10**9)
    everything = words._sample(images, np.random.RandomState(0))
    np.testing.assert_array_equal(everything, np.vstack(per_image))


def test_whitening_reduces_dimensions(images):
    words = make(local="sift", n_dimensions=10, mirrored=False, coding="fisher", n_words=3)
    words.set_params(grids=((1, 1),), step=4).fit(images)
    assert words.components_.shape == (3, 10) and words.whitening_.shape == (128, 10)
    assert words.transform(images).shape == (30, 2 * 3 * 10)


def test_feature_names_and_boxes(images):
    words = make(grids=((1, 1), (2, 3)), n_words=4).fit(images)
    names = words.get_feature_names_out()
    assert len(set(names)) == len(names) == 7 * 2 * 4
    assert (names[0], names[-1]) == ("words_p8_1x1_y0x0_k0_pos", "words_p8_2x3_y1x2_k3_neg")
    assert words.groups_[-1]["descriptor"] == "words_p8_2x3"
    np.testing.assert_allclose(words.groups_[-1].tolist()[1:], (1 / 2, 2 / 3, 1, 1), atol=1e-6)
    for coding, last in [("triangle", "k3"), ("vlad", "k3_d63"), ("fisher", "k3_deviation63")]:
        words.set_params(coding=coding).fit(images)
        assert words.get_feature_names_out()[-1] == f"words_p8_2x3_y1x2_{last}"
    sift = make(local="sift", size=12, step=4).fit(images)
    assert sift.get_feature_names_out()[0] == "words_s12_4x4_y0x0_k0_pos"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_words": 1}, "'n_words' parameter"),
        ({"n_words": 5}, "n_words must be even if mirrored=True; got 5"),
        ({"local": "surf"}, "'local' parameter"),
        ({"size": 1}, "'size' parameter"),
        ({"step": 0}, "'step' parameter"),
        ({"coding": "hard"}, "'coding' parameter"),
        ({"threshold": -1}, "'threshold' parameter"),
        ({"regularization": -1}, "'regularization' parameter"),
        ({"grids": ()}, "grids must contain at least one"),
        ({"grids": ((4, 0),)}, "grids must be two integers of at least 1"),
        ({"n_dimensions": 9}, "n_dimensions must be None if mirrored=True; got 9"),
        ({"n_dimensions": 129, "mirrored": False}, "n_dimensions must be at most 128, the length"),
    ],
)
def test_invalid_parameters_raise(images, parameters, message):
    with pytest.raises(ValueError, match=message):
        VisualWords(**parameters).fit(images)
