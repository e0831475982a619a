"""Cascade files at unusual paths, and incomplete installations of OpenCV."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from skimage.data import astronaut

from fertools.detection import FaceLocalizer, ViolaJonesDetector, _cascades

SHIPPED = Path(cv2.data.haarcascades)
FRONTAL = "haarcascade_frontalface_default.xml"


@pytest.fixture
def without_files(monkeypatch, tmp_path):
    """Hide the cascade files of OpenCV, as in version 5, which is installed without them."""
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(cv2.data, "haarcascades", str(tmp_path / "data"))
    monkeypatch.setattr(_cascades._LOADED, "cascades", {}, raising=False)


@pytest.mark.parametrize(
    "name", [b"caf\xe9.xml", b"\xff\xfe.xml", "größe.xml".encode(), b"a b.xml"]
)
def test_cascade_is_read_from_any_path(tmp_path, name):
    path = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name)))
    shutil.copy(SHIPPED / FRONTAL, path)
    expected = ViolaJonesDetector().detect(astronaut())
    assert ViolaJonesDetector(path).detect(astronaut()) == expected
    path.write_text("not a cascade")
    with pytest.raises(ValueError, match="cascade must be a cascade file"):
        _cascades._read_cascade(path)


def test_cascade_path_works_without_the_files_of_opencv(without_files):
    [face] = ViolaJonesDetector(SHIPPED / FRONTAL).detect(astronaut())
    assert 150 < face.x < 200


def test_cascades_are_read_from_the_folder_of_the_environment_variable(
    without_files, monkeypatch, tmp_path
):
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    shutil.copytree(SHIPPED, folder)
    monkeypatch.setenv("FERTOOLS_CASCADES", str(folder))
    assert len(ViolaJonesDetector(profile=True).detect(astronaut())) == 1
    assert FaceLocalizer(align=True).fit_transform([astronaut()]).shape == (1, 48, 48)


@pytest.mark.parametrize("parts", [["haarcascades"], ["data"]])
def test_missing_cascade_files_are_reported(without_files, monkeypatch, parts):
    monkeypatch.delattr(cv2 if parts == ["data"] else cv2.data, *parts)
    message = "cascade must be .* was installed without cascade files: pass the path .* "
    with pytest.raises(ValueError, match=f"{message}FERTOOLS_CASCADES .*pip install"):
        ViolaJonesDetector().detect(astronaut())


@pytest.mark.parametrize("version", ["5.0.0", None])
def test_missing_cascade_classifier_is_reported(monkeypatch, version):
    monkeypatch.delattr(cv2, "CascadeClassifier")
    if version is None:
        monkeypatch.delattr(cv2, "__version__")
    else:
        monkeypatch.setattr(cv2, "__version__", version)
    name = version or "of an unknown version"
    with pytest.raises(ImportError, match=f"OpenCV {name} has no CascadeClassifier.*pip install"):
        ViolaJonesDetector().detect(astronaut())


@pytest.mark.parametrize("module", ["detection", "recognizer", "annotation", "features"])
def test_incomplete_installation_of_opencv_is_reported(module):
    """Uninstalling one of two OpenCV packages leaves an empty package cv2."""
    script = "import sys, types; sys.modules['cv2'] = types.ModuleType('cv2')\n"
    script += f"import fertools.{module}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ImportError: OpenCV is not installed completely")
    assert "pip install --force-reinstall" in last
