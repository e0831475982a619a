"""Tests of damaged, encrypted and malicious archives and folders."""

import gzip
import io
import os
import struct
import tarfile
import zipfile

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from fertools.datasets import (
    load_ckplus,
    load_dataset,
    load_fer2013,
    load_ferplus,
    load_image_folder,
    load_jaffe,
    make_faces,
)

FACES = make_faces(8, random_state=0).images


LOADERS = [
    load_dataset,
    load_fer2013,
    load_image_folder,
    load_ckplus,
    load_jaffe,
    load_ferplus,
]


def with_flag(path, *, flags=None, method=None, only=None):
    """Change flag bits or compression methods in the headers of a zip."""
    data = bytearray(path.read_bytes())
    for start, flag_at, name_at in [(b"PK\3\4", 6, 30), (b"PK\1\2", 8, 46)]:
        place = data.find(start)
        while place >= 0:
            name = data[place + name_at :]
            if only is None or name.startswith(only.encode()):
                if flags is not None:
                    struct.pack_into("<H", data, place + flag_at, flags)
                if method is not None:
                    struct.pack_into("<H", data, place + flag_at + 2, method)
            place = data.find(start, place + 4)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("load", LOADERS)
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"flags": 1}, "The archive is encrypted"),
        ({"method": 9}, r"compressed with method 9 \(Deflate64\)"),
        ({"method": 98}, r"compressed with method 98 \(PPMd\)"),
        ({"method": 77}, r"compressed with method 77 \(unknown\)"),
    ],
)
def test_archive_that_cannot_be_decompressed_is_refused(
    write, files, load, changes, message, tmp_path
):
    path = with_flag(write(tmp_path / "x.zip", files), **changes)
    with pytest.raises(ValueError, match=rf"x\.zip: .*{message}"):
        load(path)


@pytest.mark.parametrize("changes", [{"flags": 1}, {"method": 9}, {"flags": 0x20}, {"flags": 0x40}])
def test_single_unreadable_member_is_reported(write, files, changes, tmp_path):
    first = next(iter(files))
    path = with_flag(write(tmp_path / "x.zip", files), only=first, **changes)
    for load in (load_dataset, load_fer2013, load_image_folder):
        with pytest.warns(UserWarning, match="left out 1 unreadable"):
            data = load(path)
        assert data.report.file.tolist() == [first]
        assert_array_equal(data.images, FACES[1:])


@pytest.mark.parametrize("name", ["x.zip", "x.csv.zip"])
def test_encrypted_table_in_a_zip_is_refused(write, name, tmp_path):
    path = write(tmp_path / name, {"fer2013.csv": b"emotion,pixels,Usage\n", "a/1.png": b""})
    with_flag(path, flags=1, only="fer2013.csv")
    with pytest.raises(ValueError, match=r"fer2013\.csv: The archive is encrypted"):
        load_fer2013(path)


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_damaged_member_is_reported_and_the_rest_loaded(png, method, tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w", method) as archive:
        for number, data in enumerate(png):
            archive.writestr(f"sad/{number}.png", data)
        place = archive.infolist()[3].header_offset + 30 + len("sad/3.png")
    damaged = bytearray((tmp_path / "x.zip").read_bytes())
    damaged[place + 20 : place + 60] = bytes(40)
    (tmp_path / "x.zip").write_bytes(damaged)
    with pytest.warns(UserWarning, match="left out 1 unreadable"):
        data = load_image_folder(tmp_path / "x.zip")
    assert data.report.file.tolist() == ["sad/3.png"]
    assert_array_equal(data.images, np.delete(FACES, 3, axis=0))


def test_damaged_emotion_file_of_ckplus_is_reported(png, tmp_path):
    frame = "cohn-kanade-images/S010/00{0}/S010_00{0}_00000017.png"
    emotion = "Emotion/S010/00{0}/S010_00{0}_00000017_emotion.txt"
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for number in (1, 2):
            archive.writestr(frame.format(number), png[number])
            archive.writestr(emotion.format(number), b"   1.0000000e+00\n")
    data = (tmp_path / "x.zip").read_bytes().replace(b"1.0000000e+00", b"2.0000000e+00", 1)
    (tmp_path / "x.zip").write_bytes(data)
    with pytest.warns(UserWarning, match="left out 1 unreadable"):
        data = load_ckplus(tmp_path / "x.zip")
    assert data.report.file.tolist() == [emotion.format(1)]
    assert data.sequence.tolist() == ["002"]


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz"])
@pytest.mark.parametrize("load", [load_dataset, load_fer2013, load_image_folder])
def test_tar_cut_between_members_is_truncated(write, files, suffix, load, tmp_path):
    path = write(tmp_path / "x.tar", files)
    with tarfile.open(path) as archive:
        border = archive.getmembers()[3].offset
    data = path.read_bytes()[:border]
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(data if suffix == ".tar" else gzip.compress(data))
    with pytest.raises(ValueError, match=r"cut\S*: the archive is damaged .*truncated"):
        load(path)


def test_tar_with_a_damaged_header_in_the_middle_is_refused(write, files, tmp_path):
    path = write(tmp_path / "x.tar", files)
    with tarfile.open(path) as archive:
        border = archive.getmembers()[3].offset
    data = bytearray(path.read_bytes())
    data[border + 100 : border + 200] = b"x" * 100
    path.write_bytes(data)
    with pytest.raises(ValueError, match="the archive is damaged"):
        load_image_folder(path)


def test_tar_gz_with_a_wrong_checksum_is_refused(write, files, tmp_path):
    path = write(tmp_path / "x.tar.gz", files)
    data = bytearray(path.read_bytes())
    data[-8] ^= 255
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"the archive is damaged .*CRC"):
        load_image_folder(path)


