import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import gaussian_filter
from sklearn.base import clone

from fertools.datasets import make_faces
from fertools.preprocessing import (
    CLAHE,
    BlindWienerFilter,
    DifferenceOfGaussians,
    FaceMask,
    GammaCorrection,
    HistogramEqualizer,
    ImageResizer,
    TanTriggs,
)

FILTERS = [
    HistogramEqualizer(),
    CLAHE(),
    GammaCorrection(),
    TanTriggs(),
    DifferenceOfGaussians(),
    FaceMask(),
    BlindWienerFilter(),
    ImageResizer(32),
]


@pytest.fixture(scope="module")
def faces():
    return make_faces(140, random_state=0).images


def blurred(image, sigma):
    """Blur as OpenCV does: truncated at four sigmas, reflected about the last pixel."""
    return gaussian_filter(image, sigma, mode="mirror", truncate=4)


@pytest.mark.parametrize("filter", FILTERS, ids=lambda f: type(f).__name__)
class TestAllFilters:
    def test_flattened_images_give_equal_results(self, filter, faces):
        images = filter.fit_transform(faces)
        shape = filter.output_shape_
        assert images.shape == (140, *shape)
        rows = clone(filter).set_params(image_shape=(48, 48)).set_output(transform="pandas")
        frame = rows.fit_transform(pd.DataFrame(faces.reshape(140, -1)))
        np.testing.assert_array_equal(frame.to_numpy().reshape(images.shape), images)
        assert frame.columns[-1] == f"pixel_{shape[0] - 1}_{shape[1] - 1}"

    def test_result_does_not_depend_on_threads_or_batches(self, filter, faces):
        expected = filter.fit_transform(faces)
        threads = clone(filter).set_params(n_jobs=2).fit_transform(faces)
        assert threads.tobytes() == expected.tobytes()
        np.testing.assert_array_equal(filter.transform(faces[77:78]), expected[77:78])

    def test_uniform_images_give_uniform_finite_images(self, filter):
        flat = np.stack([np.full((48, 48), v, np.uint8) for v in (0, 128, 255)])
        out = filter.fit_transform(flat)
        assert np.isfinite(out).all() and np.ptp(out, axis=(1, 2)).max() == 0

    def test_images_of_another_size_are_rejected(self, filter, faces):
        with pytest.raises(ValueError, match=r"X must hold images of 48x48 .* got 48x40"):
            filter.fit(faces).transform(faces[:, :, :40])

    def test_color_and_float_images_agree_with_gray(self, filter, faces):
        expected = filter.fit_transform(faces[:3])
        color = np.repeat(faces[:3, :, :, None], 3, axis=3)
        np.testing.assert_array_equal(filter.fit_transform(color), expected)
        floats = filter.fit_transform(faces[:3] / 255)
        scale = 1 if floats.dtype == expected.dtype else 255
        np.testing.assert_allclose(floats * scale, expected, atol=0.51 if scale > 1 else 1e-4)


def test_histogram_equalizer_agrees_with_its_formula(faces):
    out = HistogramEqualizer().fit_transform(faces[:5])
    for image, result in zip(faces[:5], out, strict=True):
        below = np.searchsorted(np.sort(image.ravel()), np.arange(256), side="right")
        darkest = below[image.min()]
        curve = 255 * (below - darkest) / (image.size - darkest)
        np.testing.assert_array_equal(result, np.rint(curve[image]))


def test_histogram_equalizer_is_invariant_to_increasing_transformations(faces):
    dark = faces // 2
    curve = (2 * np.arange(128) + np.arange(128) % 2).astype(np.uint8)
    filter = HistogramEqualizer()
    np.testing.assert_array_equal(filter.fit_transform(curve[dark]), filter.fit_transform(dark))


def test_clahe_with_one_tile_and_no_limit_is_the_cumulative_histogram(faces):
    out = CLAHE(clip_limit=1e6, grid=1).fit_transform(faces[:5])
    for image, result in zip(faces[:5], out, strict=True):
        below = np.searchsorted(np.sort(image.ravel()), np.arange(256), side="right")
        np.testing.assert_allclose(result, 255 * below[image] / image.size, atol=0.51)


def test_clahe_reduces_uneven_illumination(faces):
    shaded = faces * np.linspace(0.3, 1, 48) / 255

    def slope(images):
        left, right = images[:, :, :16].mean(), images[:, :, -16:].mean()
        return (right - left) / images.mean()

    adaptive, whole = (f.fit_transform(shaded) for f in (CLAHE(4.0), HistogramEqualizer()))
    assert slope(adaptive) < 0.65 * slope(shaded) < 0.65 * slope(whole)


def test_gamma_correction_agrees_with_its_formula():
    levels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    out = GammaCorrection(0.4).fit_transform(levels)
    np.testing.assert_array_equal(out, np.rint(255 * (levels / 255) ** 0.4))
    np.testing.assert_array_equal(GammaCorrection(1).fit_transform(levels), levels)


