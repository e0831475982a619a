"""Pipelines and grids of names."""

from contextlib import nullcontext

import numpy as np
import pandas as pd
import pytest
from joblib import Memory
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC, NuSVC
from sklearn.utils.validation import check_is_fitted

from fertools.calibration import TemperatureScalingCV
from fertools.datasets import make_faces
from fertools.detection import FaceLocalizer, ViolaJonesDetector
from fertools.features import FeatureFusion, ZernikeMoments
from fertools.kernels import GramSVC
from fertools.pipeline import (
    make_features,
    make_fer_pipeline,
    make_grid,
    selection_report,
)

STEPS = ["illumination", "features", "select", "scale", "reduce", "classify"]


@pytest.fixture(scope="module")
def faces():
    return make_faces(210, random_state=0)


@pytest.fixture(scope="module")
def test_faces():
    return make_faces(70, random_state=1)


@pytest.mark.parametrize("classifier", ["svm", "rf", "knn"])
def test_learns_drawn_expressions(faces, test_faces, classifier):
    pipeline = make_fer_pipeline(
        ("lbp", "dct"), n_features=300, classifier=classifier, random_state=0
    ).fit(faces.images, faces.labels)
    assert pipeline.score(test_faces.images, test_faces.labels) > 0.5
    assert set(pipeline.classes_) == set(faces.target_names)


@pytest.mark.parametrize("selector", ["mrmr", "jmi", "cfs", "nmi", "anova", None])
@pytest.mark.parametrize(
    ("scaling", "reduction"), [("minmax", "pca"), ("unit", "lda"), (None, None)]
)
def test_pipeline_of_each_name_can_be_fitted(faces, selector, scaling, reduction):
    pipeline = make_fer_pipeline(
        ("dct",),
        selector=selector,
        n_features=40,
        scaling=scaling,
        reduction=reduction,
        n_components=5,
        classifier="knn",
    )
    assert type(pipeline) is Pipeline
    assert list(pipeline.named_steps) == STEPS
    values = [None, "dct", selector, scaling, reduction, "knn"]
    off = [step for step, value in zip(STEPS, values, strict=True) if value is None]
    assert [name for name, step in pipeline.steps if step == "passthrough"] == off
    assert pipeline.fit(faces.images, faces.labels).predict(faces.images[:3]).shape == (3,)


def test_default_features_are_lbp_dct_and_zernike(faces):
    pipeline = make_fer_pipeline(n_features=500).fit(faces.images[:70], faces.labels[:70])
    report = selection_report(pipeline)
    descriptors = set(report["descriptor"])
    assert {"lbp_r1", "lbp_r3", "dct", "dctb8", "zernike", "lzm7_n3m1"} <= descriptors
    assert report["selected"].sum() == 500
    assert report["available"].sum() == pipeline["features"].transform(faces.images[:1]).shape[1]


@pytest.mark.parametrize("name", ["hog", "gabor", "haralick"])
def test_feature_names_start_with_the_descriptor(faces, name):
    features = make_features(name).fit(faces.images[:2])
    assert all(feature.startswith(f"{name}_") for feature in features.get_feature_names_out())


def test_probabilities_are_in_the_order_of_classes(faces, test_faces):
    pipeline = make_fer_pipeline(("lbp",), n_features=200, calibrated=True)
    pipeline.fit(faces.images, faces.labels)
    probabilities = pipeline.predict_proba(test_faces.images)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    np.testing.assert_array_equal(
        pipeline.classes_[probabilities.argmax(axis=1)], pipeline.predict(test_faces.images)
    )
    assert list(pipeline.classes_) == sorted(faces.target_names), "sorted, not FER-2013's order"
    assert not hasattr(make_fer_pipeline(("lbp",)), "predict_proba")


def test_calibrated_svm_has_varied_confidences(faces, test_faces):
    pipeline = make_fer_pipeline(("lbp",), n_features=200, calibrated=True)
    pipeline.fit(faces.images, faces.labels)
    assert isinstance(pipeline["classify"], GramSVC)
    confidences = pipeline.predict_proba(test_faces.images).max(axis=1)
    assert np.ptp(np.percentile(confidences, [10, 90])) > 0.2


