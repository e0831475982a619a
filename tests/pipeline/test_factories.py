from contextlib import nullcontext

import numpy as np
import pandas as pd
import pytest
from joblib import Memory
from PIL import Image
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC, NuSVC
from sklearn.utils.validation import check_is_fitted

from fertools.calibration import TemperatureScalingCV
from fertools.datasets import load_image_folder, make_faces
from fertools.detection import FaceLocalizer, ViolaJonesDetector
from fertools.features import FeatureFusion, ZernikeMoments
from fertools.kernels import GramSVC
from fertools.persistence import load, save
from fertools.pipeline import (
    make_features,
    make_fer_pipeline,
    make_grid,
    make_pretrained_pipeline,
    selection_report,
)
from fertools.recognizer import ExpressionRecognizer

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
def test_every_name_makes_a_pipeline_that_fits(faces, selector, scaling, reduction):
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
    asked = [None, "dct", selector, scaling, reduction, "knn"]
    off = [step for step, value in zip(STEPS, asked, strict=True) if value is None]
    assert [name for name, step in pipeline.steps if step == "passthrough"] == off
    assert pipeline.fit(faces.images, faces.labels).predict(faces.images[:3]).shape == (3,)


def test_the_default_is_the_trio(faces):
    pipeline = make_fer_pipeline(n_features=500).fit(faces.images[:70], faces.labels[:70])
    report = selection_report(pipeline)
    descriptors = set(report["descriptor"])
    assert {"lbp_r1", "lbp_r3", "dct", "dctb8", "zernike", "lzm7_n3m1"} <= descriptors
    assert report["selected"].sum() == 500
    assert report["available"].sum() == pipeline["features"].transform(faces.images[:1]).shape[1]


@pytest.mark.parametrize("name", ["hog", "gabor", "haralick"])
def test_other_descriptors_go_by_their_names(faces, name):
    features = make_features(name).fit(faces.images[:2])
    assert all(one.startswith(f"{name}_") for one in features.get_feature_names_out())


def test_probabilities_follow_classes(faces, test_faces):
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


def test_calibrated_leaves_the_given_classifier_alone():
    given = GramSVC(C=7)
    pipeline = make_fer_pipeline(classifier=given, calibrated=True)
    assert pipeline["classify"].get_params() == given.get_params() | {"probability": True}
    assert not given.probability
    forest = make_fer_pipeline(classifier="rf", calibrated=True)["classify"]
    assert isinstance(forest, TemperatureScalingCV)


@pytest.mark.parametrize("classifier", [SVC(), NuSVC()])
def test_calibrating_votes_warns(classifier):
    with pytest.warns(UserWarning, match="votes of pairs of classes.*Use GramSVC instead"):
        make_fer_pipeline(classifier=classifier, calibrated=True)


@pytest.mark.parametrize("classifier", ["svm", "rf", "knn", LogisticRegression()])
@pytest.mark.parametrize("balance", [None, 0.5])
def test_class_with_one_image_is_named(classifier, balance, faces, test_faces):
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
    # Augmented copies make more samples of the class.
    expected = pytest.warns(UserWarning, match="got 1 of 'disgust'")
    with nullcontext() if balance else expected:
        pipeline.fit(faces.images[kept], faces.labels[kept])
    probabilities = pipeline.predict_proba(test_faces.images)
    assert np.ptp(probabilities.max(axis=1)) > 0.1
    others = test_faces.labels != "disgust"
    predicted = pipeline.classes_[probabilities.argmax(axis=1)]
    assert (predicted == test_faces.labels)[others].mean() > 0.4


def test_two_runs_give_equal_bytes(faces, test_faces):
    for classifier, calibrated in (("svm", True), ("rf", False), ("rf", True)):
        pipeline = make_fer_pipeline(
            ("dct",), classifier=classifier, random_state=3, calibrated=calibrated
        )
        runs = [
            clone(pipeline).fit(faces.images, faces.labels).predict_proba(test_faces.images)
            for _ in range(2)
        ]
        assert runs[0].tobytes() == runs[1].tobytes()


