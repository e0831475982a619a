"""FER-2013 with damaged, missing and unknown files."""

import re
import zipfile

import pytest
from fer2013_files import FACES, FILES, below, csv_bytes, jpeg

from fertools.datasets import load_fer2013

STRANGERS = {
    "train/contempt/1.jpg": (jpeg(FACES.images[0]), "unknown_class", r"must be in train/<class>/"),
    "test/1.jpg": (jpeg(FACES.images[0]), "unknown_class", r"must be in test/<class>/"),
    "train/sad/old/1.jpg": (jpeg(FACES.images[0]), "unknown_class", r"must be in train/<class>/"),
    "train/sad/empty.jpg": (b"", "empty", r"The file is empty\."),
    "train/sad/text.jpg": (b"this is text", "unreadable", "Not an image"),
    "train/sad/cut.jpg": (jpeg(FACES.images[0])[:-300], "unreadable", "The image is damaged"),
    "train/sad/narrow.jpg": (
        jpeg(FACES.images[0][:, :47]),
        "wrong_size",
        "must have 48x48 pixels; got 48x47",
    ),
    "train/sad/Thumbs.db": (b"\x00", "foreign", "hidden, or none of .jpeg, .jpg"),
    "train/sad/._x.jpg": (b"\x00", "foreign", "hidden, or none of"),
}


@pytest.mark.parametrize("name", ["x", "x.zip", "x.tar.gz"])
@pytest.mark.parametrize("root", ["", "fer2013/"])
def test_left_out_files_are_listed(write, name, root, tmp_path):
    strangers = {file: data for file, (data, _, _) in STRANGERS.items()}
    path = write(tmp_path / name, below(root, FILES | strangers) | {"README": b"not looked at"})
    with pytest.warns(UserWarning, match="left out 1 empty, 3 unknown_class, 2 unread.*1 wrong_s"):
        fer = load_fer2013(path)
    assert fer.sha256 == load_fer2013(write(tmp_path / "sound", FILES)).sha256
    assert fer.report.columns.tolist() == ["file", "status", "reason"]
    assert fer.report.file.tolist() == sorted(root + file for file in strangers)
    for file, status, reason in fer.report.itertuples(index=False):
        _, expected, pattern = STRANGERS[file.removeprefix(root)]
        assert status == expected
        assert re.search(pattern, reason)


def test_data_set_without_usable_images_is_rejected(write, tmp_path):
    files = {"train/sad/1.jpg": b"text", "train/sad/2.jpg": b""}
    with pytest.raises(ValueError, match=r"2 left out\. train/sad/1.jpg: Not an image.*2.jpg: The"):
        load_fer2013(write(tmp_path / "x.zip", files))


@pytest.mark.parametrize(
    ("line", "status", "reason"),
    [
        ("0,1 2 3,Training", "wrong_size", "must contain 2304 pixels; got 3"),
        ("0,,Training", "wrong_size", "must contain 2304 pixels; got 0"),
        ("0,1 2 3", "unknown_name", "Usage must be one of Training, .*; got ''"),
        ("0,1 2 3,Test", "unknown_name", "Usage must be one of Training, .*; got 'Test'"),
        ("7,1 2 3,Training", "unknown_class", r"emotion must be in 0\.\.6; got '7'"),
        ("x,1 2 3,Training", "unknown_class", "got 'x'"),
        ("0," + "256 " * 2304 + ",Training", "unreadable", r"pixels in 0\.\.255"),
        ("0," + "-1 " * 2304 + ",Training", "unreadable", r"pixels in 0\.\.255"),
        ("0," + "1.5 " * 2304 + ",Training", "unreadable", r"pixels in 0\.\.255"),
    ],
)
def test_invalid_rows_of_a_csv_are_listed(line, status, reason, tmp_path):
    lines = csv_bytes().decode().splitlines()
    (tmp_path / "fer2013.csv").write_text("\n".join([*lines[:2], line, *lines[2:]]))
    with pytest.warns(UserWarning, match=f"left out 1 {status}; see `report`"):
        fer = load_fer2013(tmp_path)
    assert len(fer.images) == 35
    assert fer.report.iloc[0, :2].tolist() == ["row 2", status]
    assert re.search(reason, fer.report.reason[0])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", r"must contain the columns .*got \[\]"),
        (b"emotion,usage\n0,1\n", r"must contain the columns .*\['emotion', 'usage'\]"),
        (b"\xff\xd8\xff\xe0\x00", r"not a CSV file"),
        (csv_bytes() + b"0," + b"1" * 200_000 + b",Training", r"not a CSV file that can be read"),
    ],
)
def test_invalid_csv_files_are_rejected(data, reason, tmp_path):
    (tmp_path / "fer2013.csv").write_bytes(data)
    with pytest.raises(ValueError, match=reason):
        load_fer2013(tmp_path / "fer2013.csv")


@pytest.mark.parametrize("name", ["x.zip", "x.tar.gz"])
def test_truncated_archive_is_rejected(write, name, tmp_path):
    path = write(tmp_path / name, FILES)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(ValueError, match=f"{path.name}: the archive is damaged"):
        load_fer2013(path)


def test_changed_byte_in_an_archive_damages_one_member(tmp_path):
    # Without compression, so that the checksum detects the change.
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("train/sad/1.jpg", jpeg(FACES.images[0]))
        archive.writestr("train/sad/2.jpg", jpeg(FACES.images[1]))
    data = bytearray((tmp_path / "x.zip").read_bytes())
    data[400] ^= 255
    (tmp_path / "x.zip").write_bytes(data)
    with pytest.warns(UserWarning, match="left out 1 unreadable"):
        fer = load_fer2013(tmp_path / "x.zip")
    assert fer.ids.tolist() == ["train/sad/2.jpg"]
    assert fer.report.file.tolist() == ["train/sad/1.jpg"]
    assert "Bad CRC-32" in fer.report.reason[0]
