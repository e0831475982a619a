"""Shipped models with other versions of scikit-learn."""

import json

import pytest

from fertools.persistence import (
    _model_file,
    _shipped,
    load_pretrained,
    read_metadata,
)
from fertools.persistence._model_file import pretrained_path


@pytest.fixture
def other_version(monkeypatch):
    monkeypatch.setattr(_model_file.sklearn, "__version__", "99.1.0")


def test_shipped_models_do_not_warn_about_versions(other_version):
    model = load_pretrained("fast")
    assert model.predict_proba(_shipped.sample_images()).shape == (3, 7)


def test_shipped_model_with_other_predictions_warns(other_version, monkeypatch, tmp_path):
    path = pretrained_path("fast")
    (tmp_path / "fast.fer").symlink_to(path)
    expected = json.loads((path.parent / _shipped.FILE).read_text())
    expected["fast"][0][0] += 0.01
    (tmp_path / _shipped.FILE).write_text(json.dumps(expected))
    monkeypatch.setattr(_model_file, "_MODELS", tmp_path)
    with pytest.warns(UserWarning, match=r"loaded with 99\.1\.0; its predictions differ"):
        load_pretrained("fast")


def test_shipped_models_reproduce_stored_predictions():
    for name in json.loads((pretrained_path().parent / _shipped.FILE).read_text()):
        model = load_pretrained(name)
        assert _shipped.predicts_as_expected(model, pretrained_path(name))
    names = {path.stem for path in pretrained_path().parent.glob("*.fer")}
    assert names == set(json.loads((pretrained_path().parent / _shipped.FILE).read_text()))


def test_predictions_are_stored_next_to_the_model(tmp_path):
    model = load_pretrained("fast")
    for name in ("b", "a"):
        _shipped.store_prediction(model, tmp_path / f"{name}.fer")
    stored = json.loads((tmp_path / _shipped.FILE).read_text())
    assert list(stored) == ["a", "b"]
    assert _shipped.predicts_as_expected(model, tmp_path / "b.fer")
    assert not _shipped.predicts_as_expected(model, tmp_path / "c.fer")


def test_stored_prediction_is_checked_for_other_versions_only(monkeypatch):
    written = read_metadata(pretrained_path("fast"))["versions"]["scikit-learn"]
    monkeypatch.setattr("sklearn.__version__", written)
    monkeypatch.setattr(_shipped, "predicts_as_expected", None)
    load_pretrained("fast")