def test_calibration_does_not_change_the_given_classifier():
    given = GramSVC(C=7)
    pipeline = make_fer_pipeline(classifier=given, calibrated=True)
    assert pipeline["classify"].get_params() == given.get_params() | {"probability": True}
    assert not given.probability
    forest = make_fer_pipeline(classifier="rf", calibrated=True)["classify"]
    assert isinstance(forest, TemperatureScalingCV)


@pytest.mark.parametrize("classifier", [SVC(), NuSVC()])
def test_calibration_of_votes_warns(classifier):
    with pytest.warns(UserWarning, match="votes of pairs of classes.*Use GramSVC instead"):
        make_fer_pipeline(classifier=classifier, calibrated=True)


@pytest.mark.parametrize("classifier", ["svm", "rf", "knn", LogisticRegression()])
@pytest.mark.parametrize("balance", [None, 0.5])
def test_class_with_one_image_is_in_a_warning(classifier, balance, faces, test_faces):
    disgust = np.flatnonzero(faces.labels == "disgust")
    kept = np.delete(np.arange(len(faces.labels)), disgust[1:])
    pipeline = make_fer_pipeline(
        ("hog",),
        selector=None,
        classifier=classifier,
        calibrated=True,
        balance=balance,
        random_state=0,
    )
    # Augmentation adds images to the class.
    expected = pytest.warns(UserWarning, match="got 1 of 'disgust'")
    with nullcontext() if balance else expected:
        pipeline.fit(faces.images[kept], faces.labels[kept])
    probabilities = pipeline.predict_proba(test_faces.images)
    assert np.ptp(probabilities.max(axis=1)) > 0.1
    others = test_faces.labels != "disgust"
    predicted = pipeline.classes_[probabilities.argmax(axis=1)]
    assert (predicted == test_faces.labels)[others].mean() > 0.4


def test_results_are_reproducible(faces, test_faces):
    for classifier, calibrated in (("svm", True), ("rf", False), ("rf", True)):
        pipeline = make_fer_pipeline(
            ("dct",), classifier=classifier, random_state=3, calibrated=calibrated
        )
        runs = [
            clone(pipeline).fit(faces.images, faces.labels).predict_proba(test_faces.images)
            for _ in range(2)
        ]
        assert runs[0].tobytes() == runs[1].tobytes()