def test_model_selection_works_on_it(faces):
    pipeline = make_fer_pipeline(("lbp", "dct"), n_features=100)
    scores = cross_val_score(pipeline, faces.images, faces.labels, cv=3)
    assert scores.mean() > 0.3
    grid = {"select__n_features_to_select": [50, 100], "features__lbp__radii": [(1,), (2,)]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(faces.images, faces.labels)
    assert search.best_params_["features__lbp__radii"] in [(1,), (2,)]
    check_is_fitted(search.best_estimator_)


@pytest.fixture
def extractions(monkeypatch):
    """Return the list of how many images each fit of descriptors sees from here on."""
    seen, fit = [], FeatureFusion.fit

    def counted(self, X, y=None):
        seen.append(len(X))
        return fit(self, X, y)

    monkeypatch.setattr(FeatureFusion, "fit", counted)
    return seen


@pytest.mark.parametrize("mmap_mode", [None, "r"])
@pytest.mark.parametrize("mirror", [False, True])
def test_one_extraction_serves_every_classifier(
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
    # One for all three with the cache, and one for each without it.
    assert extractions == [420 if mirror else 210] * 4


@pytest.mark.parametrize("mirror", [False, True])
def test_a_search_over_classifiers_extracts_once_a_fold(faces, extractions, tmp_path, mirror):
    given = {"features": "dct", "n_features": 50, "mirror": mirror}
    images, labels = faces.images[:105], faces.labels[:105]
    grid = make_grid(classifier=["svm", "knn"])
    searches = [
        GridSearchCV(make_fer_pipeline(**given, memory=memory), grid, cv=3)
        for memory in (str(tmp_path), None)
    ]
    cached = searches[0].fit(images, labels)
    # Three folds, and the fit of the best on all.
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
def test_every_step_takes_read_only_features(
    faces, tmp_path, selector, scaling, reduction, classifier
):
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


def test_set_output_and_rows(faces):
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


def test_a_detector_comes_first(faces):
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


def test_another_size_at_predict_time(faces):
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
def test_unknown_names(parameters, message):
    with pytest.raises(ValueError, match=message):
        make_fer_pipeline(**parameters)


# Few words and components, learned from few windows, so that it is quick.
SMALL = {
    "classify__transformer__n_components": 40,
    "classify__transformer__transformer__n_words": 80,
    "classify__transformer__transformer__n_samples": 5000,
}


@pytest.mark.parametrize(
    ("name", "size", "given"),
    [("fast", 48, {}), ("fast", 64, {}), ("accurate", 48, SMALL)],
)
def test_trains_on_a_folder_of_faces_in_three_lines(test_faces, tmp_path, name, size, given):
    drawn = make_faces(140, size=size, random_state=0)
    for k, (image, label) in enumerate(zip(drawn.images, drawn.labels, strict=True)):
        (tmp_path / label).mkdir(exist_ok=True)
        Image.fromarray(image).save(tmp_path / label / f"{k}.png")

    faces = load_image_folder(tmp_path)
    model = make_pretrained_pipeline(name).set_params(**given).fit(faces.images, faces.labels)
    recognizer = ExpressionRecognizer(model, detector=None)

    assert recognizer.size_ == size
    # Faces of another size too, which it resizes.
    results = list(recognizer.recognize_many(list(test_faces.images)))
    named = [result.faces[0].expression for result in results]
    assert np.mean(np.array(named) == test_faces.labels) > 0.5


def test_the_recipe_is_seeded_threaded_and_persistent(faces, test_faces, tmp_path):
    pipeline = make_pretrained_pipeline(n_jobs=2, random_state=5)
    parameters = pipeline.get_params()
    for name, value in (("n_jobs", 2), ("random_state", 5)):
        inner = [parameters[key] for key in parameters if key.endswith(f"__{name}")]
        assert len(inner) >= 4
        assert set(inner) == {value}
    model = pipeline.fit(faces.images, faces.labels)
    again = make_pretrained_pipeline(random_state=5).fit(faces.images, faces.labels)
    probabilities = model.predict_proba(test_faces.images)
    np.testing.assert_allclose(again.predict_proba(test_faces.images), probabilities, atol=1e-6)
    save(model, tmp_path / "model.fer")
    loaded = load(tmp_path / "model.fer")
    np.testing.assert_array_equal(loaded.predict_proba(test_faces.images), probabilities)


def test_a_recipe_is_made_anew_each_time():
    first, second = make_pretrained_pipeline("accurate"), make_pretrained_pipeline("accurate")
    first.set_params(classify__transformer__n_components=3)
    assert second["classify"].transformer.n_components > 3
    with pytest.raises(ValueError, match=r"name must be one of \['fast', 'accurate'\]; got 'slow'"):
        make_pretrained_pipeline("slow")
