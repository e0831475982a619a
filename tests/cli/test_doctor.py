"""Findings, output and exit codes of ``fertools doctor``."""

import json
import os
import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import cv2
import pytest

from fertools.cli import _camera_checks, _installation, _self_test
from fertools.cli._installation import OK, PROBLEM, WARNING, Finding
from fertools.persistence import _shipped

REAL_SELF_TEST = _self_test.self_test
REQUIRED = ["numpy>=2.0", "opencv-python>=4.10,<5", "matplotlib>=3.9; extra == 'plot'"]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Replace the process of the self-test, and what is installed by what the tests know."""
    tested = [Finding("detector", OK, "finds the face")]
    monkeypatch.setattr(_self_test, "self_test", lambda timeout: tested)
    about = SimpleNamespace(get_all=lambda name: ["plot", "test"])
    monkeypatch.setattr(metadata, "metadata", lambda name: Metadata(about))
    monkeypatch.setattr(metadata, "requires", lambda name: REQUIRED)


class Metadata(dict):
    def __init__(self, about):
        super().__init__({"Requires-Python": ">=3.11"})
        self.get_all = about.get_all


@pytest.fixture
def versions(monkeypatch):
    """Return the versions of the packages, which tests change; a missing one is not installed."""
    found = {"numpy": "2.4.6", "matplotlib": "3.11"}

    def version(name):
        if name not in found:
            raise metadata.PackageNotFoundError(name)
        return found[name]

    monkeypatch.setattr(metadata, "version", version)
    return found


@pytest.fixture
def check(run):
    """Return a function that runs the command and returns the exit code and its checks by name."""

    def call(*args):
        code, out, _ = run("doctor", "--json", "-q", *args)
        content = json.loads(out)
        return code, content, {entry["name"]: entry for entry in content["checks"]}

    return call


def make_distribution(folder, name, version, files=("cv2/__init__.py",)):
    about = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    if files:
        (about / "RECORD").write_text("".join(f"{file},,\n" for file in files))
    (folder / "cv2").mkdir(exist_ok=True)
    (folder / "cv2" / "__init__.py").touch()


def test_working_installation_has_no_problem(versions, check, run):
    code, content, found = check()
    assert code == 0 and content["status"] in (OK, WARNING)
    assert {entry["status"] for entry in content["checks"]} <= {OK, WARNING}
    assert found["numpy"]["value"] == "2.4.6" and found["extra plot"]["value"] == "matplotlib 3.11"
    assert cv2.__version__ in found["OpenCV"]["value"] and found["cascades"]["status"] == OK
    assert "kernels compiled" in found["compiled code"]["value"]
    assert {"BLAS", "processors"} <= set(found) and "extra test" not in found
    code, out, _ = run("doctor")
    assert code == 0 and "finds the face" in out and "Problems" not in out


def test_missing_cascades_are_a_problem(versions, check, monkeypatch, tmp_path, run):
    monkeypatch.setattr(cv2.data, "haarcascades", str(tmp_path))
    monkeypatch.delenv("FERTOOLS_CASCADES", raising=False)
    code, content, found = check()
    assert code == 1 and content["status"] == PROBLEM
    assert found["cascades"]["status"] == PROBLEM
    assert (
        "frontalface" in found["cascades"]["value"] and str(tmp_path) in found["cascades"]["value"]
    )
    assert "FERTOOLS_CASCADES" in found["cascades"]["hint"]
    code, out, _ = run("doctor", "-q")
    assert code == 1 and "Problems:\n  cascades: pip install" in out


def test_cascades_are_found_in_the_folder_of_the_user(versions, check, monkeypatch, tmp_path):
    for name in _installation._CASCADES:
        (tmp_path / name).touch()
    monkeypatch.setattr(cv2.data, "haarcascades", "nowhere")
    monkeypatch.setenv("FERTOOLS_CASCADES", str(tmp_path))
    assert check()[2]["cascades"]["status"] == OK


def test_two_opencv_packages_in_one_folder_are_a_problem(versions, check, monkeypatch, tmp_path):
    make_distribution(tmp_path, "opencv-python", "4.12.0.88")
    make_distribution(tmp_path, "opencv-contrib-python", "4.11.0.86")
    found = [metadata.PathDistribution(path) for path in tmp_path.glob("*.dist-info")]
    monkeypatch.setattr(metadata, "distributions", lambda: found)
    monkeypatch.setattr(cv2, "__file__", str(tmp_path / "cv2" / "__init__.py"))
    code, _, entries = check()
    opencv = entries["OpenCV"]
    assert code == 1 and opencv["status"] == PROBLEM
    assert "opencv-contrib-python 4.11.0.86 and opencv-python 4.12.0.88" in opencv["value"]
    assert opencv["hint"].startswith("pip uninstall -y opencv-contrib-python opencv-python; pip")


def test_owners_are_packages_with_files_in_the_imported_folder(monkeypatch, tmp_path):
    make_distribution(tmp_path / "a", "opencv-python-headless", "4.12")
    make_distribution(tmp_path / "a", "opencv-python", "4.12", files=())
    make_distribution(tmp_path / "a", "opencv-tools", "1.0", files=("opencv_tools/__init__.py",))
    make_distribution(tmp_path / "b", "opencv-contrib-python", "4.12")
    found = [metadata.PathDistribution(path) for path in tmp_path.glob("*/*.dist-info")]
    assert len(found) == 4
    monkeypatch.setattr(metadata, "distributions", lambda: found)
    assert _installation.opencv_owners(tmp_path / "a" / "cv2") == {"opencv-python-headless": "4.12"}


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("libGL.so.1: cannot open shared object file", "apt-get install libgl1"),
        ("No module named 'cv2'", "pip install --force-reinstall"),
    ],
)
def test_opencv_that_cannot_be_imported_is_a_problem(message, hint, versions, check, monkeypatch):
    original = _installation.import_module

    def import_module(name, *args):
        if name == "cv2":
            raise ImportError(message)
        return original(name, *args)

    monkeypatch.setattr(_installation, "import_module", import_module)
    code, _, found = check()
    assert code == 1 and found["OpenCV"]["value"] == message
    assert found["OpenCV"]["hint"].startswith(hint)


@pytest.mark.parametrize("version", ["5.0.0", "4.9.0", "3.4.18"])
def test_unsupported_opencv_is_a_problem(version, versions, check, monkeypatch):
    monkeypatch.setattr(cv2, "__version__", version)
    code, _, found = check()
    assert code == 1 and "not supported" in found["OpenCV"]["value"]


def test_missing_and_old_packages_are_problems(versions, check):
    versions["numpy"] = "1.26.4"
    code, _, found = check()
    assert code == 1 and found["numpy"]["status"] == PROBLEM
    assert found["numpy"]["value"] == "1.26.4; fertools needs numpy>=2.0"
    assert found["numpy"]["hint"] == 'pip install "numpy>=2.0"'
    del versions["numpy"]
    code, _, found = check()
    assert code == 1 and found["numpy"]["value"] == "not installed"


def test_missing_extra_is_no_problem(versions, check, run):
    del versions["matplotlib"]
    code, _, found = check()
    assert code == 0 and found["extra plot"] == {
        "name": "extra plot",
        "status": OK,
        "value": "not installed",
        "hint": 'pip install "fertools[plot]"',
    }
    assert 'not installed: pip install "fertools[plot]"' in run("doctor", "-q")[1]


def test_old_package_of_an_extra_is_a_warning(versions, check):
    versions["matplotlib"] = "3.5"
    code, content, found = check()
    assert code == 0 and content["status"] == WARNING
    assert found["extra plot"]["status"] == WARNING and "3.5" in found["extra plot"]["value"]


def test_source_folder_without_installation_is_a_warning(versions, check, monkeypatch):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "metadata", missing)
    code, _, found = check()
    assert code == 0 and found["fertools"]["status"] == WARNING


def test_more_threads_than_processors_are_a_warning(versions, check, monkeypatch):
    import joblib

    monkeypatch.setattr(joblib, "cpu_count", lambda: 0)
    code, _, found = check()
    assert code == 0 and found["BLAS"]["status"] == WARNING
    assert "OMP_NUM_THREADS" in found["BLAS"]["hint"]


def test_check_that_fails_does_not_stop_the_others(versions, check, monkeypatch):
    def fail():
        raise RuntimeError("broken [red]")

    monkeypatch.setattr(_installation, "check_threads", fail)
    code, _, found = check()
    assert code == 1 and found["threads"]["value"] == "RuntimeError: broken [red]"
    assert found["detector"]["status"] == OK


def test_damaged_cache_is_a_warning(versions, check, monkeypatch):
    from fertools._utils.compilation import compiled

    def fail(self):
        raise ValueError("checksum does not match")

    monkeypatch.setattr(compiled, "n_cached", fail)
    code, _, found = check()
    assert code == 0 and found["compiled code"]["status"] == WARNING
    assert "checksum does not match" in found["compiled code"]["value"]


def test_cache_without_a_writable_folder_is_a_warning(versions, check, monkeypatch):
    from fertools._utils.compilation import compiled

    monkeypatch.setattr(compiled, "cache_folder", lambda self: None)
    found = check()[2]["compiled code"]
    assert found["status"] == WARNING and "NUMBA_CACHE_DIR" in found["hint"]


@pytest.fixture
def devices(monkeypatch, tmp_path):
    """Pretend that Linux lists a camera with two devices, and a second camera."""
    for number, index, title in ((0, 0, "Front\x1b[31m"), (1, 1, "Front"), (900, 0, "USB")):
        folder = tmp_path / f"video{number}"
        folder.mkdir()
        (folder / "index").write_text(f"{index}\n")
        (folder / "name").write_text(f"{title}\n")
    monkeypatch.setattr(_camera_checks, "_VIDEO_DEVICES", tmp_path)
    monkeypatch.setattr(sys, "platform", "linux")


def test_cameras_are_listed_without_opening_them(devices, monkeypatch):
    monkeypatch.setattr(_camera_checks, "_open_camera", None)
    found = _camera_checks.check_cameras(False)
    assert [finding.name for finding in found] == ["camera 0", "camera 900"]
    assert found[1].status == WARNING and "/dev/video900 is missing" in found[1].value


def test_device_without_permission_is_a_warning(devices, monkeypatch):
    monkeypatch.setattr(Path, "exists", lambda path: True)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    found = _camera_checks.check_cameras(False)
    assert {finding.status for finding in found} == {WARNING}
    assert "usermod" in found[0].hint


def test_cameras_that_cannot_be_opened_are_warnings(devices, versions, check):
    code, _, found = check("--cameras")
    assert code == 0 and found["camera 900"]["status"] == WARNING
    assert "camera 900 cannot be opened." in found["camera 900"]["value"]


def test_opened_camera_shows_its_size(devices, monkeypatch):
    import numpy as np

    from fertools.video import _camera

    class Camera:
        def __init__(self, number):
            self.name = f"camera {number}"

        def __iter__(self):
            yield SimpleNamespace(image=np.zeros((48, 64, 3), np.uint8))

        def close(self):
            pass

    monkeypatch.setattr(_camera, "Camera", Camera)
    found = _camera_checks.check_cameras(True)
    assert found[1] == Finding("camera 900", OK, "USB 64 x 48 pixels")


def test_names_of_devices_are_printable(devices, versions, run):
    out = run("doctor", "-q")[1]
    assert "\x1b" not in out and "Front\\x1b[31m" in out


def test_wrong_prediction_is_a_problem(versions, check, monkeypatch):
    monkeypatch.setattr(_shipped, "predicts_as_expected", lambda model, path: False)
    monkeypatch.setattr(_self_test, "self_test", lambda timeout: [_self_test.check_model("fast")])
    code, content, found = check()
    assert code == 1 and content["status"] == PROBLEM
    assert (
        "differ" in found["model fast"]["value"] and "scikit-learn==" in found["model fast"]["hint"]
    )


def test_detector_finds_the_face_of_the_photo(monkeypatch):
    from fertools.detection import ViolaJonesDetector

    assert _self_test.check_detector().status == OK
    box = SimpleNamespace(x=0, y=0, width=90, height=90)
    monkeypatch.setattr(ViolaJonesDetector, "detect", lambda self, image: [box])
    assert _self_test.check_detector().status == PROBLEM


def test_every_test_runs_if_one_fails(monkeypatch):
    def fail(*args):
        raise ValueError("damaged")

    monkeypatch.setattr(_self_test, "check_detector", fail)
    monkeypatch.setattr(
        _self_test, "check_model", lambda name: Finding(f"model {name}", OK, "fine")
    )
    found = list(_self_test.run_tests())
    assert [finding.name for finding in found] == ["detector", "model fast", "model accurate"]
    assert found[0].status == PROBLEM and found[0].value == "ValueError: damaged"


@pytest.fixture
def real_self_test(monkeypatch):
    """Return a function that runs the self-test with other code in its process."""
    original = REAL_SELF_TEST

    def call(code, timeout=60):
        monkeypatch.setattr(_self_test, "_CODE", code)
        return original(timeout)

    return call


FIRST = 'import time, os, sys; print(\'["detector", "ok", "fine"]\', flush=True); '


def test_crash_of_the_self_test_is_a_problem(real_self_test):
    found = real_self_test(f"{FIRST} print('[cut', end=''); os.abort()")
    assert [finding.status for finding in found] == [OK, PROBLEM]
    assert "exit code" in found[1].value
    found = real_self_test("raise ImportError('no library')")
    assert len(found) == 1 and found[0].value.endswith("ImportError: no library")


def test_self_test_that_takes_too_long_is_a_warning(real_self_test):
    found = real_self_test(f"{FIRST} time.sleep(60)", timeout=2)
    assert found[-1].status == WARNING and "--timeout" in found[-1].hint


def test_self_test_in_its_process_finds_no_problem():
    found = REAL_SELF_TEST(300)
    assert [finding.name for finding in found] == ["detector", "model fast", "model accurate"]
    assert {finding.status for finding in found} == {OK}