def test_cross_validation_and_grid_search(faces):
    pipeline = make_fer_pipeline(("lbp", "dct"), n_features=100)
    scores = cross_val_score(pipeline, faces.images, faces.labels, cv=3)
    assert scores.mean() > 0.3
    grid = {"select__n_features_to_select": [50, 100], "features__lbp__radii": [(1,), (2,)]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(faces.images, faces.labels)
    assert search.best_params_["features__lbp__radii"] in [(1,), (2,)]
    check_is_fitted(search.best_estimator_)


@pytest.fixture
def extractions(monkeypatch):
    """Return a list to which each fit of descriptors appends its number of images."""
    seen, fit = [], FeatureFusion.fit

    def counted(self, X, y=None):
        seen.append(len(X))
        return fit(self, X, y)

    monkeypatch.setattr(FeatureFusion, "fit", counted)
    return seen


@pytest.mark.parametrize("mmap_mode", [None, "r"])
@pytest.mark.parametrize("mirror", [False, True])
def test_cache_is_shared_between_classifiers(
    faces, test_faces, extractions, tmp_path, mirror, mmap_mode
):
    memory = Memory(tmp_path, mmap_mode=mmap_mode, verbose=0)
    given = {
        "features": ("lbp", "dct"),
        "n_features": 100,
        "illumination": "clahe",
        "mirror": mirror,
    }
    for classifier in ("svm", "rf", "knn"):
        pipelines = [
            make_fer_pipeline(**given, classifier=classifier, memory=cache, random_state=0)
            for cache in (memory, None)
        ]
        cached, plain = (
            pipeline.fit(faces.images, faces.labels).predict(test_faces.images)
            for pipeline in pipelines
        )
        np.testing.assert_array_equal(cached, plain)
    # One extraction with the cache, and three without it.
    assert extractions == [420 if mirror else 210] * 4


@pytest.mark.parametrize("mirror", [False, True])
def test_grid_search_over_classifiers_extracts_once_per_fold(faces, extractions, tmp_path, mirror):
    given = {"features": "dct", "n_features": 50, "mirror": mirror}
    images, labels = faces.images[:105], faces.labels[:105]
    grid = make_grid(classifier=["svm", "knn"])
    searches = [
        GridSearchCV(make_fer_pipeline(**given, memory=memory), grid, cv=3)
        for memory in (str(tmp_path), None)
    ]
    cached = searches[0].fit(images, labels)
    # Three folds, and the final fit on all images.
    assert extractions == [n * (1 + mirror) for n in (70, 70, 70, 105)]
    plain = searches[1].fit(images, labels)
    np.testing.assert_array_equal(
        cached.cv_results_["mean_test_score"], plain.cv_results_["mean_test_score"]
    )


@pytest.mark.parametrize(
    ("selector", "scaling", "reduction", "classifier"),
    [
        ("mrmr", "standard", "pca", "svm"),
        ("jmi", "minmax", "lda", "rf"),
        ("cfs", "unit", None, "knn"),
        ("nmi", None, "pca", "knn"),
        ("anova", None, None, "svm"),
        (None, None, None, "rf"),
    ],
)
def test_steps_accept_read_only_features(faces, tmp_path, selector, scaling, reduction, classifier):
    memory = Memory(tmp_path, mmap_mode="r", verbose=0)
    predictions = []
    for cache in (memory, memory, None):
        pipeline = make_fer_pipeline(
            "dct",
            selector=selector,
            n_features=40,
            scaling=scaling,
            reduction=reduction,
            n_components=5,
            classifier=classifier,
            memory=cache,
            random_state=0,
        )
        pipeline.fit(faces.images[:105], faces.labels[:105])
        predictions.append(pipeline.predict(faces.images[105:]))
    np.testing.assert_array_equal(predictions[0], predictions[2])
    np.testing.assert_array_equal(predictions[1], predictions[2])


def test_set_output_and_flattened_samples(faces):
    pipeline = make_fer_pipeline(
        ("dct",), n_features=20, image_shape=(48, 48), classifier="knn"
    ).set_output(transform="pandas")
    rows = pd.DataFrame(faces.images.reshape(len(faces.images), -1))
    pipeline.fit(rows, faces.labels)
    frame = pipeline[:-1].transform(rows)
    assert frame.shape == (210, 20) and frame.columns[0].startswith("dct")
    with pytest.raises(ValueError, match="X has 2209 features"):
        pipeline.predict(rows.iloc[:, : 47 * 47].to_numpy())
    assert selection_report(pipeline)["selected"].sum() == 20


def test_detector_is_the_first_step(faces):
    pipeline = make_fer_pipeline(("dct",), detector=ViolaJonesDetector(), classifier="knn")
    assert isinstance(pipeline["localize"], FaceLocalizer)
    scenes = [np.pad(image, 20, mode="edge") for image in faces.images[:21]]
    pipeline.fit(scenes, faces.labels[:21])
    assert pipeline.predict(scenes).shape == (21,)
    localizer = FaceLocalizer(on_missing="whole")
    assert make_fer_pipeline(detector=localizer)["localize"] is localizer


def test_own_descriptors_and_classifiers(faces):
    features = make_features(("lbp", ("moments", ZernikeMoments(4))))
    assert [name for name, _ in features.descriptors] == ["lbp", "moments"]
    trees = ExtraTreesClassifier(10, random_state=0)
    pipeline = make_fer_pipeline((("moments", ZernikeMoments(6)),), classifier=trees)
    assert pipeline.fit(faces.images, faces.labels)["classify"] is trees


def test_images_of_another_size_are_refused(faces):
    pipeline = make_fer_pipeline(("dct",), classifier="knn").fit(faces.images, faces.labels)
    with pytest.raises(ValueError, match=r"X must hold images of 48x48 pixels .* got 64x64"):
        pipeline.predict(np.zeros((2, 64, 64), np.uint8))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"features": ("sift",)}, "features must be one of 'lbp', .* 'words'; got 'sift'"),
        ({"scaling": "robust"}, "scaling must be one of 'standard', 'minmax', 'unit'"),
        ({"reduction": "ica"}, "reduction must be one of 'pca', 'lda'; got 'ica'"),
        ({"classifier": "xgb"}, "classifier must be one of 'svm', 'rf', 'knn'; got 'xgb'"),
        ({"classifier": 3}, "classifier must be 'svm', 'rf', 'knn' or a classifier; got 3"),
    ],
)
def test_unknown_names_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        make_fer_pipeline(**parameters)