def test_second_tar_appended_to_the_first_is_reported(write, files, tmp_path):
    path = write(tmp_path / "x.tar", files)
    path.write_bytes(2 * path.read_bytes())
    with pytest.warns(UserWarning, match="left out 1 unreadable"):
        data = load_image_folder(path)
    assert data.report.file.tolist() == ["x.tar"]
    assert len(data.images) == 8


def test_tar_header_with_a_negative_size_is_refused(tmp_path):
    header = bytearray(tarfile.TarInfo("sad/1.png").tobuf(tarfile.GNU_FORMAT))
    header[124:136] = b"\xff" * 11 + b"\x00"  # base 256
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    (tmp_path / "x.tar").write_bytes(bytes(header) + bytes(10240))
    with pytest.raises(ValueError, match="the archive is damaged"):
        load_image_folder(tmp_path / "x.tar")


ALIKE = ["a/1.png", "a/./1.png", "a\\1.png", "a//1.png", "b/../a/1.png"]


@pytest.mark.parametrize("suffix", [".zip", ".tar", ".tgz"])
def test_members_with_equal_names_are_reported_and_the_last_is_used(write, png, suffix, tmp_path):
    names = dict(zip([*ALIKE, "a/2.png"], png, strict=False))
    with pytest.warns(UserWarning, match=f"left out {len(ALIKE) - 1} replaced"):
        data = load_image_folder(write(tmp_path / f"x{suffix}", names))
    assert data.ids.tolist() == ["a/1.png", "a/2.png"]
    assert_array_equal(data.images, FACES[[4, 5]])
    assert data.report.status.tolist() == ["replaced"] * 4
    assert data.report.file.tolist() == sorted(ALIKE[:4])


