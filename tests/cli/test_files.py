"""Input folders and output files of all commands."""

import errno
import os
from pathlib import Path

import pytest
from PIL import Image
from skimage.data import astronaut

from fertools._utils import files
from fertools.cli._inputs import find_photos


@pytest.fixture
def photos(tmp_path):
    """Return a folder with photos of a face on two levels, and other files."""
    folder = tmp_path / "photos"
    for name in ("b.jpg", "a.png", "sub/c.jpeg", ".hidden/d.jpg", ".e.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(astronaut()).resize((256, 256)).save(folder / name)
    (folder / "notes.txt").write_text("text")
    return folder


@pytest.fixture
def full_disk(monkeypatch):
    """Make writing of any output file fail as on a full disk."""

    def fsync(file):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)


@pytest.fixture
def locked(monkeypatch):
    """Make creating any output file fail, as in a folder without permission."""

    def create(target):
        raise PermissionError(errno.EACCES, "Permission denied", str(target))

    monkeypatch.setattr(files, "_create_beside", create)


def test_home_folder_is_expanded(faces, tmp_path, monkeypatch, run):
    monkeypatch.setenv("HOME", str(faces.parent))
    code, out, _ = run("audit", "~/faces", "--no-detect", "-q", "--html=~/a.html")
    assert code == 0 and (faces.parent / "a.html").exists()
    assert f"Wrote {faces.parent}" in out


def test_predict_searches_folders(photos, run):
    code, out, err = run("predict", photos, photos / "b.jpg", "-q", "--format", "csv")
    assert code == 0 and err == ""
    lines = [line.split(",")[0] for line in out.splitlines()[1:]]
    names = ["a.png", "b.jpg", "sub/c.jpeg", "b.jpg"]
    assert list(dict.fromkeys(lines)) == [str(photos / name) for name in names[:3]]


def test_folders_without_photos_are_reported(photos, tmp_path, run):
    (tmp_path / "empty").mkdir()
    code, out, err = run("predict", tmp_path / "empty", photos / "a.png", "-q")
    assert code == 1 and "a.png" in out
    assert err == f"{tmp_path / 'empty'}: the folder holds no images.\n"


def test_unreadable_folder_is_reported(photos, monkeypatch):
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("sub"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found, problems = find_photos([photos])
    assert [Path(photo).name for photo in found] == ["a.png", "b.jpg"]
    assert problems == [f"{photos / 'sub'}: The folder cannot be opened (Permission denied)."]
    found, problems = find_photos([photos / "sub"])
    assert found == [] and len(problems) == 1 and "cannot be read" in problems[0]


def test_links_to_folders_are_followed(photos, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "link").symlink_to(photos)
    (other / "up").symlink_to(other)
    found, problems = find_photos([other])
    assert problems == []
    assert [Path(photo).name for photo in found] == ["a.png", "b.jpg", "c.jpeg"]


def test_unwritable_picture_does_not_lose_results(photos, tmp_path, monkeypatch, run):
    (tmp_path / "a" / "001_b.png").mkdir(parents=True)
    code, out, err = run("predict", photos, "-q", "--annotate", tmp_path / "a")
    assert code == 1 and out.count(" ok ") >= 3
    assert len(err.splitlines()) == 1 and "b.jpg: the annotated picture is missing" in err
    assert len(list((tmp_path / "a").iterdir())) == 3


def test_full_disk_does_not_lose_results(photos, tmp_path, full_disk, run):
    code, out, err = run("predict", photos / "a.png", "-q", "--annotate", tmp_path / "a")
    assert code == 1 and " ok " in out
    assert "No space left on device" in err and "000_a.png" in err
    assert list((tmp_path / "a").iterdir()) == []


def test_full_disk_keeps_the_previous_audit_report(faces, tmp_path, full_disk, run):
    page = tmp_path / "audit.html"
    page.write_text("old")
    code, _, err = run("audit", faces, "--no-detect", "-q", "--html", page)
    assert code == 2 and "audit.html" in err and "No space left" in err
    assert page.read_text() == "old" and list(tmp_path.iterdir()) == [page]


def test_full_disk_keeps_the_previous_benchmark_report(faces, tmp_path, run, request):
    pytest.importorskip("matplotlib")
    options = ["--methods", "majority", "--out", tmp_path / "out", "-q"]
    assert run("benchmark", faces, *options)[0] == 0
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    request.getfixturevalue("full_disk")
    code, _, err = run("benchmark", faces, *options)
    assert code == 2 and "No space left" in err and "comparison.md" in err
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == before


@pytest.mark.parametrize(
    "command",
    [
        "train x.zip --out {}/m.fer",
        "audit x.zip --html {}/a.html",
        "benchmark x.zip --methods majority --out {}/o",
        "predict x.jpg --annotate {}/a",
        "demo --out {}/d",
        "train x.zip --network five_conv --out {}/m.fer --checkpoint {}/state",
    ],
)
def test_unwritable_output_is_reported_before_data_is_read(command, locked, tmp_path, run):
    code, out, err = run(*command.replace("{}", str(tmp_path)).split())
    # x.zip does not exist: nothing was read.
    assert code == 2 and out == ""
    assert "Permission denied" in err and str(tmp_path) in err and "x.zip" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("train x.zip --out {}", "Is a directory"),
        ("audit x.zip --html {}", "Is a directory"),
        ("benchmark x.zip --methods majority --out {}/file", "Not a directory"),
        ("predict x.jpg --annotate {}/file", "Not a directory"),
        ("demo --out {}/file", "Not a directory"),
        ("demo --out {}/" + "n" * 256, "too long"),
        ("train x.zip --network five_conv --out m.fer --checkpoint {}/file", "Not a directory"),
        ("train x.zip --out {}/" + "n" * 256, "too long"),
    ],
)
def test_output_of_the_wrong_kind_is_reported_before_data_is_read(command, words, tmp_path, run):
    (tmp_path / "file").write_text("old")
    code, out, err = run(*command.format(tmp_path).split())
    assert code == 2 and out == "" and words in err and "x.zip" not in err
    assert (tmp_path / "file").read_text() == "old" and len(list(tmp_path.iterdir())) == 1
