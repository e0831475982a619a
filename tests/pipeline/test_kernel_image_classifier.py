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
    CentroidKernelClassifier,
    GramSVC,
    KernelRidgeClassifier,
    LocalSVC,
    MultiKernel,
)
from fertools.persistence import load, save
from fertools.pipeline import KernelImageClassifier
from fertools.preprocessing import FaceAligner
from fertools.recognizer import ExpressionRecognizer

LBP = PrincipalFeatures(LocalBinaryPatterns(radii=(1,)), 30, random_state=0)
HOG = PrincipalFeatures(OrientedGradients(), 50, random_state=0)
FUSION = FeatureFusion([("lbp", LBP), ("hog", HOG)])
CENTROIDS = CentroidKernelClassifier(30, C=100, min_members=3, random_state=0)


@pytest.fixture(scope="module")
def faces():
    return make_faces(140, random_state=0)


@pytest.fixture(scope="module")
def test_faces():
    return make_faces(70, random_state=1)


def fit(faces, features=FUSION, machine=GramSVC(C=10), **given):  # noqa: B008
    return KernelImageClassifier(features, machine, **given).fit(faces.images, faces.labels)


def test_is_the_formula_by_hand(faces, test_faces):
    model = fit(faces, weights={"lbp": 3, "hog": 1}, gamma=1.5, mirrored=False)
    features = clone(FUSION).fit(faces.images)
    rows, others = features.transform(faces.images), features.transform(test_faces.images)
    exponent = 0
    for columns, weight in ((slice(0, 30), 0.75), (slice(30, None), 0.25)):
        between, among = (
            ((one[:, None, columns] - rows[:, columns]) ** 2).sum(axis=2) for one in (others, rows)
        )
        exponent = exponent + weight * between / among.mean()
    K = model.machine_.kernel_.matrix(others * model.scale_, rows * model.scale_)
    assert_allclose(K, np.exp(-1.5 * exponent), rtol=1e-4)


def test_is_the_machine_on_the_kernel_of_the_steps(faces, test_faces):
    weights = {"hog": 0.4, "lbp": 0.6}
    model = fit(faces, weights={"hog": 2, "lbp": 3})
    features = clone(FUSION).fit(faces.images)
    kernel = MultiKernel(
        ["lbp"] * 30 + ["hog"] * 50,
        gamma=2.0,
        weights=weights,
        combine="product",
        mirrored=features.odd_,
    )
    machine = GramSVC(C=10, kernel=kernel).fit(features.transform(faces.images), faces.labels)
    rows = features.transform(test_faces.images)
    assert_allclose(
        model.decision_function(test_faces.images), machine.decision_function(rows), atol=1e-3
    )
    assert_array_equal(model.predict(test_faces.images), machine.predict(rows))


@pytest.mark.parametrize(
    "machine",
    [GramSVC(C=10), CENTROIDS, KernelRidgeClassifier(), LocalSVC(30, C=10)],
    ids=lambda machine: type(machine).__name__,
)
def test_every_machine_gives_mirror_images_one_answer(faces, test_faces, machine):
    model = fit(faces, machine=machine)
    decisions = model.decision_function(test_faces.images)
    assert_allclose(model.decision_function(test_faces.images[:, :, ::-1]), decisions, atol=2e-3)
    assert model.score(test_faces.images, test_faces.labels) > 0.6
    assert hasattr(model, "predict_proba") == hasattr(machine, "predict_proba")
    assert hasattr(clone(model), "predict_proba") == hasattr(machine, "predict_proba")


def test_even_features_stand_before_odd_ones_in_the_machine(faces):
    model = fit(faces)
    odd = model.machine_.kernel_.mirrored
    assert 0 < odd.sum() < 80 and not np.diff(odd.astype(int)).min() < 0
    rows = model.features_.transform(faces.images) * model.scale_
    ordered = np.hstack([rows[:, ~model.features_.odd_], rows[:, model.features_.odd_]])
    assert_array_equal(model.machine_.support_vectors_, ordered[model.machine_.support_])


def test_without_mirror_images_they_differ(faces, test_faces):
    model = fit(faces, mirrored=False)
    decisions = model.decision_function(test_faces.images)
    mirrored = model.decision_function(test_faces.images[:, :, ::-1])
    assert abs(decisions - mirrored).max() > 0.1


def test_a_step_of_weight_0_does_not_matter(faces, test_faces):
    alone = fit(faces, features=LBP)
    weighted = fit(faces, weights={"lbp": 5, "hog": 0})
    assert_allclose(
        weighted.decision_function(test_faces.images),
        alone.decision_function(test_faces.images),
        atol=1e-3,
    )


def test_default_weights_are_equal_and_scale_does_not_matter(faces, test_faces):
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
def test_wrong_weights_are_told_before_anything_is_fitted(faces, weights, message, monkeypatch):
    monkeypatch.setattr(FeatureFusion, "fit", None)
    with pytest.raises(ValueError, match=message):
        fit(faces, weights=weights)


def test_mirrored_needs_features_that_are_even_or_odd(faces):
    mixed = FeatureFusion([("lbp", LBP), ("dct", DiscreteCosine(20))])
    with pytest.raises(ValueError, match=r"mirrored must be False where .*; got mirrored=True"):
        fit(faces, features=mixed)
    assert fit(faces, features=mixed, mirrored=False).predict(faces.images[:2]).shape == (2,)


def test_a_machine_without_a_kernel_is_an_error(faces):
    with pytest.raises(ValueError, match="Invalid parameter 'kernel'"):
        fit(faces, machine=LogisticRegression())


def test_flattened_rows_unfold_as_the_features_say(faces, test_faces):
    rows = {name: data.images.reshape(-1, 48 * 48) for name, data in
            (("train", faces), ("test", test_faces))}  # fmt: skip
    features = clone(FUSION).set_params(image_shape=(48, 48))
    flat = KernelImageClassifier(features, GramSVC(C=10)).fit(rows["train"], faces.labels)
    assert flat.image_shape_ == (48, 48)
    assert_array_equal(
        flat.decision_function(rows["test"]), fit(faces).decision_function(test_faces.images)
    )


def test_recognizes_faces_behind_an_aligner_after_a_round_trip(faces, test_faces, tmp_path):
    model = Pipeline(
        [
            ("align", FaceAligner(2, random_state=0)),
            ("classify", KernelImageClassifier(FUSION, CENTROIDS)),
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


def test_searches_over_weights_and_parameters_of_all_parts(faces):
    model = KernelImageClassifier(FUSION, GramSVC())
    grid = {
        "weights": [{"lbp": 1, "hog": 0}, {"lbp": 1, "hog": 1}],
        "machine__C": [10],
        "features__lbp__n_components": [10, 30],
    }
    search = GridSearchCV(model, grid, cv=2).fit(faces.images, faces.labels)
    assert search.best_score_ > 0.6
    assert search.best_estimator_.machine_.C == 10