def test_difference_of_gaussians_agrees_with_scipy(faces):
    out = DifferenceOfGaussians(0.8, 2.5).fit_transform(faces[:3])
    for image, result in zip(faces[:3] / 255, out, strict=True):
        expected = blurred(image, 0.8) - blurred(image, 2.5)
        np.testing.assert_allclose(result, expected, atol=2e-4)
    sharp = DifferenceOfGaussians(0, 2).fit_transform(faces[:1])[0]
    np.testing.assert_allclose(sharp, faces[0] / 255 - blurred(faces[0] / 255, 2), atol=2e-4)


def test_tan_triggs_agrees_with_its_formulas(faces):
    out = TanTriggs().fit_transform(faces[:3])
    for image, result in zip(faces[:3] / 255, out, strict=True):
        brightened = image**0.2
        details = blurred(brightened, 1) - blurred(brightened, 2)
        details = details / np.mean(np.abs(details) ** 0.1) ** 10
        details = details / np.mean(np.minimum(np.abs(details), 10) ** 0.1) ** 10
        expected = 10 * np.tanh(details / 10)
        assert np.corrcoef(result.ravel(), expected.ravel())[0, 1] > 0.9999
        np.testing.assert_allclose(result, expected, atol=0.05)
    assert np.abs(out).max() <= 10


def test_mask_keeps_the_ellipse(faces):
    filter = FaceMask((0.5, 0.5), (0.5, 0.25)).fit(faces)
    assert filter.mask_.sum() == pytest.approx(np.pi * 24 * 12, rel=0.02)
    assert filter.mask_[0, 23] and not filter.mask_[23, 11] and filter.mask_[23, 13]
    out = filter.transform(faces)
    np.testing.assert_array_equal(out[:, filter.mask_], faces[:, filter.mask_])
    outside = out[:, ~filter.mask_]
    assert (np.ptp(outside, axis=1) == 0).all()
    assert outside[0, 0] == round(faces[0][filter.mask_].mean())
    assert FaceMask(fill=7).fit_transform(faces)[0, 0, 0] == 7


def test_image_resizer_averages_areas_and_interpolates_linearly(faces):
    out = ImageResizer((24, 16)).fit_transform(faces / 255)
    expected = (faces / 255).reshape(-1, 24, 2, 16, 3).mean(axis=(2, 4))
    np.testing.assert_allclose(out, expected, atol=1e-6)
    ramp = np.tile(np.arange(10.0), (1, 10, 1)) / 10
    grown = ImageResizer(20).fit_transform(ramp)[0, 0]
    np.testing.assert_allclose(np.diff(grown)[1:-1], 0.05, atol=1e-6)


def test_error_names_the_image_of_another_scale(faces):
    images = [faces[0] / 255, faces[1, :40] / 255, faces[2] / 2]
    with pytest.raises(ValueError, match=r"floats in .* in X\[2\]"):
        ImageResizer(20).fit_transform(images)


@pytest.mark.parametrize(
    ("filter", "message"),
    [
        (GammaCorrection(0), "The 'gamma' parameter of GammaCorrection must be a float"),
        (CLAHE(0.5), "'clip_limit' parameter"),
        (DifferenceOfGaussians(2, 2), "sigma_fine must be below sigma_coarse, 2; got 2"),
        (TanTriggs(sigma_fine=3), "sigma_fine must be below sigma_coarse, 2.0; got 3"),
        (FaceMask(axes=(0.5, 0)), r"axes must be above 0; got \(0.5, 0\)"),
        (FaceMask(center=(1, 2, 3)), r"center must be two finite numbers; got \(1, 2, 3\)"),
        (FaceMask(center=(3, 3)), "an ellipse that covers at least one pixel"),
        (FaceMask(fill=300), r"fill must be in 0..255 for images in 0..255; got 300"),
        (FaceMask(fill=-1), "fill must be in 0..255 for images in 0..255; got -1"),
        (ImageResizer((4, 4, 4)), r"size must be one or two integers in 1..4096"),
        (ImageResizer(image_shape=(40, 40)), "image_shape must be"),
    ],
)
def test_invalid_parameters_are_reported(filter, message, faces):
    X = faces.reshape(len(faces), -1) if getattr(filter, "image_shape", None) else faces
    with pytest.raises(ValueError, match=message):
        filter.fit(X)


def test_fill_must_be_on_the_scale_of_the_images(faces):
    with pytest.raises(ValueError, match=r"fill must be in 0..1 for images in 0..1; got 128"):
        FaceMask(fill=128).fit(faces / 255)
    standardized = FaceMask(fill=-1).fit(faces - 128.0)
    assert standardized.transform(faces - 128.0)[0, 0, 0] == -1
    with pytest.raises(ValueError, match=r"fill must be in 0..255"):
        standardized.transform(faces)
