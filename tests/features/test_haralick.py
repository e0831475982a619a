import mahotas
import numpy as np
import pytest
from skimage.feature import graycomatrix

from fertools.datasets import make_faces
from fertools.features import HaralickTextures
from fertools.features._cell_grids import cell_index
from fertools.features._haralick import TEXTURES, haralick_textures


@pytest.fixture(scope="module")
def images():
    noise = np.random.default_rng(0).integers(0, 256, (3, 48, 48)).astype(np.uint8)
    return np.concatenate([make_faces(3, random_state=0).images, noise])


def entropy(p):
    return -np.sum(p[p > 0] * np.log2(p[p > 0]))


def by_formula(p):
    """Compute textures by the appendix of Haralick et al. (1973), with levels from 0."""
    i, j = np.indices(p.shape)
    marginal = p.sum(axis=0)
    mean = marginal @ np.arange(len(p))
    variance = np.sum((i - mean) ** 2 * p)
    sums, differences = np.zeros(2 * len(p)), np.zeros(len(p))
    np.add.at(sums, i + j, p)
    np.add.at(differences, abs(i - j), p)
    outer = np.outer(marginal, marginal)
    cross = -np.sum(p[outer > 0] * np.log2(outer[outer > 0]))
    return {
        "asm": np.sum(p**2),
        "contrast": np.sum((i - j) ** 2 * p),
        "correlation": np.sum((i - mean) * (j - mean) * p) / variance,
        "variance": variance,
        "homogeneity": np.sum(p / (1 + (i - j) ** 2)),
        "sum_average": np.sum((i + j) * p),
        "sum_variance": np.sum((i + j - 2 * mean) ** 2 * p),
        "sum_entropy": entropy(sums),
        "entropy": entropy(p),
        "difference_variance": np.sum((abs(i - j) - np.sum(abs(i - j) * p)) ** 2 * p),
        "difference_entropy": entropy(differences),
        "imc1": (entropy(p) - cross) / entropy(marginal),
        "imc2": np.sqrt(1 - np.exp(-2 * (entropy(outer) - entropy(p)))),
    }


