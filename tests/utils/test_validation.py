"""Inputs of image transformers: flattened samples, files, intensities and sizes."""

import warnings
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from skimage.data import astronaut
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline

from fertools._utils.images import resize, to_gray, to_uint8
from fertools._utils.validation import holds_images
from fertools.datasets import make_faces
from fertools.detection import FaceLocalizer
from fertools.exceptions import ImageReadError
from fertools.features import DiscreteCosine, FeatureFusion, LocalBinaryPatterns, OrientedGradients
from fertools.preprocessing import CLAHE, Augmenter, GammaCorrection, ImageResizer, TanTriggs


@pytest.fixture(scope="module")
def faces():
    return make_faces(30, random_state=0).images


@pytest.fixture
def paths(faces, tmp_path):
    """Return the paths of the first four faces, written as PNG files."""
    names = [tmp_path / f"{number}.png" for number in range(4)]
    for image, path in zip(faces, names, strict=False):
        Image.fromarray(image).save(path)
    return names


# --- Flattened samples


@pytest.mark.parametrize(
    ("width", "fix"),
    [
        (48 * 48, r"Set image_shape=\(48, 48\)"),
        (9 * 9, r"Set image_shape=\(9, 9\)"),
        (3 * 48 * 48, r"Pass X.reshape\(-1, 48, 48, 3\)"),
    ],
)
@pytest.mark.parametrize(
    "estimator",
    [LocalBinaryPatterns((1,)), FeatureFusion([("dct", DiscreteCosine(4))]), CLAHE(), TanTriggs()],
    ids=lambda estimator: type(estimator).__name__,
)
def test_flattened_images_need_image_shape(estimator, width, fix):
    with pytest.warns(UserWarning, match=fix) as caught:
        estimator.fit(np.zeros((3, width), np.uint8))
    assert len(caught) == 1


@pytest.mark.parametrize("width", [64, 49, 47, 1000])
def test_other_samples_need_no_image_shape(width):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        DiscreteCosine(4).fit(np.zeros((3, width), np.uint8))
        DiscreteCosine(4, image_shape=(1, width)).fit(np.zeros((3, width), np.uint8))


def test_declared_shape_needs_no_warning(faces):
    rows = faces.reshape(len(faces), -1)
    expected = OrientedGradients().fit_transform(faces)
    np.testing.assert_array_equal(
        OrientedGradients(image_shape=(48, 48)).fit_transform(rows), expected
    )


# --- One image


