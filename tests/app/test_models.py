"""Models that a server offers."""

import logging
import shutil

import pytest

from fertools.app._models import Models
from fertools.persistence._model_file import pretrained_path


@pytest.fixture
def folder(tmp_path):
    """Return a folder with one good model, and files that must not be offered."""
    folder = tmp_path / "models"
    (folder / "inner").mkdir(parents=True)
    shutil.copy(pretrained_path("fast"), folder / "mine.fer")
    shutil.copy(pretrained_path("fast"), folder / "inner" / "deep.fer")
    shutil.copy(pretrained_path("fast"), tmp_path / "outside.fer")
    (folder / "damaged.fer").write_bytes(b"PK\x03\x04")
    (folder / "notes.txt").write_text("notes")
    (folder / "link.fer").symlink_to(tmp_path / "outside.fer")
    (folder / "device.fer").symlink_to("/dev/zero")
    return folder


def test_only_files_of_the_folder_are_offered(folder, caplog):
    with caplog.at_level(logging.WARNING, "fertools"):
        models = Models("fast", folder)
    assert models.names == ["fast", "accurate", "mine.fer"]
    left_out = {record.args[0].name for record in caplog.records}
    assert left_out == {"damaged.fer", "link.fer", "device.fer"}


@pytest.mark.parametrize(
    "name", ["../outside.fer", "inner/deep.fer", "link.fer", "mine", "/etc/passwd", "", "mine.fer/"]
)
def test_a_name_is_never_a_path(name, folder):
    models = Models("fast", folder)
    for ask in (models.recognizer, models.card, models.limits):
        with pytest.raises(ValueError, match="model must be one of"):
            ask(name)


def test_default_is_first(folder, tmp_path):
    assert Models("accurate").names == ["accurate", "fast"]
    assert Models("mine.fer", folder).names[0] == "mine.fer"
    other = Models(tmp_path / "outside.fer", folder)
    assert other.names == ["outside.fer", "accurate", "fast", "mine.fer"]
    assert other.default == "outside.fer"


def test_settings_of_a_request_are_its_own():
    models = Models()
    strict, usual = models.recognizer("fast", 0.9), models.recognizer("fast")
    assert (strict.min_probability, usual.min_probability) == (0.9, 0.0)
    assert strict.pipeline is usual.pipeline
    sure = models.recognizer("fast", min_face_probability=0.9)
    assert sure.detector.min_face_probability == 0.9
    assert usual.detector.min_face_probability == 0.5


def test_model_card(folder):
    models = Models("fast", folder)
    assert models.card("fast").startswith("# Model card: fast")
    made = models.card("mine.fer")
    assert made.startswith("# mine") and "Classes: angry, disgust," in made
    assert "**Limits.** Not for decisions about people." in made
    (folder / "mine.md").write_text("# Mine")
    assert models.card("mine.fer") == "# Mine"
    (folder / "mine.md").unlink()
    (folder / "mine.md").symlink_to("/etc/hostname")
    assert models.card("mine.fer").startswith("# mine")


def test_few_models_stay_in_memory(folder, monkeypatch):
    monkeypatch.setattr("fertools.app._models._MAX_LOADED", 1)
    models = Models("fast", folder)
    first = models.recognizer("fast")
    models.recognizer("mine.fer")
    assert list(models._loaded) == ["mine.fer"]
    assert models.recognizer("fast").pipeline is not first.pipeline
