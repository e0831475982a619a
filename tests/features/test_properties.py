"""Properties of all descriptors: reproducibility, input formats and memory."""

import inspect
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from joblib import parallel_config
from sklearn import config_context
from sklearn.base import clone

from fertools import features
from fertools.base import ImageTransformer
from fertools.datasets import make_faces
from fertools.features import (
    FeatureFusion,
    LocalBinaryPatterns,
    PrincipalFeatures,
    StackedWords,
    VisualWords,
    WithMirror,
    ZernikeMoments,
)

# Settings tested in addition to the defaults. All public descriptors are discovered.
SETTINGS = {
    "DiscreteCosine": [{"block": 6, "n_coefficients": 5}, {"block": 6, "grid": (3, 2)}],
    "FeatureFusion": [
        {"descriptors": [("lbp", LocalBinaryPatterns((1,))), ("zernike", ZernikeMoments(4))]}
    ],
    "GaborEnergy": [{"wavelengths": (3.0,), "orientations": 5, "standardize": False}],
    "HaralickTextures": [{"grid": (2, 3), "levels": 8, "directions": "mean_range"}],
    "LocalBinaryPatterns": [{"radii": (1.5,), "points": 12, "method": "uniform", "grid": (2, 3)}],
    "LocalZernikeMoments": [{"orders": ((2, 2),), "window": 5, "n_bins": 12, "grid": (2, 3)}],
    "OrientedGradients": [
        {"direction": "signed", "norm": "four-way"},
        {"orientations": 5, "direction": "both", "norm": "l1", "grids": ((6, 6), (2, 3))},
    ],
    "PrincipalFeatures": [
        {"transformer": LocalBinaryPatterns((1,)), "n_components": 30, "random_state": 0},
        {"transformer": VisualWords(12, random_state=0), "random_state": 0},
    ],
    "StackedWords": [{"n_words": 12, "n_first_words": 8, "n_samples": 2000, "random_state": 0}],
    "VisualWords": [
        {"random_state": 0},
        {"n_words": 12, "local": "patch", "size": 5, "coding": "vlad", "random_state": 0},
    ],
    "WithMirror": [{"transformer": LocalBinaryPatterns((1,))}],
    "ZernikeMoments": [
        {"degree": 5, "part": "complex", "standardize": True},
        {"degree": 3, "grid": (2, 3), "part": "complex"},
        {"degree": 3, "center": "mass"},
    ],
}


def descriptors():
    """Return all public descriptors, with default parameters if possible, and with `SETTINGS`."""
    kinds = [getattr(features, name) for name in features.__all__]
    kinds = [kind for kind in kinds if inspect.isclass(kind) and issubclass(kind, ImageTransformer)]
    without_default = (FeatureFusion, PrincipalFeatures, StackedWords, VisualWords, WithMirror)
    made = [kind() for kind in kinds if kind not in without_default]
    return made + [kind(**given) for kind in kinds for given in SETTINGS.get(kind.__name__, [])]


def test_descriptors_are_discovered():
    found = {type(descriptor).__name__ for descriptor in descriptors()}
    assert found >= SETTINGS.keys()


every_descriptor = pytest.mark.parametrize("descriptor", descriptors(), ids=repr)


@pytest.fixture(scope="module")
def images():
    return make_faces(130, size=24, random_state=0).images


@every_descriptor
def test_features_do_not_depend_on_the_batch(descriptor, images):
    expected = descriptor.fit(images).transform(images)
    assert expected.dtype == np.float32 and expected.flags.c_contiguous
    for n in (1, 63, 64, 65):
        np.testing.assert_allclose(descriptor.transform(images[:n]), expected[:n], atol=1e-5)
    order = np.random.default_rng(0).permutation(len(images))
    np.testing.assert_allclose(descriptor.transform(images[order]), expected[order], atol=1e-5)


@every_descriptor
def test_features_are_reproducible_with_threads(descriptor, images):
    expected = descriptor.fit(images).transform(images)
    np.testing.assert_array_equal(descriptor.transform(images), expected)
    twice = clone(descriptor).set_params(n_jobs=2).fit(images)
    np.testing.assert_array_equal(twice.transform(images), expected)


def test_features_are_reproducible_with_processes(images):
    fusion = FeatureFusion([(f"_{i}", d) for i, d in enumerate(descriptors()[:4])])
    expected = fusion.fit(images).transform(images)
    with parallel_config(backend="loky", n_jobs=2):
        np.testing.assert_array_equal(fusion.transform(images), expected)


