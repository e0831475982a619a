"""Memory orders that OpenCV rejects, and parameters that cause overflow or endless loops."""

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB
from sklearn.utils._param_validation import InvalidParameterError

from fertools.datasets import make_faces
from fertools.detection import FaceLocalizer, ViolaJonesDetector
from fertools.evaluation import DuplicateAwareKFold
from fertools.features import DiscreteCosine, FeatureFusion, LocalZernikeMoments, ZernikeMoments
from fertools.kernels import GramSVC, KernelRidgeClassifier
from fertools.pipeline import ViewAveraging
from fertools.preprocessing import (
    CLAHE,
    AugmentationBalancer,
    AugmentationSampler,
    Augmenter,
    DifferenceOfGaussians,
    FaceAligner,
    FaceMask,
    ImageResizer,
    TanTriggs,
)

FACES = make_faces(21, size=16, random_state=0)
ORDERS = {
    "Fortran": np.asfortranarray,
    "transposed": lambda images: images.transpose(2, 1, 0).copy().transpose(2, 1, 0),
    "reversed": lambda images: images[:, ::-1, ::-1].copy()[:, ::-1, ::-1],
}


@pytest.fixture(params=ORDERS)
def reordered(request):
    return ORDERS[request.param]


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_augmenter_accepts_any_memory_order(dtype, reordered):
    images = FACES.images if dtype == np.uint8 else (FACES.images / 255).astype(dtype)
    augmenter = Augmenter(noise=0.1, occlusion=0.3, random_state=0)
    np.testing.assert_array_equal(augmenter.augment(reordered(images)), augmenter.augment(images))


def test_samplers_accept_any_memory_order(reordered):
    for sampler in (AugmentationSampler(random_state=0), AugmentationBalancer(1.0, random_state=0)):
        expected, _ = sampler.fit_resample(FACES.images[:20], FACES.labels[:20])
        found, _ = sampler.fit_resample(reordered(FACES.images[:20]), FACES.labels[:20])
        np.testing.assert_array_equal(found, expected)


def test_face_aligner_accepts_any_memory_order(reordered):
    aligner = FaceAligner(1, random_state=0)
    expected = aligner.fit(FACES.images).transform(FACES.images)
    images = reordered(FACES.images)
    np.testing.assert_array_equal(aligner.fit(images).transform(images), expected)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_images_that_are_not_finite_are_reported(value):
    images = FACES.images / 255
    images[3, 2, 1] = value
    with pytest.raises(ValueError, match=r"Input images contains (NaN|infinity)"):
        Augmenter().augment(images)


@pytest.mark.parametrize("strategy", [(0, 0), ["happy"], np.array(["happy"])])
def test_list_of_classes_to_balance_is_rejected(strategy):
    balancer = AugmentationBalancer(sampling_strategy=strategy)
    with pytest.raises(InvalidParameterError, match="'sampling_strategy' parameter"):
        balancer.fit_resample(FACES.images, FACES.labels)


@pytest.mark.parametrize(
    ("estimator", "parameter"),
    [
        (DifferenceOfGaussians(sigma_coarse=1e9), "sigma_coarse"),
        (TanTriggs(sigma_coarse=1e9), "sigma_coarse"),
        (DifferenceOfGaussians(1e9, 500), "sigma_fine"),
        (CLAHE(grid=1000), "grid"),
        (FaceAligner(2**31), "n_iterations"),
        (ViolaJonesDetector(min_size=2**31), "min_size"),
        (ViolaJonesDetector(max_side=2**31), "max_side"),
        (ViolaJonesDetector(scale_factor=1.001), "scale_factor"),
        (FaceLocalizer(size=2**31), "size"),
        (ViewAveraging(GaussianNB(), shifts=2**31), "shifts"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value,
)
def test_image_parameters_have_limits(estimator, parameter):
    with pytest.raises(InvalidParameterError, match=f"'{parameter}' parameter"):
        estimator.fit(FACES.images, FACES.labels)


def test_number_of_augmented_images_has_a_limit():
    with pytest.raises(InvalidParameterError, match="'n_augmented' parameter"):
        AugmentationSampler(2**31).fit_resample(FACES.images, FACES.labels)


def test_tolerance_below_rounding_errors_is_rejected():
    X = np.random.default_rng(0).random((21, 5))
    with pytest.raises(InvalidParameterError, match="'tol' parameter"):
        GramSVC(tol=1e-300).fit(X, FACES.labels)


def test_size_of_resized_images_has_a_limit():
    for size in (2**31, (48, 10**6)):
        with pytest.raises(ValueError, match=r"size must be one or two integers in 1\.\.4096; got"):
            ImageResizer(size).fit(FACES.images)


def test_sequences_of_wrong_elements_are_reported():
    with pytest.raises(ValueError, match="axes must be two finite numbers; got"):
        FaceMask(axes=("a", "b")).fit(FACES.images)
    with pytest.raises(ValueError, match="orders must contain pairs"):
        LocalZernikeMoments(orders=(1, 2)).fit(FACES.images)
    with pytest.raises(TypeError, match=r"descriptors must contain pairs \(name, descriptor\)"):
        FeatureFusion([DiscreteCosine()]).fit(FACES.images)


@pytest.mark.parametrize("degree", [0, 1])
def test_zernike_moments_of_the_lowest_degrees(degree):
    moments = ZernikeMoments(degree).fit_transform(FACES.images)
    expected = ZernikeMoments(4).fit(FACES.images)
    names = ZernikeMoments(degree).fit(FACES.images).get_feature_names_out()
    places = [list(expected.get_feature_names_out()).index(name) for name in names]
    np.testing.assert_allclose(moments, expected.transform(FACES.images)[:, places], rtol=1e-4)


@pytest.mark.parametrize("estimator", [GramSVC(), KernelRidgeClassifier()])
def test_overflow_of_the_kernel_is_reported(estimator):
    X = (np.random.default_rng(0).random((21, 5)) * 1e30).astype(np.float32)
    X[:10] *= -1
    estimator.set_params(kernel="linear")
    with pytest.raises(ValueError, match="X must hold values for which the kernel is finite"):
        estimator.fit(X, FACES.labels)


def test_more_folds_than_groups_are_rejected():
    folds = DuplicateAwareKFold(3).split(FACES.images, FACES.labels, ["Ann", "Bob", "Bob"] * 7)
    with pytest.raises(ValueError, match="n_splits=3 greater than the number of groups: 2"):
        next(folds)
