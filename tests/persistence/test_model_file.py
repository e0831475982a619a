import hashlib
import importlib
import inspect
import io
import json
import sys
import warnings
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest
import skops.io
from discovery import public_estimators
from numpy.testing import assert_array_equal
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import Birch
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, Normalizer, StandardScaler
from sklearn.svm import SVC, LinearSVC

import fertools
from fertools.datasets import make_faces
from fertools.exceptions import ModelFileError
from fertools.features import DiscreteCosine, FeatureFusion, LocalBinaryPatterns, ZernikeMoments
from fertools.kernels import GramSVC, KernelRidgeClassifierCV, PairMeansClassifier
from fertools.persistence import _archive, _model_file, load, load_pretrained, read_metadata, save
from fertools.persistence._model_file import model_path, pretrained_path
from fertools.persistence._trusted_types import TRUSTED_TYPES

MODELS = {
    "gram": GramSVC(),
    "svc": make_pipeline(StandardScaler(), PCA(5), SVC()),
    "lda": make_pipeline(MinMaxScaler(), LinearDiscriminantAnalysis()),
    "forest": RandomForestClassifier(5, random_state=0),
    "knn": make_pipeline(Normalizer(), KNeighborsClassifier(algorithm="brute")),
    "linear": CalibratedClassifierCV(LinearSVC(), cv=2),
    "isotonic": CalibratedClassifierCV(GramSVC(), method="isotonic", ensemble=False, cv=2),
    "temperature": CalibratedClassifierCV(LinearSVC(), method="temperature", cv=2),
    "nystroem": make_pipeline(Nystroem(n_components=9, random_state=0), LogisticRegression()),
    "means of pairs": PairMeansClassifier(KernelRidgeClassifierCV(), rounding=0.5),
    "vote": VotingClassifier([("a", LogisticRegression()), ("b", GramSVC())]),
}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 90)
    X = rng.normal(size=(3, 20))[y] + rng.normal(size=(90, 20))
    return X.astype(np.float32), np.array(["angry", "happy", "sad"])[y]


@pytest.fixture
def model_file(data, tmp_path):
    path = tmp_path / "model.fer"
    save(LogisticRegression().fit(*data), path)
    return path


def rewrite(path, **changes):
    """Rewrite a model file with changed members and a valid manifest."""
    with ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for member, change in changes.items():
        name = next(name for name in members if name.startswith(member))
        members[name] = change(members[name])
    members["manifest.json"] = json.dumps(
        {n: hashlib.sha256(d).hexdigest() for n, d in members.items() if n != "manifest.json"}
    )
    with ZipFile(path, "w", compression=ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def edit_json(**changes):
    """Return a change for `rewrite` that updates the entries of a JSON member."""

    def change(data):
        content = json.loads(data)
        content["versions"].update(changes.pop("versions", {}))
        return json.dumps(content | changes).encode()

    return change


def edit_schema(edit):
    """Return a change for `rewrite` that edits the schema of the skops file."""

    def change(data):
        with ZipFile(io.BytesIO(data)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        schema = json.loads(members["schema.json"])
        edit(schema)
        members["schema.json"] = json.dumps(schema)
        with ZipFile(buffer := io.BytesIO(), "w") as archive:
            for name, member in members.items():
                archive.writestr(name, member)
        return buffer.getvalue()

    return change


def outputs(model, X):
    names = ("decision_function", "predict_proba", "predict")
    return [getattr(model, name)(X).tobytes() for name in names if hasattr(model, name)]


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())
def test_loaded_model_predicts_identically(model, data, tmp_path):
    X, y = data
    model.fit(X, y)
    save(model, tmp_path / "model.fer")
    loaded = load(tmp_path / "model.fer")
    assert outputs(loaded, X) == outputs(model, X)
    assert loaded.get_params().keys() == model.get_params().keys()
    assert [path.name for path in tmp_path.iterdir()] == ["model.fer"]


def test_image_descriptors_are_saved_and_loaded(tmp_path):
    faces = make_faces(30, random_state=0)
    descriptors = FeatureFusion(
        [
            ("lbp", LocalBinaryPatterns(radii=(1,))),
            ("dct", DiscreteCosine(15)),
            ("zernike", ZernikeMoments(4)),
        ]
    )
    model = make_pipeline(descriptors, StandardScaler(), GramSVC()).fit(faces.images, faces.labels)
    save(model, tmp_path / "model.fer")
    loaded = load(tmp_path / "model.fer")
    assert outputs(loaded, faces.images) == outputs(model, faces.images)
    assert_array_equal(loaded[0].get_feature_names_out(), model[0].get_feature_names_out())
    assert_array_equal(loaded[0].groups_, model[0].groups_)
    assert read_metadata(tmp_path / "model.fer")["image_shape"] == [48, 48]


def test_every_estimator_of_fertools_is_trusted():
    names = {f"{item.__module__}.{item.__name__}" for item in public_estimators()}
    # It opens a network by its path, which a file from strangers must not choose.
    assert names - set(TRUSTED_TYPES) == {"fertools.detection.YuNetDetector"}


@pytest.mark.parametrize("path", TRUSTED_TYPES)
def test_every_trusted_type_exists(path):
    module, _, name = path.rpartition(".")
    assert inspect.isclass(getattr(importlib.import_module(module), name))


def test_metadata_round_trip(data, tmp_path):
    path = tmp_path / "model.fer"
    entries = {"scores": {"published": np.float64(0.5), "recall": np.array([0.25, 1])}, "data": "é"}
    save(GramSVC().fit(*data), str(path), entries)
    about = read_metadata(path)
    assert about["scores"] == {"published": 0.5, "recall": [0.25, 1.0]}
    assert about["data"] == "é"
    assert about["classes"] == ["angry", "happy", "sad"]
    assert about["estimator"] == "GramSVC"
    assert about["image_shape"] is None
    assert about["versions"]["fertools"] == fertools.__version__
    assert about["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert set(about["versions"]) == {
        "python", "fertools", "scikit-learn", "numpy", "scipy", "skops"
    }  # fmt: skip


def test_reserved_metadata_entries_are_refused(data, tmp_path):
    with pytest.raises(ValueError, match=r"must not contain \['classes', 'format_version'\]"):
        save(GramSVC().fit(*data), tmp_path / "m.fer", {"format_version": 9, "classes": []})
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ("x", "metadata must be a dict or None; got 'x'"),
        ([], r"metadata must be a dict or None; got \[\]"),
        ({"accuracy": float("nan")}, r"metadata\['accuracy'\] must be finite; got nan"),
        ({"loss": np.float32("inf")}, r"metadata\['loss'\] must be finite; got inf"),
        (
            {"scores": {"recall": [np.array([1, -np.inf])]}},
            r"metadata\['scores'\]\['recall'\]\[0\]\[1\] must be finite; got -inf",
        ),
    ],
)
def test_invalid_metadata_are_refused(metadata, message, data, tmp_path):
    with pytest.raises(ValueError, match=message):
        save(GramSVC().fit(*data), tmp_path / "m.fer", metadata)
    assert not any(tmp_path.iterdir())


