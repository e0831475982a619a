import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from fertools.datasets import make_faces
from fertools.features import (
    DiscreteCosine,
    FeatureFusion,
    LocalBinaryPatterns,
    OrientedGradients,
    PrincipalFeatures,
)
from fertools.kernels import (
    GramSVC,
    KernelRidgeClassifier,
    KernelRidgeClassifierCV,
    MultiKernel,
    PairMeansClassifier,
)
from fertools.persistence import load, save
from fertools.pipeline import KernelImageClassifier
from fertools.preprocessing import FaceAligner
from fertools.recognizer import ExpressionRecognizer

LBP = PrincipalFeatures(LocalBinaryPatterns(radii=(1,)), 30, random_state=0)
HOG = PrincipalFeatures(OrientedGradients(), 50, random_state=0)
FUSION = FeatureFusion([("lbp", LBP), ("hog", HOG)])
REDUCED = PairMeansClassifier(KernelRidgeClassifier(0.1))


@pytest.fixture(scope="module")
def faces():
    return make_faces(140, random_state=0)


@pytest.fixture(scope="module")
def test_faces():
    return make_faces(70, random_state=1)


def fit(faces, transformer=FUSION, estimator=GramSVC(C=10), **given):  # noqa: B008
    return KernelImageClassifier(transformer, estimator, **given).fit(faces.images, faces.labels)


def test_kernel_equals_its_formula(faces, test_faces):
    model = fit(faces, weights={"lbp": 3, "hog": 1}, gamma=1.5, mirror_invariant=False)
    fusion = clone(FUSION).fit(faces.images)
    X, X_test = fusion.transform(faces.images), fusion.transform(test_faces.images)
    exponent = 0
    for columns, weight in ((slice(0, 30), 0.75), (slice(30, None), 0.25)):
        between, among = (
            ((one[:, None, columns] - X[:, columns]) ** 2).sum(axis=2) for one in (X_test, X)
        )
        exponent = exponent + weight * between / among.mean()
    K = model.estimator_.kernel_.matrix(X_test * model.scale_, X * model.scale_)
    assert_allclose(K, np.exp(-1.5 * exponent), rtol=1e-4)


def test_equals_a_classifier_on_the_product_kernel(faces, test_faces):
    weights = {"hog": 0.4, "lbp": 0.6}
    model = fit(faces, weights={"hog": 2, "lbp": 3})
    fusion = clone(FUSION).fit(faces.images)
    kernel = MultiKernel(
        ["lbp"] * 30 + ["hog"] * 50,
        gamma=2.0,
        weights=weights,
        combine="product",
        symmetry=fusion.odd_,
    )
    svm = GramSVC(C=10, kernel=kernel).fit(fusion.transform(faces.images), faces.labels)
    X_test = fusion.transform(test_faces.images)
    assert_allclose(
        model.decision_function(test_faces.images), svm.decision_function(X_test), atol=1e-3
    )
    assert_array_equal(model.predict(test_faces.images), svm.predict(X_test))


@pytest.mark.parametrize(
    "estimator",
    [GramSVC(C=10), REDUCED, KernelRidgeClassifier(0.1), KernelRidgeClassifierCV()],
    ids=lambda estimator: type(estimator).__name__,
)
def test_predictions_are_mirror_invariant(faces, test_faces, estimator):
    model = fit(faces, estimator=estimator)
    decisions = model.decision_function(test_faces.images)
    assert_allclose(model.decision_function(test_faces.images[:, :, ::-1]), decisions, atol=2e-3)
    assert model.score(test_faces.images, test_faces.labels) > 0.6
    assert hasattr(model, "predict_proba") == hasattr(estimator, "predict_proba")
    assert hasattr(clone(model), "predict_proba") == hasattr(estimator, "predict_proba")


def test_even_features_precede_odd_ones(faces):
    model = fit(faces)
    odd = model.estimator_.kernel_.symmetry
    assert 0 < odd.sum() < 80 and not np.diff(odd.astype(int)).min() < 0
    X = model.transformer_.transform(faces.images) * model.scale_
    ordered = np.hstack([X[:, ~model.transformer_.odd_], X[:, model.transformer_.odd_]])
    assert_array_equal(model.estimator_.support_vectors_, ordered[model.estimator_.support_])


