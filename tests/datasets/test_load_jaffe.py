"""Tests of the loader of JAFFE, with drawn faces and the original file names."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from fertools.datasets import EXPRESSIONS, load_jaffe, make_faces

FACES = make_faces(7, size=256, random_state=0)
NAMES = [
    "KA.AN1.39.tiff",
    "KA.DI2.43.tiff",
    "KL.FE1.174.tiff",
    "KM.HA3.6.tiff",
    "MK.SA1.121.tiff",
    "TM.SU1.196.tiff",
    "YM.NE3.51.tiff",
]


@pytest.fixture(scope="module")
def files(encode):
    return {n: encode(i, "tiff") for n, i in zip(NAMES, FACES.images, strict=True)}


@pytest.mark.parametrize("name", ["x", "x.zip", "x.tar.gz"])
@pytest.mark.parametrize("root", ["", "jaffedbase/"])
def test_jaffe(write, files, name, root, tmp_path):
    path = write(tmp_path / name, {root + file: data for file, data in files.items()})
    data = load_jaffe(path)
    assert_array_equal(data.images, FACES.images)
    assert data.target_names == list(EXPRESSIONS)
    assert data.labels.tolist() == list(EXPRESSIONS)
    assert data.target.tolist() == list(range(7))
    assert data.groups.tolist() == ["KA", "KA", "KL", "KM", "MK", "TM", "YM"]
    assert data.pose.tolist() == [1, 2, 1, 3, 1, 1, 3]
    assert data.ids.tolist() == [root + file for file in NAMES]
    assert len(data.report) == 0
    assert len(data.sha256) == 64


def test_left_out_files_are_listed(write, files, tmp_path):
    tiff = files[NAMES[0]]
    strangers = {
        "KA.AN2.40.tiff": (tiff[:-300], "unreadable", "The image is damaged"),
        "KA.AN3.41.tiff": (b"", "empty", "The file is empty."),
        "KA.CO1.42.tiff": (tiff, "unknown_class", "'CO' is none of AN, DI, FE, HA, NE, SA, SU."),
        "README": (b"", "foreign", "The file is hidden, or none of .jpeg"),
        "face.tiff": (tiff, "unknown_name", "The name of an image must be like KA.AN1.39.tiff."),
    }
    path = write(tmp_path / "x", files | {name: entry[0] for name, entry in strangers.items()})
    with pytest.warns(UserWarning, match="1 empty, 1 unknown_class, 1 unknown_name, 1 unreadable"):
        data = load_jaffe(path)
    assert_array_equal(data.images, FACES.images)
    assert data.report.file.tolist() == list(strangers)
    for row, (_, status, reason) in zip(
        data.report.itertuples(index=False), strangers.values(), strict=True
    ):
        assert row.status == status
        assert row.reason.startswith(reason)


def test_hash_depends_on_the_person(write, files, tmp_path):
    one = load_jaffe(write(tmp_path / "a", {NAMES[0]: files[NAMES[0]]}))
    other = load_jaffe(write(tmp_path / "b", {"KB" + NAMES[0][2:]: files[NAMES[0]]}))
    assert np.array_equal(one.images, other.images)
    assert one.sha256 != other.sha256
