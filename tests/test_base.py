"""Input validation of descriptors."""

import numpy as np
import pandas as pd
import pytest

from fertools._utils.pixels import standardized
from fertools.base import ImageTransformer, cell_box
from fertools.features import DiscreteCosine, LocalBinaryPatterns


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (6, 8, 6), dtype=np.uint8)


@pytest.fixture(scope="module")
def dct(images):
    return DiscreteCosine(12, standardize=False).fit(images)


def test_fit_learns_the_image_shape(dct):
    assert dct.image_shape_ == (8, 6)
    assert dct.n_features_in_ == 48


def test_flattened_samples_lists_and_frames_are_accepted(images, dct):
    expected = dct.transform(images)
    rows = images.reshape(6, 48)
    np.testing.assert_array_equal(dct.transform(rows), expected)
    np.testing.assert_array_equal(dct.transform(list(images)), expected)
    flat = DiscreteCosine(12, standardize=False, image_shape=(8, 6))
    np.testing.assert_array_equal(flat.fit_transform(pd.DataFrame(rows.astype(int))), expected)
    assert DiscreteCosine().fit(rows).image_shape_ == (1, 48)


def test_color_images_are_converted_to_gray(images, dct):
    gray = np.repeat(images[..., None], 3, axis=3)
    np.testing.assert_array_equal(dct.transform(gray), dct.transform(images))
    np.testing.assert_allclose(dct.transform(gray / 255), dct.transform(images), atol=1e-5)
    red = np.zeros((1, 8, 6, 3))
    red[..., 0] = 0.501
    np.testing.assert_allclose(
        dct.transform(red), dct.transform(np.full((1, 8, 6), 0.501 * 0.299)), atol=1e-6
    )


def test_integers_are_on_the_scale_0_to_255(images, dct):
    np.testing.assert_array_equal(dct.transform(images.astype(np.int64)), dct.transform(images))
    with pytest.raises(ValueError, match=r"X must hold integers in 0..255; got .*image / 65535"):
        dct.transform(images.astype(np.int64) + 300)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros((2, 6, 8)), "X must hold images of 8x6 pixels .* got 6x8"),
        (np.zeros((2, 8, 6, 2)), r"X must be of shape .* got \(2, 8, 6, 2\)"),
        (np.zeros((2, 47)), "X has 47 features, but DiscreteCosine is expecting 48"),
        (np.full((2, 8, 6), np.nan), "Input X contains NaN"),
        (np.full((2, 8, 6), np.inf), "Input X contains infinity"),
        (np.zeros((0, 8, 6)), "0 sample"),
        (np.zeros((2, 8, 0)), "at least one pixel"),
        ([np.zeros((8, 6)), np.zeros((8, 5))], r"images of one shape; got \(8, 6\) at 0"),
        (np.zeros(48), "Expected 2D array, got 1D array"),
        (np.array([["a"] * 48]), "dtype='numeric' is not compatible"),
    ],
)
def test_invalid_input_raises(dct, X, message):
    with pytest.raises(ValueError, match=message):
        dct.transform(X)


def test_single_pixels_and_wrong_image_shape_raise():
    with pytest.raises(ValueError, match="at least 2 pixels; got images of 1x1"):
        LocalBinaryPatterns().fit(np.zeros((3, 1, 1)))
    with pytest.raises(ValueError, match=r"height \* width = 48.* got \(7, 7\)"):
        LocalBinaryPatterns(image_shape=(7, 7)).fit(np.zeros((3, 48)))


def test_standardized_images_have_zero_mean_and_unit_variance(images):
    faces = standardized(images).reshape(6, -1)
    np.testing.assert_allclose(faces.mean(axis=1), 0, atol=1e-6)
    np.testing.assert_allclose(faces.std(axis=1), 1, atol=1e-6)
    assert (standardized(np.full((1, 8, 6), 0.1, np.float32)) == 0).all()


def test_missing_methods_are_named(images):
    class Nothing(ImageTransformer):
        def __init__(self, *, image_shape=None, n_jobs=None):
            self.image_shape = image_shape
            self.n_jobs = n_jobs

    with pytest.raises(NotImplementedError, match="Nothing must implement _blocks"):
        Nothing().fit(images)


def test_cells_tile_the_image():
    boxes = np.array([cell_box(y, x, (2, 3)) for y, x in np.ndindex(2, 3)])
    np.testing.assert_allclose(boxes[0], (0, 0, 1 / 2, 1 / 3))
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    np.testing.assert_allclose(areas, 1 / 6)