@pytest.mark.parametrize("shape", [(48, 48), (60, 40), (480, 640)])
def test_single_image_in_fit_warns(shape):
    with pytest.warns(UserWarning, match=r"X\[np.newaxis\]"):
        DiscreteCosine(4).fit(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("channels", [(), (1,), (3,), (4,)])
@pytest.mark.parametrize("estimator", [DiscreteCosine(4), CLAHE(), ImageResizer(24)], ids=repr)
def test_single_image_in_transform_is_refused(estimator, channels, faces):
    estimator.fit(faces)
    image = np.zeros((48, 48, *channels), np.uint8)
    with pytest.raises(ValueError, match=r"one image of shape \(48, 48.*Pass X\[np.newaxis\]"):
        estimator.transform(image)


def test_single_color_image_in_fit_is_refused():
    with pytest.raises(ValueError, match=r"one RGB image. Pass X\[np.newaxis\]"):
        DiscreteCosine(4).fit(astronaut())


# --- Files as images


FORMS = {
    "list of str": lambda paths: [str(path) for path in paths],
    "tuple of Path": tuple,
    "array of str": lambda paths: np.array([str(path) for path in paths]),
    "array of Path": lambda paths: np.array(paths, dtype=object),
    "Series": lambda paths: pd.Series([str(path) for path in paths]),
    "Series of strings": lambda paths: pd.Series([str(path) for path in paths], dtype="string"),
    "bytes": lambda paths: [path.read_bytes() for path in paths],
    "bytearrays": lambda paths: [bytearray(path.read_bytes()) for path in paths],
    "open files": lambda paths: [path.open("rb") for path in paths],
    "Pillow images": lambda paths: [Image.open(path) for path in paths],
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "estimator", [DiscreteCosine(9), CLAHE(), ImageResizer(24), FaceLocalizer()], ids=repr
)
@pytest.mark.filterwarnings("ignore:unclosed file")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_transformers_read_files(estimator, form, faces, paths):
    X = FORMS[form](paths)
    assert holds_images(X)
    expected = estimator.fit_transform(faces[:4])
    np.testing.assert_array_equal(estimator.fit_transform(X), expected)
    np.testing.assert_array_equal(estimator.transform(X), expected)


@pytest.mark.parametrize("estimator", [ImageResizer(48), FaceLocalizer()], ids=repr)
def test_files_of_different_sizes(estimator, faces, tmp_path):
    names = [str(tmp_path / f"{number}.png") for number in range(3)]
    for path, shape in zip(names, [(60, 50), (48, 48), (100, 30)], strict=True):
        Image.fromarray(resize(faces[0], shape)).save(path)
    together = estimator.fit_transform(names)
    assert together.shape == (3, 48, 48) and together.dtype == np.uint8
    alone = [estimator.fit(names[:1]).transform([path])[0] for path in names]
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(together[1], estimator.transform([faces[0]])[0])


def test_resizer_takes_arrays_of_different_sizes(faces):
    images = [faces[0], faces[1][:, :40], np.repeat(faces[2][:30, :, None], 3, axis=2)]
    resized = ImageResizer((20, 24)).fit_transform(images)
    assert resized.shape == (3, 20, 24) and resized.dtype == np.uint8
    floats = ImageResizer((20, 24)).fit_transform([image / 255 for image in images])
    assert floats.dtype == np.float32
    np.testing.assert_allclose(floats, resized / 255, atol=0.51 / 255)
    with pytest.raises(ValueError, match=r"floats in 0\.\.1"):
        ImageResizer().fit([image * 1.0 for image in images])


@pytest.mark.parametrize("form", ["list of str", "Pillow images"])
@pytest.mark.parametrize("estimator", [DiscreteCosine(9), CLAHE(), ImageResizer(24)], ids=repr)
def test_gray_and_color_images_are_mixed(estimator, form, faces, paths):
    files = FORMS[form](paths[:2])
    X = [faces[0], np.dstack([faces[1]] * 3), np.dstack([faces[2]] * 4), faces[3][..., None]]
    expected = estimator.fit_transform(faces[[0, 1, 2, 3, 0, 1]])
    np.testing.assert_array_equal(estimator.fit_transform([*X, *files]), expected)
    np.testing.assert_array_equal(estimator.transform([*X, *files]), expected)


def test_paths_and_pillow_images_are_mixed(faces, paths):
    colors = Image.open(paths[1]).convert("RGB")
    expected = DiscreteCosine(9).fit_transform(faces[:2])
    np.testing.assert_array_equal(DiscreteCosine(9).fit_transform([paths[0], colors]), expected)


TABLES = {
    "paths": lambda faces, paths: pd.DataFrame({"path": [str(path) for path in paths]}),
    "strings": lambda faces, paths: pd.DataFrame({"path": map(str, paths)}, dtype="string"),
    "arrays": lambda faces, paths: pd.DataFrame({"image": list(faces[:4])}),
    "2-D array": lambda faces, paths: np.array(paths, dtype=object)[:, None],
}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("estimator", [DiscreteCosine(9), CLAHE(), ImageResizer(24)], ids=repr)
def test_tables_of_one_column_hold_images(estimator, table, faces, paths):
    X = TABLES[table](faces, paths)
    expected = estimator.fit_transform(faces[:4])
    np.testing.assert_array_equal(estimator.fit_transform(X), expected)
    np.testing.assert_array_equal(estimator.transform(X), expected)


def test_column_transformer_selects_paths(faces, paths):
    frame = pd.DataFrame({"path": [str(path) for path in paths], "age": range(4)})
    pipeline = make_pipeline(ImageResizer(24), DiscreteCosine(9))
    features = ColumnTransformer([("image", pipeline, ["path"])]).fit_transform(frame)
    np.testing.assert_array_equal(features, pipeline.fit_transform(faces[:4]))


@pytest.mark.parametrize("dtype", [float, object, "Int64"])
def test_table_of_one_numeric_column_holds_no_images(dtype):
    frame = pd.DataFrame({"x": [1, 0, 1]}, dtype=dtype)
    assert not holds_images(frame)
    with pytest.raises(ValueError, match="at least 2 pixels"):
        DiscreteCosine(4).fit(frame)


@pytest.mark.parametrize("X", [[], (), np.empty(0), pd.Series([], dtype=object)], ids=repr)
@pytest.mark.parametrize("estimator", [DiscreteCosine(4), ImageResizer(), FaceLocalizer()])
def test_empty_sequence_is_refused(estimator, X):
    with pytest.raises(ValueError, match="X must hold at least one image; got none"):
        estimator.fit(X)


def test_error_for_images_of_different_sizes_names_the_resizer(faces, tmp_path):
    for number in range(2):
        Image.fromarray(faces[0][number:]).save(tmp_path / f"{number}.png")
    with pytest.raises(ValueError, match=r"images of one shape.* ImageResizer"):
        DiscreteCosine(4).fit([tmp_path / "0.png", tmp_path / "1.png"])


def test_missing_file_is_named(paths):
    with pytest.raises(ImageReadError, match=r"none.png: there is no such file"):
        DiscreteCosine(4).fit([paths[0], paths[0].with_name("none.png")])


@pytest.mark.parametrize("X", ["face.png", Path("face.png"), b"content"])
def test_single_path_is_refused(X, faces):
    with pytest.raises(ValueError, match="list of images or paths; got"):
        DiscreteCosine(4).fit(faces).transform(X)


def test_error_for_none_mentions_cv2_imread(faces):
    for read in (to_gray, to_uint8):
        with pytest.raises(ValueError, match=r"got None. cv2.imread returns None"):
            read(None)
    for transformer in (DiscreteCosine(4), FaceLocalizer(), ImageResizer()):
        for X in ([None, faces[0]], [faces[0], None]):
            with pytest.raises(ValueError, match=r"X\[[01]\] must be .* cv2.imread returns None"):
                transformer.fit(X)


@pytest.mark.parametrize("mode", ["P", "1", "CMYK", "YCbCr", "HSV", "LA", "I;16", "F"])
def test_pillow_images_of_every_mode(mode, faces):
    gray = faces[0]
    if mode == "I;16":
        image = Image.fromarray(gray.astype(np.uint16) * 257)
    elif mode == "P":
        image = Image.fromarray(gray).convert("RGB").quantize()
    elif mode == "F":
        image = Image.fromarray((gray / 255).astype(np.float32))
    else:
        image = Image.fromarray(gray).convert("RGB").convert(mode)
    expected = np.asarray(Image.fromarray(gray).convert("1").convert("L")) if mode == "1" else gray
    np.testing.assert_allclose(to_uint8(image).astype(int), expected, atol=4)


# --- Intensities


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.uint16, np.int32, np.int64, np.uint64])
def test_integer_colors_are_those_of_uint8(dtype):
    colors = (astronaut()[:40, :50] // 2).astype(np.uint8)
    np.testing.assert_array_equal(to_uint8(colors.astype(dtype)), to_uint8(colors))
    np.testing.assert_array_equal(to_gray(colors.astype(dtype)), to_gray(colors))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_float_colors_are_those_of_uint8(dtype):
    colors = astronaut()[:40, :50]
    floats = (colors / 255).astype(dtype)
    np.testing.assert_array_equal(to_uint8(floats), to_uint8(colors))
    np.testing.assert_allclose(to_gray(floats), to_gray(colors) / 255, atol=1e-7)


@pytest.mark.parametrize("estimator", [GammaCorrection(), DiscreteCosine(9), ImageResizer(24)])
def test_dtypes_of_a_list_are_brought_to_one_scale(estimator, faces):
    mask = faces[1] > 128
    mixed = [faces[0], mask, faces[2] / 255, faces[3].astype(np.int64)]
    levels = np.stack([faces[0], mask * np.uint8(255), faces[2], faces[3]])
    expected = estimator.fit_transform(levels)
    for order in (slice(None), slice(None, None, -1)):
        np.testing.assert_array_equal(estimator.fit_transform(mixed[order]), expected[order])
        np.testing.assert_array_equal(estimator.transform(mixed[order]), expected[order])


def test_resizer_brings_images_of_several_sizes_to_one_scale(faces):
    mixed = [faces[0], faces[1][:, :40] / 255, faces[2][:30] > 128]
    levels = [faces[0], faces[1][:, :40], (faces[2][:30] > 128) * np.uint8(255)]
    resizer = ImageResizer(24)
    np.testing.assert_array_equal(resizer.fit_transform(mixed), resizer.fit_transform(levels))


@pytest.mark.parametrize("estimator", [DiscreteCosine(9), ImageResizer(24)])
def test_list_of_gray_levels_and_filter_responses_is_refused(estimator, faces):
    responses = TanTriggs().fit_transform(faces[:1])[0]
    message = r"got uint8 at 0 and float32 at 2\. X\[2\] must hold .*floats in 0\.\.1"
    with pytest.raises(ValueError, match=message):
        estimator.fit([faces[0], faces[1], responses])
    estimator.fit([responses, responses])


def test_rounding_errors_beyond_the_range_are_accepted(faces):
    floats = np.array([[1 + 1e-6, -1e-6]])
    np.testing.assert_array_equal(to_uint8(floats), [[255, 0]])
    black_and_white = np.where(faces[:3] > 99, 1 + 1e-5, -1e-5)
    filtered = CLAHE().fit_transform(black_and_white)
    np.testing.assert_array_equal(filtered, CLAHE().fit_transform((faces[:3] > 99) * np.uint8(255)))


def test_augmented_floats_stay_in_range(faces):
    augmenter = Augmenter(brightness=0.9, noise=0.1, random_state=0)
    floats = augmenter.augment(faces / 255)
    assert floats.min() >= 0 and floats.max() <= 1
    np.testing.assert_allclose(floats * 255, augmenter.augment(faces), atol=2.5)
    responses = augmenter.augment(faces / 255 - 0.5)
    assert responses.min() < -0.5
    with pytest.raises(ValueError, match=r"images must hold .* floats in 0\.\.1"):
        augmenter.augment(faces * 1.0)


# --- Size


@pytest.mark.parametrize("shape", [(96, 40), (40, 96)])
def test_mixed_resizing_averages_before_it_interpolates(shape):
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    expected = image.astype(float)
    if shape[0] == 96:
        expected = expected.reshape(48, 2, 40).mean(axis=1)
    else:
        expected = expected.reshape(40, 48, 2).mean(axis=2)
    expected = cv2.resize(expected, (48, 48), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(resize(image, (48, 48)), expected, atol=1.25)


def test_resizer_and_localizer_resize_alike():
    image = np.random.default_rng(0).integers(0, 256, (96, 40), dtype=np.uint8)
    expected = resize(image, (48, 48))
    whole = FaceLocalizer(on_missing="whole").fit_transform([image])
    np.testing.assert_array_equal(whole[0], expected)
    np.testing.assert_array_equal(ImageResizer().fit_transform(image[None])[0], expected)


@pytest.mark.parametrize("shape", [(24, 24), (48, 48), (96, 100), (24, 48), (48, 100)])
def test_shrinking_or_growing_both_sides_matches_opencv(shape, faces):
    shrinks = shape[0] < 48 or shape[1] < 48
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    expected = cv2.resize(faces[0], shape[::-1], interpolation=method)
    np.testing.assert_array_equal(resize(faces[0], shape), expected)