def test_error_for_search_names_its_best_estimator(data, tmp_path):
    search = GridSearchCV(LogisticRegression(), {"C": [1, 2]}, cv=2).fit(*data)
    with pytest.raises(ModelFileError, match="Save its best_estimator_ instead"):
        save(search, tmp_path / "g.fer")
    save(search.best_estimator_, tmp_path / "g.fer")


def test_members_are_compressed(data, tmp_path):
    path = tmp_path / "model.fer"
    save(KNeighborsClassifier(algorithm="brute").fit(np.zeros((2000, 50)), [0, 1] * 1000), path)
    assert path.stat().st_size < 2000 * 50


def test_failed_save_keeps_the_old_file(model_file, data):
    before = model_file.read_bytes()
    with pytest.raises(TypeError, match="metadata must contain JSON types only; got a set"):
        save(GramSVC().fit(*data), model_file, {"scores": {1, 2}})
    assert model_file.read_bytes() == before
    assert [path.name for path in model_file.parent.iterdir()] == ["model.fer"]


def test_save_interrupted_while_writing_keeps_the_old_file(model_file, data, monkeypatch):
    before = model_file.read_bytes()

    def interrupted(*args):
        raise OSError("no space left")

    monkeypatch.setattr(_archive.ZipFile, "writestr", interrupted)
    with pytest.raises(OSError, match="no space left"):
        save(GramSVC().fit(*data), model_file)
    assert model_file.read_bytes() == before
    assert [path.name for path in model_file.parent.iterdir()] == ["model.fer"]


def test_missing_paths_are_reported(data, tmp_path):
    for read in (load, read_metadata):
        with pytest.raises(FileNotFoundError, match=r"none\.fer: no such file"):
            read(tmp_path / "none.fer")
    with pytest.raises(FileNotFoundError, match="away: there is no such folder"):
        save(GramSVC().fit(*data), tmp_path / "away" / "model.fer")


