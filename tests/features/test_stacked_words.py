import numpy as np
import pytest

from fertools._utils.pixels import standardized
from fertools.datasets import make_faces
from fertools.features import PrincipalFeatures, StackedWords
from fertools.features._local_descriptors import patches
from fertools.features._response_maps import map_windows, pooled_map
from fertools.features._symmetric_axes import symmetric_axes, symmetric_basis

SETTINGS = [
    {},
    {"size": 5, "pool_size": 2, "grids": ((1, 1), (2, 3))},
    {"n_channels": None, "window": 2, "n_components": 9, "threshold": 0.25},
    {"n_channels": 7, "pool_step": 3, "pool_size": 1, "first_threshold": 1.0},
]
every_setting = pytest.mark.parametrize("settings", SETTINGS, ids=str)


def make(**settings):
    given = {"n_words": 12, "n_first_words": 8, "n_components": 20, "n_samples": 1500}
    return StackedWords(**given | {"grids": ((2, 2),), "random_state": 0} | settings)


@pytest.fixture(scope="module")
def images():
    # Noise avoids constant and symmetric windows.
    noise = np.random.default_rng(0).integers(0, 40, (30, 24, 26))
    return (make_faces(30, size=26, random_state=0).images[:, 1:25] // 2 + noise).astype(np.uint8)


# --- Parts


def test_pooled_map_equals_the_formula():
    responses = np.random.default_rng(0).normal(size=(9, 12, 3)).astype(np.float32)
    both = np.concatenate([responses, -responses], axis=2).astype(np.float64)
    codes = np.sqrt(np.maximum(0, both - 0.25))
    # The windows along each axis are centered: rows 0, 2, 4, 6, and columns 0, 2, 4, 6, 8.
    expected = np.array(
        [
            [codes[y : y + 3, x : x + 4].mean(axis=(0, 1)) for x in range(0, 9, 2)]
            for y in range(0, 7, 2)
        ]
    )
    expected /= np.linalg.norm(expected, axis=2, keepdims=True)
    np.testing.assert_allclose(pooled_map(responses, 0.25, (3, 4), 2), expected, atol=1e-6)


def test_windows_contain_all_channels_of_their_positions():
    values = np.arange(4 * 5 * 2).reshape(4, 5, 2)
    windows = map_windows(values, (3, 2))
    assert windows.shape == (2 * 4, 3 * 2 * 2)
    np.testing.assert_array_equal(windows[5], values[1:4, 1:3].ravel())


def test_axes_are_principal_and_even_or_odd():
    rng = np.random.default_rng(0)
    permutation, signs = np.array([1, 0, 2, 3, 5, 4]), np.array([1, 1, 1, -1, -1, -1])
    X = (rng.normal(size=(400, 6)) @ rng.normal(size=(6, 6)) + 1).astype(np.float32)
    mirrored = signs * X[:, permutation]
    mean, axes, variances, odd = symmetric_axes(X, permutation, signs, 6)
    both = np.vstack([X, mirrored]).astype(np.float64)
    np.testing.assert_allclose(mean, both.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(axes.T @ axes, np.eye(6), atol=1e-5)
    covariance = np.cov(both.T, bias=True)
    np.testing.assert_allclose(axes.T @ covariance @ axes, np.diag(variances), atol=1e-4)
    coordinates = (X - mean) @ axes
    np.testing.assert_allclose(
        (mirrored - mean) @ axes, np.where(odd, -coordinates, coordinates), atol=1e-4
    )
    assert odd.sum() == 3
    few = symmetric_axes(X, permutation, signs, 2)[2]
    np.testing.assert_allclose(sorted(few), np.sort(variances)[-2:], rtol=1e-6)


def test_bases_are_orthonormal():
    even, odd = symmetric_basis(np.array([2, 1, 0, 3]), np.array([1, 1, 1, -1]))
    both = np.hstack([even.toarray(), odd.toarray()])
    np.testing.assert_allclose(both.T @ both, np.eye(4), atol=1e-6)
    assert (even.shape, odd.shape) == ((4, 2), (4, 2))


# --- The estimator


def test_features_equal_the_formula(images):
    words = make(threshold=0.25, pool_size=3, n_channels=None).fit(images)
    first = words.first_
    local = patches(standardized(images[:1])[0], (6, 6), 1).astype(np.float64)
    responses = (local - first.mean_) @ first.whitening_ @ first.components_.T
    codes = np.sqrt(np.maximum(0, np.hstack([responses, -responses]) - 0.5)).reshape(19, 21, 16)
    pooled = np.array(
        [
            [codes[y : y + 3, x : x + 3].mean(axis=(0, 1)) for x in range(0, 19, 2)]
            for y in range(0, 17, 2)
        ]
    )
    pooled /= np.linalg.norm(pooled, axis=2, keepdims=True)
    channels = pooled @ words.channels_
    windows = np.array([channels[y : y + 3, x : x + 3].ravel() for y in range(7) for x in range(8)])
    responses = (windows - words.mean_) @ words.whitening_ @ words.components_.T
    codes = np.maximum(0, np.hstack([responses, -responses]) - 0.25).reshape(7, 8, 24)
    # The middle one of 7 rows is shared by two rows of cells.
    down = np.array([[1, 1, 1, 0.5, 0, 0, 0], [0, 0, 0, 0.5, 1, 1, 1]])
    across = np.repeat(np.eye(2), 4, axis=1)
    cells = np.sqrt(np.einsum("iy,jx,yxk->ijk", down, across, codes)).reshape(4, -1)
    cells /= np.linalg.norm(cells, axis=1, keepdims=True)
    values = words.transform(images[:1]).reshape(4, -1)
    np.testing.assert_allclose(values, cells / 2, atol=1e-5)


@every_setting
def test_mirroring_permutes_features(settings, images):
    words = make(**settings)
    # Pooling windows have equal margins on the left and on the right.
    margin = (26 - words.size + 1 - words.pool_size) % words.pool_step
    pixels = images[:, :, : 26 - margin]
    values = words.fit_transform(pixels)
    assert np.abs(values[:, words.mirror_] - values).max() > 0.01
    mirrored = words.transform(pixels[:, :, ::-1])
    np.testing.assert_allclose(mirrored, values[:, words.mirror_], atol=1e-4)


@every_setting
def test_features_of_each_grid_have_unit_norm(settings, images):
    words = make(**settings)
    values, descriptors = words.fit_transform(images), words.groups_["descriptor"]
    assert len(set(descriptors)) == len(words.grids)
    for descriptor in set(descriptors):
        lengths = np.linalg.norm(values[:, descriptors == descriptor], axis=1)
        np.testing.assert_allclose(lengths, 1, rtol=1e-5)


@every_setting
def test_results_are_reproducible(settings, images):
    words, again = make(**settings).fit(images), make(**settings, n_jobs=2).fit(images)
    expected = words.transform(images)
    np.testing.assert_array_equal(again.transform(images), expected)
    # Features do not depend on the batch.
    alone = np.vstack([words.transform(image[None]) for image in images])
    np.testing.assert_array_equal(alone, expected)
    other = make(**settings).set_params(random_state=1).fit(images)
    assert not np.array_equal(words.components_, other.components_)


def test_whitened_components_are_uncorrelated(images):
    words = make(regularization=0, n_samples=10**5).fit(images)
    both = np.vstack(
        [words._windows(p) for p in standardized(np.vstack([images, images[:, :, ::-1]]))]
    )
    local = (both - words.mean_) @ words.whitening_
    np.testing.assert_allclose(np.cov(local.T), np.eye(20), atol=0.02)
    assert 0 < words.odd_components_.sum() < 20


def test_reduced_channels_keep_distances(images):
    full = make(n_channels=None, n_components=10).fit(images)
    reduced = make(n_channels=14, n_components=10).fit(images)
    assert full.channels_.shape[0] == 16 and reduced.channels_.shape == (16, 14)
    spreads = []
    for words in (full, reduced):
        windows = np.vstack([words._windows(pixels) for pixels in standardized(images)])
        spreads.append(windows.var(axis=0).sum())
    assert 0.95 * spreads[0] < spreads[1] < spreads[0]


def test_principal_features_are_even_or_odd(images):
    principal = PrincipalFeatures(make(pool_size=3), 12, random_state=0)
    features = principal.fit_transform(images)
    mirrored = principal.transform(images[:, :, ::-1])
    expected = np.where(principal.odd_, -features, features)
    np.testing.assert_allclose(mirrored, expected, atol=1e-4)
    assert not hasattr(principal.transformer_, "transformer")


def test_windows_are_limited_to_the_image():
    images = np.random.default_rng(0).random((5, 3, 6))
    words = make(grids=((1, 2),)).fit(images)
    assert words.first_.whitening_.shape == (18, 18)
    # One window per image: the number of pairs of words is limited by that of windows.
    assert words.components_.shape[0] == 10
    assert words.transform(images).shape == (5, 2 * 2 * 10)


def test_constant_images_have_finite_features(images):
    flat = np.full((2, 24, 26), 7, dtype=np.uint8)
    assert np.isfinite(make().fit(images).transform(flat)).all()
    assert np.isfinite(make(n_words=2, n_first_words=2).fit_transform(flat)).all()


def test_feature_names_and_boxes(images):
    words = make(grids=((1, 1), (2, 3)), n_words=4).fit(images)
    names = words.get_feature_names_out()
    assert len(set(names)) == len(names) == 7 * 2 * 4
    assert (names[0], names[-1]) == ("stacked_1x1_y0x0_k0_pos", "stacked_2x3_y1x2_k3_neg")
    assert words.groups_[-1]["descriptor"] == "stacked_2x3"
    np.testing.assert_allclose(words.groups_[-1].tolist()[1:], (1 / 2, 2 / 3, 1, 1), atol=1e-6)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_words": 1}, "'n_words' parameter"),
        ({"n_words": 5}, "n_words must be even; got 5"),
        ({"n_first_words": 7}, "n_first_words must be even; got 7"),
        ({"pool_step": 0}, "'pool_step' parameter"),
        ({"n_channels": 0}, "'n_channels' parameter"),
        ({"grids": ()}, "grids must contain at least one"),
        ({"grids": ((4, 0),)}, "grids must be two integers of at least 1"),
        ({"regularization": -1}, "'regularization' parameter"),
    ],
)
def test_invalid_parameters_raise(images, parameters, message):
    with pytest.raises(ValueError, match=message):
        make(**parameters).fit(images)