@every_descriptor
def test_features_do_not_depend_on_the_memory_layout(descriptor, images, tmp_path):
    images = images[:9]
    expected = descriptor.fit(images).transform(images)
    wide = np.zeros((9, 24, 48), np.uint8)
    wide[:, :, ::2] = images
    read_only = images.copy()
    read_only.setflags(write=False)
    on_disk = np.memmap(tmp_path / "images", np.uint8, "w+", shape=images.shape)
    on_disk[:] = images
    on_disk.flush()
    layouts = {
        "Fortran": np.asfortranarray(images),
        "strided": wide[:, :, ::2],
        "backwards": images[::-1, ::-1, ::-1].copy()[::-1, ::-1, ::-1],
        "read-only": read_only,
        "memory map": np.memmap(tmp_path / "images", np.uint8, "r", shape=images.shape),
        "list": list(images),
    }
    for name, view in layouts.items():
        found = descriptor.transform(view)
        np.testing.assert_allclose(found, expected, atol=1e-5, err_msg=name)
    # Floating images take another code path than uint8.
    expected = descriptor.transform(images / 255)
    for view in (np.asfortranarray(images / 255), (wide / 255)[:, :, ::2]):
        np.testing.assert_allclose(descriptor.transform(view), expected, atol=1e-5)


@every_descriptor
def test_features_do_not_depend_on_the_dtype(descriptor, images):
    images = images[:9]
    expected = descriptor.fit(images).transform(images)
    for dtype in (np.int64, np.uint16, ">i4"):
        np.testing.assert_array_equal(descriptor.transform(images.astype(dtype)), expected)
    for dtype in (np.float32, np.float64, ">f4", np.longdouble):
        found = descriptor.transform((images / 255).astype(dtype))
        np.testing.assert_allclose(found, expected, atol=1e-5, err_msg=str(dtype))
    half = (images / 255).astype(np.float16)
    np.testing.assert_allclose(
        descriptor.transform(half), descriptor.transform(half.astype(np.float32)), atol=1e-5
    )


@every_descriptor
def test_features_of_color_images_do_not_depend_on_the_dtype(descriptor, images):
    images = np.stack([images[:5], images[5:10], images[10:15]], axis=3)
    expected = descriptor.fit(images).transform(images)
    for dtype in (np.int16, np.int32, np.int64, np.uint16, np.uint64, ">i4"):
        np.testing.assert_array_equal(descriptor.transform(images.astype(dtype)), expected)
    with_alpha = np.dstack([images.reshape(-1, 24, 3), np.zeros((5 * 24, 24), np.uint8)])
    with_alpha = with_alpha.reshape(5, 24, 24, 4).astype(int)
    np.testing.assert_array_equal(descriptor.transform(with_alpha), expected)
    for dtype in (np.float32, np.float64, ">f8"):
        found = descriptor.transform((images / 255).astype(dtype))
        np.testing.assert_allclose(found, expected, atol=1e-5, err_msg=str(dtype))


@every_descriptor
def test_boolean_images_are_black_and_white(descriptor, images):
    masks = images[:5] > 100
    expected = descriptor.fit(masks).transform(masks * np.uint8(255))
    np.testing.assert_allclose(descriptor.transform(masks), expected, atol=1e-5)
    colors = np.repeat(masks[..., None], 3, axis=3)
    np.testing.assert_allclose(descriptor.transform(colors), expected, atol=1e-5)


@every_descriptor
def test_other_gray_scales_raise(descriptor, images):
    images = images[:5]
    descriptor.fit(images)
    colors = np.repeat(images[..., None], 3, axis=3)
    wide = images.astype(np.uint16) * 257
    for floats in (images * 1.0, wide.astype(np.float32), colors * 1.0, wide.reshape(5, -1) / 1):
        with pytest.raises(ValueError, match=r"floats in 0\.\.1; got floats in .* Divide by 255"):
            descriptor.transform(floats)
    for integers in (wide, images.astype(np.int64) - 300, colors.astype(np.int32) * 257):
        with pytest.raises(ValueError, match=r"integers in 0\.\.255; got"):
            descriptor.transform(integers)


@every_descriptor
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_features_of_random_images_are_finite(descriptor, data):
    shape = data.draw(st.tuples(st.integers(1, 3), st.integers(8, 14), st.integers(8, 14)))
    pixels = data.draw(
        st.sampled_from([st.integers(0, 255), st.integers(100, 102), st.sampled_from([0, 255])])
    )
    images = data.draw(arrays(np.uint8, shape, elements=pixels))
    form = data.draw(st.sampled_from(["gray levels", "floats", "filter responses"]))
    if form == "floats":
        images = images / 255
    elif form == "filter responses":
        images = (images - 300.0) * 1e4
    values = descriptor.fit(images).transform(images)
    assert values.shape == (len(images), len(descriptor.get_feature_names_out()))
    assert np.isfinite(values).all()
    alone = np.vstack([descriptor.transform(image[None]) for image in images])
    scale = max(1, np.abs(values).max())
    np.testing.assert_allclose(alone, values, atol=1e-5 * scale)


@every_descriptor
def test_memory_stays_below_the_declared_bound(descriptor):
    images = make_faces(12, size=200, random_state=0).images
    descriptor.fit(images)
    descriptor.transform(images[:1])
    # Declared memory of two images.
    n_bytes = 2 * (
        descriptor._bytes_per_pixel * images[0].size
        + descriptor._bytes_per_feature * descriptor._n_features_out
    )
    tracemalloc.start()
    with config_context(working_memory=n_bytes / 2**20):
        out = descriptor.transform(images)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak - out.nbytes < n_bytes
