import numpy as np
import pytest

from fertools.datasets import make_faces
from fertools.preprocessing import Augmenter
from fertools.preprocessing._augmenter import affine_matrices, warp

UNCHANGED = {"rotation": 0, "shift": 0, "shear": 0, "zoom": 0, "flip": 0}


@pytest.fixture(scope="module")
def faces():
    return make_faces(200, random_state=0).images


def move(images, angle=0.0, shift=(0, 0), shear=0.0, zoom=(1, 1)):
    """Apply one affine map to all images."""
    n = len(images)
    parts = np.full(n, angle), np.tile(shift, (n, 1)), np.full(n, shear), np.tile(zoom, (n, 1))
    return warp(images, affine_matrices(images.shape[1:], *parts))


def test_rotation_by_90_degrees_is_exact(faces):
    np.testing.assert_array_equal(move(faces, np.pi / 2), np.rot90(faces, axes=(1, 2)))


def test_shift_by_whole_pixels_repeats_the_border(faces):
    out = move(faces, shift=(6 / 48, -3 / 48))
    np.testing.assert_array_equal(out[:, :45, 6:], faces[:, 3:, :42])
    np.testing.assert_array_equal(out[:, :45, 0], faces[:, 3:, 0])
    np.testing.assert_array_equal(out[:, -1, 6:], faces[:, -1, :42])


def test_shear_and_zoom_of_lines():
    image = np.zeros((1, 49, 49))
    image[0, :, 24] = 1
    leaning = move(image, shear=0.25)[0]
    columns = leaning.argmax(axis=1)
    np.testing.assert_array_equal(columns[::4], 24 - np.arange(-6, 7))
    wide = np.zeros((1, 49, 49))
    wide[0, :, 12:37] = 1
    assert move(wide, zoom=(1.5, 1))[0, 24].sum() == pytest.approx(37, abs=1)
    np.testing.assert_array_equal(move(wide, zoom=(1, 0.5)), wide)


def test_images_are_unchanged_without_augmentation(faces):
    np.testing.assert_array_equal(Augmenter(**UNCHANGED).augment(faces), faces)


def test_half_of_the_images_are_flipped(faces):
    out = Augmenter(**UNCHANGED | {"flip": 0.5}, random_state=0).augment(faces)
    mirrored = np.array([np.array_equal(a, b[:, ::-1]) for a, b in zip(out, faces, strict=True)])
    same = np.array([np.array_equal(a, b) for a, b in zip(out, faces, strict=True)])
    assert (mirrored | same).all() and 75 < mirrored.sum() < 125


def test_result_depends_on_the_seed_only(faces):
    first, again, other = (
        Augmenter(random_state=seed, noise=0.02, occlusion=0.2).augment(faces) for seed in (1, 1, 2)
    )
    assert first.tobytes() == again.tobytes() and first.tobytes() != other.tobytes()
    augmenter = Augmenter(random_state=np.random.RandomState(1))
    assert augmenter.augment(faces).tobytes() != augmenter.augment(faces).tobytes()


def test_brightness_is_within_its_range():
    gray = np.full((500, 8, 8), 100, np.uint8)
    means = (
        Augmenter(**UNCHANGED | {"brightness": 0.3}, random_state=0).augment(gray).mean(axis=(1, 2))
    )
    assert 70 <= means.min() < 74 and 126 < means.max() <= 130
    white = Augmenter(**UNCHANGED | {"brightness": 1}, random_state=0).augment(gray + 100)
    assert white.max() == 255


def test_noise_has_the_requested_standard_deviation():
    gray = np.full((20, 48, 48), 128, np.uint8)
    out = Augmenter(**UNCHANGED | {"noise": 0.05}, random_state=0).augment(gray)
    assert out.std() == pytest.approx(0.05 * 255, rel=0.02)
    assert out.mean() == pytest.approx(128, abs=0.3)
    floats = Augmenter(**UNCHANGED | {"noise": 0.05}, random_state=0).augment(gray / 255)
    assert floats.std() == pytest.approx(0.05, rel=0.02) and floats.dtype == np.float64


def test_occlusion_covers_at_most_its_fraction():
    gray = np.tile(np.linspace(0, 1, 40), (300, 40, 1))
    out = Augmenter(**UNCHANGED | {"occlusion": 0.5}, random_state=0).augment(gray)
    covered = (out != gray).mean(axis=(1, 2))
    assert covered.max() <= 0.25 and covered.max() > 0.2 and 0.04 < covered.mean() < 0.09
    assert np.unique(out[out != gray].round(6)).tolist() == [0.5]


def test_uint8_and_floats_agree(faces):
    bytes_ = Augmenter(random_state=0).augment(faces)
    floats = Augmenter(random_state=0).augment(faces / 255)
    assert np.abs(bytes_ / 255 - floats).max() < 0.03


def test_input_is_not_modified(faces):
    before = faces.copy()
    Augmenter(noise=0.1, occlusion=0.5, random_state=0).augment(faces)
    Augmenter(**UNCHANGED | {"occlusion": 0.5}, random_state=0).augment(faces)
    np.testing.assert_array_equal(faces, before)


@pytest.mark.parametrize(
    ("parameters", "images", "message"),
    [
        ({"rotation": 400}, np.zeros((1, 9, 9)), "'rotation' parameter of Augmenter"),
        ({"zoom": 1}, np.zeros((1, 9, 9)), "'zoom' parameter of Augmenter"),
        (
            {},
            np.zeros((9, 9)),
            r"images must be gray images of shape \(n, height, width\); got \(9, 9\)",
        ),
        ({}, [np.zeros((9, 9)), np.zeros((8, 9))], "images must hold images of one shape"),
    ],
)
def test_invalid_input_is_reported(parameters, images, message):
    with pytest.raises(ValueError, match=message):
        Augmenter(**parameters).augment(images)
