import numpy as np
import pytest
from skimage.data import astronaut
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from fertools.detection import Detection, FaceLocalizer, ViolaJonesDetector
from fertools.detection._crop_square import crop_square
from fertools.features import DiscreteCosine


class FixedDetector:
    """Detector that returns one face of 8 x 8 pixels for images of at least 20 x 20 pixels."""

    def detect(self, image):
        return [Detection(4, 6, 8, 8, 1.0)] if min(image.shape) >= 20 else []


@pytest.fixture
def images():
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, shape, dtype=np.uint8) for shape in [(20, 30), (9, 15), (40, 25)]]


def test_detected_faces_are_cropped(images):
    localizer = FaceLocalizer(FixedDetector(), size=8).fit(images)
    crops, found = localizer.locate(images)
    assert crops.shape == (3, 8, 8) and crops.dtype == np.uint8
    np.testing.assert_array_equal(crops[0], images[0][6:14, 4:12])
    np.testing.assert_array_equal(found, [True, False, True])
    np.testing.assert_array_equal(localizer.found_, found)
    assert localizer.coverage_ == pytest.approx(2 / 3)


def test_object_array_is_equivalent_to_a_list(images):
    objects = np.empty(3, dtype=object)
    objects[:] = images
    expected = FaceLocalizer(FixedDetector(), size=8).fit_transform(images)
    crops = FaceLocalizer(FixedDetector(), size=8).fit_transform(objects)
    np.testing.assert_array_equal(crops, expected)


def test_on_missing_selects_the_crop_of_images_without_a_face(images):
    center = FaceLocalizer(FixedDetector(), size=9).fit_transform(images)
    np.testing.assert_array_equal(center[1], images[1][:, 3:12])
    whole = FaceLocalizer(FixedDetector(), size=9, on_missing="whole").fit_transform(images)
    assert whole[1].mean() == pytest.approx(images[1].mean(), abs=1)
    with pytest.raises(ValueError, match=r"X\[1\] must show a face; found none in 9x15"):
        FaceLocalizer(FixedDetector(), on_missing="raise").fit(images)


def test_crop_is_square_and_repeats_the_border():
    image = np.arange(100, dtype=np.uint8).reshape(10, 10)
    crop = crop_square(image, (6, 0, 8, 4), 8)
    np.testing.assert_array_equal(crop[2:, :4], image[:6, 6:])
    np.testing.assert_array_equal(crop[:, 4:], np.repeat(crop[:, 3:4], 4, axis=1))
    np.testing.assert_array_equal(crop[:2], np.repeat(crop[2:3], 2, axis=0))


def test_margin_is_a_fraction_of_the_box():
    image = np.add.outer(np.arange(60), np.arange(60)).astype(np.uint8)
    np.testing.assert_array_equal(
        crop_square(image, (20, 20, 10, 10), 20, 0.5), image[15:35, 15:35]
    )


def test_flattened_images_give_flattened_crops():
    rows = np.random.default_rng(1).random((4, 30 * 25))
    localizer = FaceLocalizer(FixedDetector(), size=8, image_shape=(30, 25))
    crops = localizer.set_output(transform="pandas").fit_transform(rows)
    assert list(crops.columns[:2]) == ["pixel_0_0", "pixel_0_1"] and crops.shape == (4, 64)
    images = np.rint(rows.reshape(4, 30, 25) * 255).astype(np.uint8)
    np.testing.assert_array_equal(crops.iloc[2].to_numpy().reshape(8, 8), images[2, 6:14, 4:12])


def test_localizer_is_the_first_step_of_a_pipeline(images):
    X, y = images * 4, ["a", "b", "c"] * 4
    pipeline = make_pipeline(
        FaceLocalizer(FixedDetector(), size=8, n_jobs=2), DiscreteCosine(20), LogisticRegression()
    )
    pipeline.set_output(transform="pandas")
    assert pipeline.fit(X, y).score(X, y) == 1
    pipeline.set_params(facelocalizer__on_missing="whole").fit(X, y)


def test_default_detector_detects_the_astronaut():
    localizer = FaceLocalizer().fit([astronaut(), np.zeros((60, 60), np.uint8)])
    np.testing.assert_array_equal(localizer.found_, [True, False])
    none_found = FaceLocalizer(ViolaJonesDetector(min_size=400)).fit([astronaut()])
    assert none_found.coverage_ == 0


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([np.zeros((9, 9)), np.full((9, 9), np.nan)], r"X\[1\] must hold finite pixels"),
        ([np.zeros((9, 9, 2))], r"X\[0\] must be of shape"),
        ([np.full((9, 9), 7.0)], r"X\[0\] must hold uint8 in 0..255 or floats in 0..1"),
        (np.zeros((0, 9, 9)), "at least one image"),
    ],
)
def test_invalid_images_are_reported(X, message):
    with pytest.raises(ValueError, match=message):
        FaceLocalizer(FixedDetector()).fit(X)


def test_one_color_photo_is_refused():
    with pytest.raises(ValueError, match=r"X must be a batch of images; .*Pass X\[np.newaxis\]"):
        FaceLocalizer().fit(astronaut())
    assert FaceLocalizer(FixedDetector(), size=8).fit_transform(astronaut()[None]).shape == (
        1,
        8,
        8,
    )
