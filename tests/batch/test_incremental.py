import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, SGDClassifier

from fertools.annotation import save_image
from fertools.batch import extract, fit_incremental, read_index
from fertools.datasets import make_faces
from fertools.persistence import load, save
from fertools.persistence._model_file import pretrained_path
from fertools.recognizer import ExpressionRecognizer
from fertools.selection import FeatureSubsetSelector

zarr = pytest.importorskip("zarr")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    root = tmp_path_factory.mktemp("labeled")
    faces = make_faces(140, random_state=0)
    for number, (image, label) in enumerate(zip(faces.images, faces.labels, strict=True)):
        (root / "images" / label).mkdir(parents=True, exist_ok=True)
        save_image(image, root / "images" / label / f"{number:03d}.png")
    (root / "images" / "broken.png").write_bytes(b"\x89PNG")
    extract(root / "images", root / "s", whole=True, labels="folder", chunk_size=32)
    return root / "s"


@pytest.fixture(scope="module")
def test_faces():
    return make_faces(70, random_state=1)


def test_pipeline_classifies_images_and_is_saved(store, test_faces, tmp_path):
    pipeline = fit_incremental(store, n_components=100, n_epochs=30, random_state=0)
    score = pipeline.score(test_faces.images, test_faces.labels)
    assert score > 0.5
    save(pipeline, tmp_path / "m.fer")
    loaded = load(tmp_path / "m.fer")
    np.testing.assert_array_equal(
        loaded.predict_proba(test_faces.images), pipeline.predict_proba(test_faces.images)
    )
    [face] = ExpressionRecognizer(loaded, detector=None).recognize(test_faces.images[0])
    assert face.expression in pipeline.classes_


def test_same_seed_gives_the_same_pipeline(store, test_faces):
    a, b, c = (
        fit_incremental(store, n_components=50, n_epochs=2, random_state=seed).predict_proba(
            test_faces.images
        )
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, c)


def test_scaler_and_selection_equal_those_in_memory(store):
    pipeline = fit_incremental(store, n_components=None, n_features=40, random_state=0)
    index = read_index(store)
    index = index[index["status"] == "ok"]
    X = zarr.open_group(store, mode="r")["features"][:][index.index]
    np.testing.assert_allclose(pipeline["scale"].mean_, X.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(pipeline["scale"].var_, X.var(axis=0), rtol=1e-4)
    selector = FeatureSubsetSelector(n_features_to_select=40).fit(X, index["label"].to_numpy(str))
    np.testing.assert_array_equal(
        pipeline["select"].selected_features_, selector.selected_features_
    )
    np.testing.assert_allclose(pipeline["select"].scores_, selector.scores_, rtol=1e-3)
    np.testing.assert_allclose(pipeline["select"].relevance_, selector.relevance_, rtol=1e-4)
    assert pipeline["classify"].coef_.shape == (7, 40)


def test_other_classifiers_can_be_trained(store, test_faces):
    classifier = SGDClassifier("modified_huber", random_state=0)
    pipeline = fit_incremental(store, classifier=classifier, random_state=0)
    assert pipeline["classify"].loss == "modified_huber" and not hasattr(classifier, "coef_")
    with pytest.raises(ValueError, match="classifier"):
        fit_incremental(store, classifier=LogisticRegression())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_features": 401}, "n_features must be at most 400"),
        ({"recognizer": "accurate"}, "recognizer must be the one"),
        ({"n_epochs": 0}, "n_epochs"),
    ],
)
def test_invalid_parameters_are_errors(store, options, message):
    with pytest.raises(ValueError, match=message):
        fit_incremental(store, **options)


def test_stores_without_labels_or_with_one_class_are_errors(store, tmp_path):
    images = store.parent / "images"
    extract(images, tmp_path / "unlabeled", whole=True)
    with pytest.raises(ValueError, match="must contain labeled faces"):
        fit_incremental(tmp_path / "unlabeled")
    extract(images / "angry", tmp_path / "one", whole=True, labels="none")
    with pytest.raises(ValueError, match="must contain labeled faces"):
        fit_incremental(tmp_path / "one")
    with pytest.raises(FileNotFoundError, match="store must be written"):
        fit_incremental(tmp_path / "none")


def test_model_is_found_from_another_working_directory(store, tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    (tmp_path / "work" / "fast").symlink_to(pretrained_path("accurate"))
    images = store.parent / "images"
    extract(images, tmp_path / "fast", whole=True, labels="folder")
    extract(images, tmp_path / "own", recognizer="./fast", whole=True, labels="folder")
    monkeypatch.chdir(tmp_path)
    lengths = {}
    for name in ("fast", "own"):
        lengths[name] = zarr.open(tmp_path / name, mode="r")["features"].shape[1]
        fit_incremental(tmp_path / name, n_components=20, random_state=0)
    assert lengths["fast"] != lengths["own"]


def test_recognizer_object_must_be_given_again(store, tmp_path):
    recognizer = ExpressionRecognizer("fast", detector=None)
    images = store.parent / "images"
    extract(images, tmp_path / "s", recognizer=recognizer, labels="folder")
    with pytest.raises(ValueError, match="recognizer must be given"):
        fit_incremental(tmp_path / "s")
    pipeline = fit_incremental(tmp_path / "s", recognizer=recognizer, random_state=0)
    assert len(pipeline.classes_) == 7
    with pytest.raises(ValueError, match="whole must be False"):
        extract(images, tmp_path / "t", recognizer=recognizer, whole=True)
