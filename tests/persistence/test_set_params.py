"""Parameters that `set_params` changes after fit are validated before any computation."""

import cProfile

import numpy as np
import pytest
from sklearn.base import clone

from fertools.datasets import make_faces
from fertools.detection import FaceLocalizer
from fertools.features import (
    DiscreteCosine,
    FeatureFusion,
    GaborEnergy,
    HaralickTextures,
    LocalBinaryPatterns,
    LocalZernikeMoments,
    OrientedGradients,
    PrincipalFeatures,
    StackedWords,
    VisualWords,
    WithMirror,
    ZernikeMoments,
)
from fertools.preprocessing import (
    CLAHE,
    DifferenceOfGaussians,
    FaceAligner,
    GammaCorrection,
    ImageResizer,
    TanTriggs,
)

WRONG = [
    (LocalBinaryPatterns(), {"radii": (-5,)}, "radii must contain numbers above 0"),
    (LocalBinaryPatterns(), {"radii": (np.nan,)}, "radii must contain numbers above 0"),
    (LocalBinaryPatterns(), {"radii": (1e6,)}, "radii must be at most 48 pixels"),
    (LocalBinaryPatterns(), {"points": 64}, "'points' parameter"),
    (LocalBinaryPatterns(), {"grid": (0, 6)}, "grid must be two integers of at least 1"),
    (LocalBinaryPatterns(), {"grid": 6}, "'grid' parameter"),
    (LocalBinaryPatterns(), {"grid": (10**4, 10**4)}, "at most 128 rows and columns"),
    (OrientedGradients(), {"grids": ((-6, -6),)}, "grids must be two integers of at least 1"),
    (OrientedGradients(), {"grids": (6, 6)}, "grids must be two integers of at least 1"),
    (OrientedGradients(), {"block": 0}, "'block' parameter"),
    (OrientedGradients(), {"orientations": -1}, "'orientations' parameter"),
    (LocalZernikeMoments(), {"window": 1001}, "'window' parameter"),
    (LocalZernikeMoments(), {"window": 8}, "window must be odd"),
    (LocalZernikeMoments(), {"orders": ((10**6, 2),)}, "n <= 40"),
    (LocalZernikeMoments(), {"n_bins": 10**6}, "'n_bins' parameter"),
    (ZernikeMoments(), {"degree": 10**6}, "'degree' parameter"),
    (GaborEnergy(), {"wavelengths": (1e12,)}, "wavelengths must contain numbers from 2 to 1000"),
    (GaborEnergy(), {"orientations": 10**9}, "'orientations' parameter"),
    (DiscreteCosine(block=8, grid=(4, 4)), {"block": 10**5}, "block must be at most 64"),
    (DiscreteCosine(), {"n_coefficients": 0}, "'n_coefficients' parameter"),
    (HaralickTextures(), {"levels": 0}, "'levels' parameter"),
    (HaralickTextures(), {"distance": 1000}, "distance must be smaller than a side"),
    (VisualWords(4, n_samples=50), {"step": 0}, "'step' parameter"),
    (StackedWords(4, n_first_words=4, n_samples=50), {"window": 0}, "'window' parameter"),
    (CLAHE(), {"grid": 0}, "'grid' parameter"),
    (CLAHE(), {"clip_limit": "2"}, "'clip_limit' parameter"),
    (GammaCorrection(), {"gamma": -1}, "'gamma' parameter"),
    (TanTriggs(), {"tau": 0}, "'tau' parameter"),
    (DifferenceOfGaussians(), {"sigma_fine": 9}, "sigma"),
    (ImageResizer(24), {"size": 0}, "'size' parameter"),
    (ImageResizer(24), {"size": 96}, "must not change the size of its output after fit"),
    (FaceAligner(n_iterations=1, n_samples=8), {"step": -1.0}, "'step' parameter"),
    (FaceLocalizer(size=16, on_missing="whole"), {"size": -3}, "'size' parameter"),
]


@pytest.fixture(scope="module")
def images():
    return make_faces(4, random_state=0).images


@pytest.mark.parametrize("estimator, parameters, message", WRONG)
def test_parameters_are_validated_at_transform(estimator, parameters, message, images):
    fitted = clone(estimator).fit(images)
    fitted.set_params(**parameters)
    with pytest.raises(ValueError, match=message):
        fitted.transform(images)


@pytest.mark.parametrize(
    "make",
    [
        lambda descriptor: FeatureFusion([("part", descriptor)]),
        lambda descriptor: FeatureFusion([("part", FeatureFusion([("inner", descriptor)]))]),
        lambda descriptor: PrincipalFeatures(descriptor, 3),
        lambda descriptor: WithMirror(descriptor),
        lambda descriptor: PrincipalFeatures(WithMirror(descriptor), 3),
    ],
)
def test_parameters_of_nested_descriptors_are_validated(make, images):
    fitted = make(LocalBinaryPatterns((1,), grid=(2, 2))).fit(images)
    pending = [fitted]
    while pending:
        part = pending.pop()
        if isinstance(part, LocalBinaryPatterns):
            part.set_params(radii=(-5,))
        pending += [inner for _, inner in getattr(part, "descriptors_", [])]
        pending += [part.transformer_] if hasattr(part, "transformer_") else []
    with pytest.raises(ValueError, match="radii must contain numbers above 0"):
        fitted.transform(images)


@pytest.mark.parametrize(
    "fitted, parameters",
    [
        (LocalBinaryPatterns((1,)), {"radii": (1, 2)}),
        (OrientedGradients(), {"grids": ((3, 3),)}),
        # One value per image would be repeated in all columns.
        (DiscreteCosine(8), {"n_coefficients": 1}),
    ],
)
def test_changed_number_of_features_is_refused(fitted, parameters, images):
    fitted = clone(fitted).fit(images)
    fitted.set_params(**parameters)
    with pytest.raises(ValueError, match=r"must not change the number of features after fit; got"):
        fitted.transform(images)
    assert fitted.fit(images).transform(images).shape[1] == len(fitted.get_feature_names_out())


def test_parameters_that_keep_the_features_can_change(images):
    fitted = CLAHE().fit(images).set_params(clip_limit=4.0)
    np.testing.assert_array_equal(fitted.transform(images), CLAHE(4.0).fit_transform(images))


def test_parameter_validation_is_cheap(images):
    """The number of calls is bounded; a clock would fail on a busy computer."""
    for estimator in (LocalBinaryPatterns(), OrientedGradients(), CLAHE()):
        fitted = estimator.fit(images)
        with cProfile.Profile() as profile:
            fitted._check_parameters()
        assert sum(entry.callcount for entry in profile.getstats()) < 2000