@pytest.mark.parametrize("left", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_truncated_file_is_refused(model_file, left):
    data = model_file.read_bytes()
    model_file.write_bytes(data[: int(left * len(data))])
    with pytest.raises(ModelFileError, match="damaged, cut short or not a model file"):
        load(model_file)


def test_changed_byte_is_refused_or_harmless(model_file, data):
    X, _ = data
    content = model_file.read_bytes()
    expected = outputs(load(model_file), X)
    refused = 0
    for position in range(0, len(content), 7):
        changed = bytearray(content)
        changed[position] ^= 0x55
        model_file.write_bytes(changed)
        try:
            # Some bytes of the archive have no effect, such as dates.
            assert outputs(load(model_file), X) == expected
        except ModelFileError as error:
            refused += 1
            assert "model.fer" in str(error)
    assert refused > 0.9 * len(range(0, len(content), 7))


def test_changed_content_with_valid_zip_checksum_is_refused(model_file):
    with ZipFile(model_file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["metadata.json"] = members["metadata.json"].replace(b"angry", b"happy")
    with ZipFile(model_file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    with pytest.raises(ModelFileError, match="the file was changed"):
        load(model_file)


def test_other_file_types_are_refused(tmp_path):
    path = tmp_path / "model.fer"
    path.write_text("accuracy 0.6")
    with pytest.raises(ModelFileError, match="not a model file"):
        load(path)
    with ZipFile(path, "w") as archive:
        archive.writestr("faces/1.png", b"")
    with pytest.raises(ModelFileError, match=r"not a model file; it lacks \['estimator\.skops'"):
        load(path)


def test_newer_format_is_refused(model_file):
    rewrite(model_file, metadata=edit_json(format_version=2, versions={"fertools": "3.4.5"}))
    for read in (load, read_metadata):
        with pytest.raises(ModelFileError, match=r"by fertools 3\.4\.5 in format 2; .* up to"):
            read(model_file)


def test_other_minor_version_of_scikit_learn_warns_once(model_file, data):
    written = edit_json(versions={"scikit-learn": "1.0.2"})

    def mark(schema):
        schema["content"]["content"]["_sklearn_version"]["content"] = '"1.0.2"'

    rewrite(model_file, metadata=written, estimator=edit_schema(mark))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        load(model_file)
    assert len(caught) == 1
    assert "written with scikit-learn 1.0.2 and loaded with" in str(caught[0].message)
    assert caught[0].filename == __file__


def test_other_patch_release_of_scikit_learn_does_not_warn(model_file):
    current = read_metadata(model_file)["versions"]["scikit-learn"].split(".")
    patched = ".".join([*current[:2], "999"])
    rewrite(model_file, metadata=edit_json(versions={"scikit-learn": patched}))
    load(model_file)


def test_error_of_rebuilding_names_the_versions(model_file):
    newer = edit_schema(lambda schema: schema.update(protocol=99))
    rewrite(model_file, estimator=newer, metadata=edit_json(versions={"skops": "9.9"}))
    with pytest.raises(ModelFileError, match=r"written with .*skops 9\.9; it cannot be rebuilt"):
        load(model_file)


@pytest.mark.parametrize(
    "estimator, name",
    [
        (GaussianProcessClassifier(), "sklearn.gaussian_process"),
        (make_pipeline(FunctionTransformer(json.dumps, validate=False)), "json.dumps"),
    ],
)
def test_untrusted_types_are_neither_saved_nor_loaded(estimator, name, data, model_file):
    if isinstance(estimator, GaussianProcessClassifier):
        estimator.fit(*data)
    before = model_file.read_bytes()
    with pytest.raises(ModelFileError, match=f"not written; .*trusted types only; got .*{name}"):
        save(estimator, model_file)
    assert model_file.read_bytes() == before
    rewrite(model_file, estimator=lambda _: skops.io.dumps(estimator))
    with pytest.raises(ModelFileError, match=f"not loaded; .*trusted types only; got .*{name}"):
        load(model_file)


@pytest.mark.parametrize("estimator", [Birch(), FunctionTransformer(iter("abc"))])
def test_objects_that_skops_cannot_write_are_refused(estimator, tmp_path):
    with pytest.raises(ModelFileError, match=r"model\.fer: not written"):
        save(estimator, tmp_path / "model.fer")
    assert not any(tmp_path.iterdir())


def test_pretrained_models_are_found_by_name(monkeypatch, tmp_path, model_file, data):
    with pytest.raises(
        ValueError, match=r"name must be one of \[.*, the shipped models; got 'none'"
    ):
        load_pretrained("none")
    with pytest.raises(ValueError, match=r"got '\.\./fast'"):
        load_pretrained("../fast")
    (tmp_path / "models").mkdir()
    model_file.rename(tmp_path / "models" / "tiny.fer")
    monkeypatch.setattr(_model_file, "_MODELS", tmp_path / "models")
    assert load_pretrained("tiny").classes_.tolist() == ["angry", "happy", "sad"]
    with pytest.raises(ValueError, match=r"one of \['tiny'\], the shipped models; got 'fast'"):
        load_pretrained()


def test_one_rule_finds_models(tmp_path, monkeypatch, model_file):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    model_file.rename(tmp_path / "fast")
    for model in ("./fast", Path("fast"), tmp_path / "fast", str(tmp_path / "fast"), "~/fast"):
        assert model_path(model).samefile(tmp_path / "fast")
    assert model_path("fast") == pretrained_path("fast")
    for model in ("", "none", "none.fer", "no/fast", "x" * 5000, "a\0b", "~nobody/fast"):
        with pytest.raises(ValueError, match=r"^recognizer must be one of .*, or x; got"):
            model_path(model, "recognizer", "x")