@pytest.mark.parametrize(("levels", "distance"), [(8, 1), (32, 1), (13, 3)])
def test_textures_equal_formulas_on_scikit_image_matrices(images, levels, distance):
    values = haralick_textures(images, levels=levels, distance=distance)[:, 0, 0]
    for image, of_image in zip(images, values, strict=True):
        quantized = np.floor(image / 256 * levels).astype(np.uint8)
        for (dy, dx), actual in zip([(0, 1), (1, 1), (1, 0), (1, -1)], of_image, strict=True):
            p = graycomatrix(
                quantized,
                [distance * np.hypot(dy, dx)],
                [np.arctan2(dy, dx)],
                levels,
                symmetric=True,
                normed=True,
            )[:, :, 0, 0]
            expected = by_formula(p)
            assert tuple(expected) == TEXTURES
            np.testing.assert_allclose(actual, list(expected.values()), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("distance", [1, 2])
def test_cells_equal_mahotas(images, distance):
    # 48 is not a multiple of 5: cells have 9 or 10 pixels.
    grid = (5, 2)
    haralick = HaralickTextures(grid, levels=16, distance=distance, directions="mean_range")
    values = haralick.fit_transform(images).reshape(len(images), 10, 26)
    index = cell_index(48, 48, grid)
    for image, of_image in zip(images, values, strict=True):
        for cell, actual in enumerate(of_image):
            y, x = np.nonzero(index == cell)
            patch = image[y[0] : y[-1] + 1, x[0] : x[-1] + 1] // 16
            expected = mahotas.features.haralick(
                patch, distance=distance, return_mean_ptp=True, use_x_minus_y_variance=True
            )
            np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


def test_textures_are_invariant_to_rotation_by_90_degrees(images):
    haralick = HaralickTextures(directions="mean_range").fit(images)
    expected = haralick.transform(images)
    turned = haralick.transform(np.rot90(images, axes=(1, 2)))
    np.testing.assert_allclose(turned, expected, rtol=1e-5, atol=1e-5)
    cells = HaralickTextures((3, 3)).fit(images)
    expected = cells.transform(images).reshape(-1, 3, 3, 13)
    turned = cells.transform(np.rot90(images, axes=(1, 2))).reshape(expected.shape)
    np.testing.assert_allclose(turned, np.rot90(expected, axes=(1, 2)), rtol=1e-5, atol=1e-5)


def test_stripes_have_known_textures():
    # Alternating levels along the rows: contrast 1 in three directions, 0 along the columns.
    stripes = np.tile(np.array([0, 255], dtype=np.uint8), (1, 8, 4))
    haralick = HaralickTextures(levels=2, directions="mean_range").fit(stripes)
    values = dict(
        zip(haralick.get_feature_names_out(), haralick.transform(stripes)[0], strict=True)
    )
    assert values["haralick_d1_contrast_mean"] == pytest.approx(3 / 4)
    assert values["haralick_d1_contrast_range"] == 1
    assert values["haralick_d1_correlation_mean"] == pytest.approx(-1 / 2)
    assert values["haralick_d1_asm_mean"] == pytest.approx(1 / 2)
    assert values["haralick_d1_entropy_mean"] == pytest.approx(1)


def test_constant_cells_have_finite_textures(images):
    flat = np.full((1, 48, 48), 200, dtype=np.uint8)
    values = dict(zip(TEXTURES, HaralickTextures().fit_transform(flat)[0], strict=True))
    expected = {"asm": 1, "homogeneity": 1, "correlation": 1, "sum_average": 2 * (200 // 8)}
    assert values == {name: expected.get(name, 0) for name in TEXTURES}
    half = images.copy()
    half[:, :, :30] = 77
    for levels in (2, 32, 256):
        haralick = HaralickTextures((6, 6), levels=levels, directions="mean_range")
        assert np.isfinite(haralick.fit_transform(half)).all()


def test_directions_without_pairs_are_omitted(images):
    # An image with one row has pairs along the row only.
    lines = images[:, 20:21]
    values = haralick_textures(lines, distance=2)
    assert values.shape == (6, 1, 1, 1, 13)
    along = haralick_textures(images, grid=(48, 1), distance=2)[:, 20:21, :, :1]
    np.testing.assert_allclose(values, along)
    ranges = HaralickTextures(directions="mean_range").fit_transform(lines)[:, 13:]
    assert not ranges.any()


def test_floats_and_uint8_have_equal_textures(images):
    haralick = HaralickTextures((2, 2), levels=256).fit(images)
    np.testing.assert_array_equal(haralick.transform(images / 255), haralick.transform(images))


def test_features_do_not_depend_on_the_batch(images):
    haralick = HaralickTextures((2, 2)).fit(images)
    expected = haralick.transform(images)
    np.testing.assert_array_equal(haralick.transform(images[::-1])[::-1], expected)
    many = np.concatenate([images] * 12)
    threads = HaralickTextures((2, 2), n_jobs=2).fit_transform(many)
    np.testing.assert_array_equal(threads, np.tile(expected, (12, 1)))


def test_feature_names_and_boxes(images):
    names = HaralickTextures(distance=3).fit(images).get_feature_names_out()
    assert names.tolist() == [f"haralick_d3_{texture}_mean" for texture in TEXTURES]
    haralick = HaralickTextures((2, 3), directions="mean_range").fit(images)
    names = haralick.get_feature_names_out()
    assert len(set(names)) == len(names) == 6 * 26
    assert (names[0], names[-1]) == ("haralick_d1_y0x0_asm_mean", "haralick_d1_y1x2_imc2_range")
    np.testing.assert_allclose(haralick.groups_[-1].tolist()[1:], (1 / 2, 2 / 3, 1, 1), atol=1e-6)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"distance": 48}, "distance must be smaller than a side .* 48x48 pixels; got 48"),
        (
            {"grid": (6, 7), "distance": 8},
            "distance must be smaller than a side .* 8x6 pixels; got 8",
        ),
        ({"grid": (60, 60)}, "distance must be smaller than a side .* 0x0 pixels; got 1"),
        # Cells without pixels.
        ({"grid": (60, 2)}, "distance must be smaller than a side .* 0x24 pixels; got 1"),
        ({"grid": (0, 6)}, "grid must be two integers of at least 1"),
        ({"levels": 1}, "'levels' parameter"),
        ({"levels": 257}, "'levels' parameter"),
        ({"directions": "all"}, "'directions' parameter"),
    ],
)
def test_invalid_parameters_raise(images, parameters, message):
    with pytest.raises(ValueError, match=message):
        HaralickTextures(**parameters).fit(images)
