"""Uploaded files and archives become results."""

import zipfile

import pytest

from fertools.app import UploadLimits
from fertools.app._photos import recognize_uploads
from fertools.recognizer import RecognizedFace


class Recognizer:
    """A recognizer that finds one face in each image that can be read."""

    def recognize(self, pixels):
        return [RecognizedFace((0, 0, 9, 9), None, "happy", {"happy": 1.0})]


def statuses(uploads, **limits):
    results = recognize_uploads(Recognizer(), uploads, UploadLimits(**limits))
    return {result.source: (result.status, result.reason) for result in results}


@pytest.fixture
def archive(photo, tmp_path):
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("good.jpg", photo)
        file.writestr("folder/../up.jpg", photo)
        file.writestr("broken.jpg", "text")
        file.writestr("empty.png", b"")
        file.writestr("notes.txt", "notes")
        file.writestr(".hidden.jpg", photo)
        file.writestr("__MACOSX/._good.jpg", photo)
    return path


def test_archive_has_a_result_per_file(archive, photo, tmp_path):
    (tmp_path / "single.jpg").write_bytes(photo)
    found = statuses([(archive, "photos.zip"), (tmp_path / "single.jpg", "single.jpg")])
    assert {name: status for name, (status, _) in found.items()} == {
        "photos.zip/good.jpg": "ok",
        "photos.zip/up.jpg": "ok",
        "photos.zip/broken.jpg": "unreadable",
        "photos.zip/empty.png": "unreadable",
        "photos.zip/notes.txt": "invalid",
        "single.jpg": "ok",
    }
    for name, (status, reason) in found.items():
        assert (reason == "") == (status == "ok")
        assert str(tmp_path) not in reason
        assert not reason or reason.startswith(f"{name}: ")


def test_photos_beyond_the_limit_are_reported(archive):
    found = statuses([(archive, "a.zip")], max_photos=1)
    assert found["a.zip/good.jpg"][0] == "ok"
    assert found["a.zip/up.jpg"] == (
        "invalid",
        "a.zip/up.jpg: at most 1 photo is recognized at a time.",
    )


def test_large_member_is_not_unpacked(tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("bomb.jpg", bytes(3 * 2**20))
    found = statuses([(path, "bomb.zip")], max_bytes=2**20)
    assert found["bomb.zip/bomb.jpg"][0] == "too_large"


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04" + bytes(100)])
def test_damaged_archive_is_one_result(content, tmp_path):
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    [(name, (status, reason))] = statuses([(path, "x.zip")]).items()
    assert (name, status) == ("x.zip", "unreadable")
    assert reason.startswith("x.zip: ") and str(tmp_path) not in reason


def test_deleted_upload_is_missing(tmp_path):
    found = statuses([(tmp_path / "gone.jpg", "gone.jpg"), (tmp_path / "gone.zip", "gone.zip")])
    assert {status for status, _ in found.values()} == {"missing"}
