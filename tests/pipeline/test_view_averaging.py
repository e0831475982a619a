import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from fertools.datasets import make_faces
from fertools.features import OrientedGradients, WithMirror
from fertools.kernels import GramSVC, MultiKernel
from fertools.pipeline import ViewAveraging
from fertools.pipeline._view_averaging import image_views

SETTINGS = [(False, 0), (True, 0), (False, 1), (True, 2)]


@pytest.fixture(scope="module")
def faces():
    """Return faces with a darker left half, so that all views differ."""
    faces = make_faces(70, random_state=0)
    faces.images[:, :, :24] //= 2
    return faces


@pytest.fixture(scope="module")
def model(faces):
    model = make_pipeline(OrientedGradients(), LogisticRegression(C=10, max_iter=500))
    return model.fit(faces.images, faces.labels)


def average(model, faces, **options):
    return ViewAveraging(FrozenEstimator(model), **options).fit(faces.images)


def shifted(image, y, x):
    """Shift an image by y rows and x columns, repeating the nearest pixel."""
    height, width = image.shape
    out = np.empty_like(image)
    for i, j in np.ndindex(height, width):
        out[i, j] = image[min(max(i + y, 0), height - 1), min(max(j + x, 0), width - 1)]
    return out


@pytest.mark.parametrize(("mirror", "shifts"), SETTINGS)
def test_probabilities_equal_the_mean_over_single_views(model, faces, mirror, shifts):
    probabilities = average(model, faces, mirror=mirror, shifts=shifts).predict_proba(
        faces.images[:3]
    )
    reach = range(-shifts, shifts + 1)
    steps = [(y, x) for y in reach for x in reach if y == 0 or x == 0]
    for image, row in zip(faces.images[:3], probabilities, strict=True):
        views = [shifted(image, y, x) for y, x in steps]
        views += [view[:, ::-1] for view in views] if mirror else []
        expected = np.mean([model.predict_proba(view[None])[0] for view in views], axis=0)
        np.testing.assert_allclose(row, expected, atol=1e-6)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


def test_single_view_equals_the_classifier(model, faces):
    averaging = average(model, faces, mirror=False)
    np.testing.assert_allclose(
        averaging.predict_proba(faces.images), model.predict_proba(faces.images), atol=1e-6
    )
    np.testing.assert_array_equal(averaging.predict(faces.images), model.predict(faces.images))


def test_probabilities_are_mirror_invariant(model, faces):
    images, mirror = faces.images, faces.images[:, :, ::-1]
    assert np.abs(model.predict_proba(images) - model.predict_proba(mirror)).max() > 0.1
    averaging = average(model, faces, shifts=1)
    np.testing.assert_allclose(
        averaging.predict_proba(images), averaging.predict_proba(mirror), atol=1e-6
    )


def test_mirror_has_no_effect_with_a_symmetric_kernel(faces):
    svm = CalibratedClassifierCV(GramSVC(kernel=MultiKernel(symmetry="halves")), cv=2)
    model = make_pipeline(WithMirror(OrientedGradients()), svm)
    model.fit(faces.images, faces.labels)
    new = make_faces(20, random_state=1).images
    np.testing.assert_allclose(
        average(model, faces).predict_proba(new), model.predict_proba(new), atol=1e-5
    )


def test_views_keep_the_dtype_and_begin_with_the_images(faces):
    for images in (faces.images, faces.images / np.float32(255)):
        views = image_views(images, True, 2)
        assert views.shape == (18, *images.shape) and views.dtype == images.dtype
        np.testing.assert_array_equal(views[0], images)


def test_flattened_and_color_images_give_equal_probabilities(model, faces):
    averaging = average(model, faces, shifts=1)
    expected = averaging.predict_proba(faces.images)
    flattened = faces.images.reshape(len(faces.images), -1)
    colors = np.repeat(faces.images[..., None], 3, axis=3)
    for X, options in [(flattened, {"image_shape": (48, 48)}), (colors, {})]:
        other = ViewAveraging(FrozenEstimator(model), shifts=1, **options).fit(X)
        np.testing.assert_array_equal(other.predict_proba(X), expected)


def test_probabilities_are_independent_of_batch_and_threads(model, faces):
    averaging = average(model, faces, shifts=1)
    expected = averaging.predict_proba(faces.images)
    singles = [averaging.predict_proba(image[None])[0] for image in faces.images[:4]]
    np.testing.assert_allclose(singles, expected[:4], atol=1e-6)
    averaging.set_params(n_jobs=2)
    np.testing.assert_allclose(averaging.predict_proba(faces.images), expected, atol=1e-6)


def test_fit_trains_a_clone_on_the_images_alone(model, faces):
    unfitted = clone(model)
    averaging = ViewAveraging(unfitted).fit(faces.images, faces.labels)
    np.testing.assert_array_equal(averaging.estimator_[-1].coef_, model[-1].coef_)
    with pytest.raises(NotFittedError):
        unfitted.predict(faces.images)
    assert averaging.score(faces.images, faces.labels) > 0.5


def test_frozen_estimator_is_not_refitted(model, faces):
    frozen = FrozenEstimator(model)
    averaging = ViewAveraging(frozen).fit(faces.images[:1])
    assert averaging.estimator_ is frozen
    np.testing.assert_array_equal(averaging.classes_, model.classes_)
    with pytest.raises(NotFittedError):
        ViewAveraging(FrozenEstimator(clone(model))).fit(faces.images[:1])


@pytest.mark.parametrize(
    ("options", "words"),
    [({"shifts": -1}, "'shifts' parameter"), ({"mirror": "yes"}, "'mirror' parameter")],
)
def test_invalid_parameters_are_rejected(model, faces, options, words):
    with pytest.raises(ValueError, match=words):
        average(model, faces, **options)
