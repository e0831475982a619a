"""Archives that would need too much memory are refused."""

import gzip
import struct
import tarfile
import zipfile

import numpy as np
import pytest

from fertools.datasets import (
    _limits,
    load_dataset,
    load_fer2013,
    load_image_folder,
)


@pytest.fixture
def small_limits(monkeypatch):
    monkeypatch.setattr(_limits, "FREE_BYTES", 2**20)


def zeros_zip(path, name, n_bytes, count=1):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(count):
            archive.writestr(name.format(number), bytes(n_bytes))
    return path


@pytest.mark.parametrize("name", ["sad/{}.png", "train/sad/Training_{}.png", "fer2013.csv"])
def test_zip_bomb_is_refused(small_limits, name, tmp_path):
    path = zeros_zip(tmp_path / "x.zip", name, 2**22)
    for load in (load_dataset, load_fer2013, load_image_folder):
        with pytest.raises(ValueError, match=r"x\.zip: .* must expand to at most .* 100 times"):
            load(path)


def test_many_small_zip_bombs_are_refused_together(small_limits, tmp_path):
    path = zeros_zip(tmp_path / "x.zip", "sad/{}.png", 2**19, count=8)
    with pytest.raises(ValueError, match="must expand to at most"):
        load_image_folder(path)


def test_single_bomb_among_images_is_reported(small_limits, png, tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sad/0.png", bytes(2**21))
        archive.writestr("sad/1.png", png[1])
        # Enough incompressible data that the whole archive is within its limit.
        archive.writestr("notes.txt", np.random.default_rng(0).bytes(2**18))
    with pytest.warns(UserWarning, match="left out 1 too_large"):
        data = load_image_folder(tmp_path / "x.zip")
    assert data.ids.tolist() == ["sad/1.png"]


def test_tar_gz_bomb_is_refused_before_it_is_unpacked(small_limits, tmp_path):
    header = tarfile.TarInfo("notes.txt")
    header.size = 10 * 2**30
    (tmp_path / "x.tar.gz").write_bytes(gzip.compress(header.tobuf() + bytes(2**16)))
    with pytest.raises(ValueError, match=r"x\.tar\.gz: .* must expand to at most"):
        load_image_folder(tmp_path / "x.tar.gz")


def test_tar_header_with_a_huge_size_is_refused(tmp_path):
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 2**30
    (tmp_path / "x.tar.gz").write_bytes(gzip.compress(header.tobuf() + bytes(2**16)))
    with pytest.raises(ValueError, match="the archive is damaged"):
        load_image_folder(tmp_path / "x.tar.gz")


def test_zip_with_a_forged_compressed_size_is_refused(small_limits, tmp_path):
    path = zeros_zip(tmp_path / "x.zip", "sad/1.png", 2**22)
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.find(b"PK\1\2") + 20, 2**30)
    path.write_bytes(data)
    with pytest.raises(ValueError, match="must expand to at most"):
        load_image_folder(path)


@pytest.mark.parametrize("name", ["x", "x.zip", "x.tar"])
def test_number_of_files_is_limited(write, files, name, monkeypatch, tmp_path):
    path = write(tmp_path / name, files)
    monkeypatch.setattr(_limits, "MAX_FILES", 5)
    with pytest.raises(ValueError, match=r"x\S*: .* must hold at most 5 (files|members)"):
        load_image_folder(path)


def test_tar_gz_of_too_many_empty_members_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(_limits, "FREE_MEMBERS", 1000)
    empty = tarfile.TarInfo("notes.txt").tobuf()
    (tmp_path / "x.tar.gz").write_bytes(gzip.compress(empty * 20_000 + bytes(10240)))
    with pytest.raises(ValueError, match=r"x\.tar\.gz: .* must hold at most [\d,]+ members"):
        load_image_folder(tmp_path / "x.tar.gz")


@pytest.mark.parametrize("name", ["x", "x.zip", "x.tar"])
def test_image_file_with_too_many_bytes_is_reported(write, png, name, monkeypatch, tmp_path):
    path = write(tmp_path / name, {"sad/1.png": png[0], "sad/2.png": png[1] + bytes(2**20)})
    monkeypatch.setattr(_limits, "MAX_IMAGE_BYTES", 2**16)
    monkeypatch.setattr(_limits, "CHUNK", 2**12)
    with pytest.warns(UserWarning, match="left out 1 too_large"):
        assert load_image_folder(path).ids.tolist() == ["sad/1.png"]
