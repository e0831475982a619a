import cv2
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from fertools.datasets import make_faces
from fertools.features import OrientedGradients
from fertools.persistence import load, save
from fertools.preprocessing import BlindWienerFilter, FaceAligner
from fertools.recognizer._face_crops import find_aligner


def blur(images, sigma):
    return np.stack([cv2.GaussianBlur(image, (0, 0), sigma) for image in images])


def add_noise(images, sigma):
    noise = np.random.default_rng(0).normal(0, sigma, images.shape)
    return np.rint(images + noise).clip(0, 255).astype(np.uint8)


def errors(images, others):
    return np.abs(images.astype(float) - others).mean(axis=(1, 2))


@pytest.fixture(scope="module")
def faces():
    # Drawn faces with equal blur and noise; their own noise varies.
    return add_noise(blur(make_faces(400, random_state=0).images, 1.0), 2)


@pytest.fixture(scope="module")
def wiener(faces):
    return BlindWienerFilter().fit(faces[:300])


@pytest.mark.parametrize("sigma", [1.0, 1.5, 2.0, 2.5])
def test_blur_is_estimated_and_removed(wiener, faces, sigma):
    blurred = blur(faces[300:], sigma)
    estimates = wiener.estimate(blurred)
    assert abs(np.median(estimates[:, 0]) - sigma) < 0.15
    assert (estimates[:, 1] < 1).all()
    gain = errors(wiener.transform(blurred), faces[300:]) / errors(blurred, faces[300:])
    assert np.median(gain) < 0.85


@pytest.mark.parametrize("sigma", [10, 20, 40])
def test_noise_is_estimated_and_reduced(wiener, faces, sigma):
    noisy = add_noise(faces[300:], sigma)
    estimates = wiener.estimate(noisy)
    # Clipping to 0..255 removes a part of the noise.
    assert 0.85 * sigma < np.median(estimates[:, 1]) < 1.15 * sigma
    gain = errors(wiener.transform(noisy), faces[300:]) / errors(noisy, faces[300:])
    assert np.median(gain) < 0.8


def test_images_of_the_quality_of_the_training_images_hardly_change(wiener, faces):
    changes = errors(wiener.transform(faces[300:]), faces[300:])
    assert np.median(changes) < 2


def test_mirror_images_give_mirror_images(wiener, faces):
    images = blur(faces[:20], 1.2)
    mirrored = wiener.transform(images[:, :, ::-1])[:, :, ::-1]
    assert np.abs(mirrored.astype(int) - wiener.transform(images)).max() <= 1


def test_constant_images_are_unchanged(wiener):
    flat = np.stack([np.full((48, 48), v, np.uint8) for v in (0, 77, 255)])
    np.testing.assert_array_equal(wiener.transform(flat), flat)
    np.testing.assert_array_equal(wiener.estimate(flat), 0)


def test_constant_training_images_give_no_filter(faces):
    wiener = BlindWienerFilter().fit(np.zeros((3, 48, 48), np.uint8))
    assert not wiener.spectrum_.any()
    np.testing.assert_array_equal(wiener.transform(faces[:3]), faces[:3])
    np.testing.assert_array_equal(wiener.estimate(faces[:3]), 0)


@pytest.mark.parametrize("shape", [(8, 8), (1, 5), (1, 2), (3, 2)])
def test_images_with_few_frequencies_are_unchanged(shape):
    images = np.random.default_rng(0).integers(0, 256, (5, *shape), dtype=np.uint8)
    wiener = BlindWienerFilter().fit(images)
    np.testing.assert_array_equal(wiener.transform(images), images)
    np.testing.assert_array_equal(wiener.estimate(images), 0)


@pytest.mark.parametrize("shape", [(40, 64), (300, 260), (1, 200)])
def test_other_shapes(shape):
    rng = np.random.default_rng(0)
    images = blur(rng.integers(0, 256, (20, *shape), dtype=np.uint8), 1.0)
    wiener = BlindWienerFilter().fit(images)
    restored = wiener.transform(blur(images, 1.0))
    assert restored.shape == images.shape and restored.dtype == np.uint8
    assert errors(restored, images).mean() < errors(blur(images, 1.0), images).mean()


def test_floats_of_any_range(wiener, faces):
    images = blur(faces[300:310], 1.5).astype(np.float64)
    # The extremes are those of the range, which is unknown for floats outside of 0..1.
    images[:, 0, 0], images[:, 0, 1] = 0, 255
    expected = wiener.transform(images.astype(np.uint8))
    unit = wiener.transform(images / 255)
    assert unit.dtype == np.float32 and unit.min() >= 0 and unit.max() <= 1
    np.testing.assert_allclose(255 * unit, expected, atol=0.51)
    scaled = wiener.transform(images / 10 - 5)
    np.testing.assert_allclose((10 * (scaled + 5)).clip(0, 255), expected, atol=0.52)
    blurs, noises = wiener.estimate(images.astype(np.uint8)).T
    np.testing.assert_allclose(wiener.estimate(images / 10 - 5)[:, 0], blurs)
    np.testing.assert_allclose(wiener.estimate(images / 255)[:, 1], noises / 255)


def test_without_blur_nothing_is_sharpened(faces):
    wiener = BlindWienerFilter(max_blur=0).fit(faces)
    blurred = blur(faces[:5], 1.5)
    assert (wiener.estimate(blurred)[:, 0] == 0).all()
    assert wiener.transform(blurred).std() <= blurred.std()


def test_regularization_smooths(wiener, faces):
    noisy = add_noise(faces[300:320], 20)
    contrast = [
        BlindWienerFilter(regularization=factor).fit(faces).transform(noisy).std()
        for factor in (0, 0.5, 2)
    ]
    assert contrast[0] > contrast[1] > contrast[2]


def test_gain_is_limited(faces):
    blurred = blur(faces[:20], 2.0)
    contrast = [
        BlindWienerFilter(max_gain=gain).fit(faces).transform(blurred).astype(float)
        for gain in (1, 3, 100)
    ]
    differences = [np.abs(image - blurred).mean() for image in contrast]
    assert differences[0] < differences[1] < differences[2]


def test_saved_filter(wiener, faces, tmp_path):
    save(wiener, tmp_path / "wiener.fer")
    images = blur(faces[:5], 1.5)
    found = load(tmp_path / "wiener.fer").transform(images)
    np.testing.assert_array_equal(found, wiener.transform(images))


def test_classifier_is_more_robust_with_the_filter():
    faces, others = (make_faces(280, random_state=seed) for seed in (0, 1))
    head = OrientedGradients(), LogisticRegression(max_iter=1000)
    plain = make_pipeline(*head).fit(faces.images, faces.labels)
    restored = make_pipeline(BlindWienerFilter(), *head).fit(faces.images, faces.labels)
    blurred = blur(others.images, 2.0)
    assert restored.score(blurred, others.labels) > plain.score(blurred, others.labels) + 0.05
    loss = plain.score(others.images, others.labels) - restored.score(others.images, others.labels)
    assert loss < 0.05


def test_aligner_after_the_filter_is_found(faces):
    aligner = FaceAligner(1, n_samples=50, random_state=0)
    model = make_pipeline(BlindWienerFilter(), aligner, OrientedGradients(), LogisticRegression())
    model.fit(faces[:60], np.arange(60) % 2)
    assert find_aligner(model) is model[1]
    assert find_aligner(make_pipeline(BlindWienerFilter()).fit(faces)) is None