def test_duplicate_member_of_a_zip_is_reported(png, tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("sad/1.png", png[0])
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("sad/1.png", png[1])
    with pytest.warns(UserWarning, match="left out 1 replaced"):
        data = load_image_folder(tmp_path / "x.zip")
    assert_array_equal(data.images, FACES[1:2])


def test_links_in_a_tar(png, tmp_path):
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        member = tarfile.TarInfo("sad/1.png")
        member.size = len(png[0])
        archive.addfile(member, io.BytesIO(png[0]))
        for name, kind, target in [
            ("happy/1.png", tarfile.LNKTYPE, "sad/1.png"),
            ("happy/2.png", tarfile.LNKTYPE, "sad/9.png"),
            ("happy/3.png", tarfile.SYMTYPE, "/etc/passwd"),
            ("happy/4.png", tarfile.FIFOTYPE, ""),
        ]:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, target
            archive.addfile(member)
    with pytest.warns(UserWarning, match="left out 3 unreadable"):
        data = load_image_folder(tmp_path / "x.tar")
    assert data.ids.tolist() == ["happy/1.png", "sad/1.png"]
    assert_array_equal(data.images, FACES[[0, 0]])
    assert data.report.file.tolist() == ["happy/2.png", "happy/3.png", "happy/4.png"]


@pytest.mark.parametrize("damage", range(40))
def test_random_damage_causes_an_error_or_a_report(write, files, damage, tmp_path):
    rng = np.random.default_rng(damage)
    path = write(tmp_path / ("x.zip", "x.tar", "x.tar.gz")[damage % 3], files)
    data = bytearray(path.read_bytes())
    for _ in range(5):
        data[rng.integers(len(data))] = rng.integers(256)
    if damage % 4 == 3:
        data = data[: rng.integers(len(data))]
    path.write_bytes(data)
    # Content of a tar archive has no checksum, so that changed pixels are not detected.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.warn", lambda *args, **options: None)
        try:
            fer = load_fer2013(path)
        except (ValueError, FileNotFoundError) as error:
            assert "x." in str(error)
        else:
            assert 0 < len(fer.images) <= 8


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
@pytest.mark.parametrize("name", ["x.csv", "x.zip", "x.tar", "x.tar.gz", "x"])
@pytest.mark.parametrize("target", ["pipe", "/dev/zero"])
def test_pipe_or_device_instead_of_a_file_is_refused(name, target, tmp_path):
    path = tmp_path / name
    if target == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(target)
    for load in LOADERS:
        with pytest.raises(ValueError, match=r"must be a folder or a regular file; .*x"):
            load(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
def test_pipes_devices_and_links_to_them_in_a_folder_are_reported(write, png, tmp_path):
    write(tmp_path, {"sad/1.png": png[0], "other.png": png[1]})
    os.mkfifo(tmp_path / "sad/2.png")
    (tmp_path / "sad/3.png").symlink_to("/dev/zero")
    (tmp_path / "sad/4.png").symlink_to(tmp_path / "sad/4.png")
    (tmp_path / "sad/5.png").symlink_to(tmp_path / "other.png")
    with pytest.warns(UserWarning, match="left out 1 unknown_class, 3 unreadable"):
        data = load_image_folder(tmp_path)
    assert data.ids.tolist() == ["sad/1.png", "sad/5.png"]


def test_folder_without_permission_is_reported(write, png, tmp_path, monkeypatch):
    write(tmp_path, {"sad/1.png": png[0], "happy/1.png": png[1]})
    scandir = os.scandir

    def refuse(place):
        if str(place).endswith(refuse.name):
            raise PermissionError(13, "Permission denied", str(place))
        return scandir(place)

    monkeypatch.setattr(os, "scandir", refuse)
    refuse.name = "happy"
    with pytest.warns(UserWarning, match="left out 1 unreadable"):
        data = load_image_folder(tmp_path)
    assert data.labels.tolist() == ["sad"]
    assert data.report.to_numpy().tolist() == [
        ["happy", "unreadable", "The folder cannot be opened (Permission denied)."]
    ]
    refuse.name = tmp_path.name
    with pytest.raises(ValueError, match=r"the folder cannot be read \(Permission denied\)"):
        load_image_folder(tmp_path)


def test_deeply_nested_folders(write, png, tmp_path):
    write(tmp_path, {"d/" * 400 + "sad/1.png": png[0]})
    assert load_image_folder(tmp_path).labels.tolist() == ["sad"]


@pytest.mark.parametrize("load", LOADERS)
@pytest.mark.parametrize("name", ["~nouser_of_that_name/x", "a\0b", "x" * 5000, "a\0b.csv"])
def test_impossible_path_is_refused(load, name):
    with pytest.raises(ValueError, match=r"path must be the path of a folder or file; .* cannot"):
        load(name)