def test_predictions_differ_without_mirror_invariance(faces, test_faces):
    model = fit(faces, mirror_invariant=False)
    decisions = model.decision_function(test_faces.images)
    reflected = model.decision_function(test_faces.images[:, :, ::-1])
    assert abs(decisions - reflected).max() > 0.1


def test_step_with_weight_0_has_no_effect(faces, test_faces):
    alone = fit(faces, transformer=LBP)
    weighted = fit(faces, weights={"lbp": 5, "hog": 0})
    assert_allclose(
        weighted.decision_function(test_faces.images),
        alone.decision_function(test_faces.images),
        atol=1e-3,
    )


def test_weights_are_equal_by_default_and_scaled_to_sum_to_1(faces, test_faces):
    images = test_faces.images
    equal, given = fit(faces), fit(faces, weights={"lbp": 7.0, "hog": 7.0})
    assert_array_equal(equal.decision_function(images), given.decision_function(images))


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"lbp": 1}, r"weights must name each of the groups \['lbp', 'hog'\]; got \['lbp'\]"),
        ({"lbp": 1, "hog": -1}, r"weights must be at least 0 and not all 0; got \{'lbp': 1, "),
        ({"lbp": 0, "hog": 0}, r"weights must be at least 0 and not all 0"),
    ],
)
def test_invalid_weights_are_rejected_before_fitting(faces, weights, message, monkeypatch):
    monkeypatch.setattr(FeatureFusion, "fit", None)
    with pytest.raises(ValueError, match=message):
        fit(faces, weights=weights)


def test_mirror_invariance_requires_even_or_odd_features(faces):
    mixed = FeatureFusion([("lbp", LBP), ("dct", DiscreteCosine(20))])
    with pytest.raises(
        ValueError, match=r"mirror_invariant must be False unless .*; got mirror_invariant=True"
    ):
        fit(faces, transformer=mixed)
    assert fit(faces, transformer=mixed, mirror_invariant=False).predict(
        faces.images[:2]
    ).shape == (2,)


def test_estimator_without_a_kernel_is_an_error(faces):
    with pytest.raises(ValueError, match="Invalid parameter 'kernel'"):
        fit(faces, estimator=LogisticRegression())


def test_flattened_images_have_the_shape_of_the_transformer(faces, test_faces):
    flattened = {name: data.images.reshape(-1, 48 * 48) for name, data in
            (("train", faces), ("test", test_faces))}  # fmt: skip
    fusion = clone(FUSION).set_params(image_shape=(48, 48))
    flat = KernelImageClassifier(fusion, GramSVC(C=10)).fit(flattened["train"], faces.labels)
    assert flat.image_shape_ == (48, 48)
    assert_array_equal(
        flat.decision_function(flattened["test"]), fit(faces).decision_function(test_faces.images)
    )


def test_saved_pipeline_with_an_aligner_recognizes_faces(faces, test_faces, tmp_path):
    model = Pipeline(
        [
            ("align", FaceAligner(2, random_state=0)),
            ("classify", KernelImageClassifier(FUSION, REDUCED)),
        ]
    ).fit(faces.images, faces.labels)
    save(model, tmp_path / "model.fer")
    loaded = load(tmp_path / "model.fer")
    assert_array_equal(
        loaded.predict_proba(test_faces.images), model.predict_proba(test_faces.images)
    )
    recognizer = ExpressionRecognizer(loaded, detector=None)
    assert recognizer.size_ == 48
    named = [recognizer.recognize(image)[0].expression for image in test_faces.images]
    assert_array_equal(named, model.predict(test_faces.images))


def test_grid_search_over_weights_and_nested_parameters(faces):
    model = KernelImageClassifier(FUSION, GramSVC())
    grid = {
        "weights": [{"lbp": 1, "hog": 0}, {"lbp": 1, "hog": 1}],
        "estimator__C": [10],
        "transformer__lbp__n_components": [10, 30],
    }
    search = GridSearchCV(model, grid, cv=2).fit(faces.images, faces.labels)
    assert search.best_score_ > 0.6
    assert search.best_estimator_.estimator_.C == 10
