"""Estimators under scikit-learn's global option to return data frames."""

import warnings

import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import clone, config_context
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fertools.calibration import ConformalClassifier, TemperatureScalingCV
from fertools.datasets import make_faces
from fertools.features import (
    DiscreteCosine,
    FeatureFusion,
    OrientedGradients,
    PrincipalFeatures,
    VisualWords,
    WithMirror,
)
from fertools.kernels import (
    GramSVC,
    KernelRidgeClassifier,
    KernelRidgeClassifierCV,
    MultiKernel,
    PairMeansClassifier,
)
from fertools.pipeline import KernelImageClassifier, ViewAveraging
from fertools.preprocessing import FaceAligner, FaceMask, ImageResizer
from fertools.selection import FeatureSubsetSelector

FACES = make_faces(70, random_state=0)
DCT = DiscreteCosine(20)
SCALED = make_pipeline(OrientedGradients(), StandardScaler())
PRINCIPAL = PrincipalFeatures(OrientedGradients(), 20, random_state=0)
FUSION = FeatureFusion(
    [
        ("hog", PRINCIPAL),
        ("scaled", PrincipalFeatures(WithMirror(SCALED), 20, random_state=0)),
    ]
)
RIDGE = KernelRidgeClassifier(0.1)
KERNELS = KernelImageClassifier(FUSION, RIDGE)
CLASSIFIERS = {
    "kernels": KERNELS,
    "svm": KernelImageClassifier(FUSION, GramSVC()),
    "one step": KernelImageClassifier(PRINCIPAL, KernelRidgeClassifierCV()),
    "pair means": KernelImageClassifier(FUSION, PairMeansClassifier(RIDGE)),
    "mirror images": make_pipeline(
        WithMirror(SCALED), GramSVC(kernel=MultiKernel(symmetry="halves"))
    ),
    "words": make_pipeline(VisualWords(20, n_samples=500, random_state=0), RIDGE),
    "filters": make_pipeline(
        FaceAligner(n_iterations=1, n_samples=30, random_state=0),
        ImageResizer(24),
        FaceMask(),
        DCT,
        FeatureSubsetSelector(n_features_to_select=10),
        RIDGE,
    ),
    "calibrated": TemperatureScalingCV(KERNELS),
    "views": ViewAveraging(KernelImageClassifier(FUSION, PairMeansClassifier(RIDGE))),
}


def outputs(model):
    names = ("predict", "predict_proba", "decision_function", "predict_set")
    return {name: getattr(model, name)(FACES.images) for name in names if hasattr(model, name)}


def assert_equal_outputs(found, expected):
    assert found.keys() == expected.keys()
    assert_array_equal(found.pop("predict"), expected.pop("predict"))
    for name, values in found.items():
        assert_allclose(values, expected[name], atol=1e-4)


@pytest.mark.parametrize("classifier", CLASSIFIERS.values(), ids=CLASSIFIERS)
def test_fit_and_predict_do_not_depend_on_the_option(classifier):
    expected = outputs(clone(classifier).fit(FACES.images, FACES.labels))
    with config_context(transform_output="pandas"), warnings.catch_warnings():
        warnings.simplefilter("error")
        found = outputs(clone(classifier).fit(FACES.images, FACES.labels))
    assert_equal_outputs(found, expected)


@pytest.mark.parametrize("wrap", [lambda model: model, ConformalClassifier, ViewAveraging])
def test_predictions_of_a_fitted_classifier_do_not_depend_on_the_option(wrap):
    model = KernelImageClassifier(PRINCIPAL, PairMeansClassifier(RIDGE))
    model = wrap(model.fit(FACES.images, FACES.labels)).fit(FACES.images, FACES.labels)
    expected = outputs(model)
    with config_context(transform_output="pandas"), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_equal_outputs(outputs(model), expected)
