"""Tests of the loader of folders of classes, with splits, sizes and foreign files."""

import os

import cv2
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from fertools.datasets import load_image_folder, make_faces

FACES = make_faces(4, random_state=0).images


@pytest.fixture(scope="module")
def png(encode):
    return [encode(face, "png") for face in FACES]


@pytest.mark.parametrize("name", ["x", "x.zip", "x.tar.gz"])
@pytest.mark.parametrize("root", ["", "data/", "a/b/"])
def test_one_folder_per_class(write, png, name, root, tmp_path):
    files = {"happy/b.png": png[0], "happy/a.png": png[1], "Anger/x.PNG": png[2]}
    data = load_image_folder(write(tmp_path / name, {root + f: b for f, b in files.items()}))
    assert data.ids.tolist() == [root + f for f in ("Anger/x.PNG", "happy/a.png", "happy/b.png")]
    assert_array_equal(data.images, FACES[[2, 1, 0]])
    assert data.target_names == ["Anger", "happy"]
    assert data.labels.tolist() == ["Anger", "happy", "happy"]
    assert data.target.tolist() == [0, 1, 1]
    assert "usage" not in data
    assert len(data.report) == 0


@pytest.mark.parametrize(
    ("folder", "usage"),
    [
        ("train", "Training"),
        ("Training", "Training"),
        ("train_set", "Training"),
        ("val", "Validation"),
        ("VALID", "Validation"),
        ("validation-data", "Validation"),
        ("dev", "Validation"),
        ("test", "Test"),
        ("Test Images", "Test"),
        ("testing", "Test"),
        ("PublicTest", "PublicTest"),
        ("PrivateTest", "PrivateTest"),
        ("contest", ""),
        ("other", ""),
    ],
)
@pytest.mark.parametrize("place", ["{}/sad", "{}/sub/sad", "set/{}/sad"])
def test_splits(write, png, folder, usage, place, tmp_path):
    files = {f"{place.format(folder)}/1.png": png[0], "train/fear/1.png": png[1]}
    data = load_image_folder(write(tmp_path, files))
    assert dict(zip(data.labels, data.usage, strict=True)) == {"fear": "Training", "sad": usage}


def test_images_outside_class_folders_are_left_out(write, png, tmp_path):
    files = {
        "1.png": png[0],
        "train/1.png": png[0],
        "train/sad/1.png": png[0],
        "train/sad/old/1.png": png[0],
        "test/1.png": png[0],
        "set/sad/.hidden/1.png": png[0],
        "set/sad/1.png": png[0],
        "__MACOSX/train/sad/1.png": b"",
    }
    with pytest.warns(UserWarning, match="left out 4 unknown_class"):
        data = load_image_folder(write(tmp_path / "x", files))
    assert data.ids.tolist() == ["set/sad/1.png", "train/sad/old/1.png"]
    assert data.report[["file", "status"]].to_numpy().tolist() == [
        ["1.png", "unknown_class"],
        ["__MACOSX/train/sad/1.png", "foreign"],
        ["set/sad/.hidden/1.png", "foreign"],
        ["test/1.png", "unknown_class"],
        ["train/1.png", "unknown_class"],
        ["train/sad/1.png", "unknown_class"],
    ]
    with pytest.raises(ValueError, match=r"got none, and 1 left out\. 1\.png: An image must be in"):
        load_image_folder(write(tmp_path / "y", {"1.png": png[0]}))


@pytest.mark.parametrize("name", ["x", "x.zip", "x.tar"])
def test_damaged_and_foreign_files_are_listed(write, png, broken, name, tmp_path):
    strangers = {f"sad/{file}": data for file, (data, _, _) in broken.items()}
    path = write(tmp_path / name, {"sad/1.png": png[0]} | strangers)
    with pytest.warns(UserWarning, match=r"x\S*: left out 1 empty, 3 unreadable; see `report`\."):
        data = load_image_folder(path)
    assert_array_equal(data.images, FACES[:1])
    assert data.report.file.tolist() == sorted(strangers)
    for row in data.report.itertuples():
        _, status, reason = broken[row.file.removeprefix("sad/")]
        assert row.status == status
        assert row.reason.startswith(reason)


def test_foreign_files_cause_no_warning(write, png, tmp_path):
    data = load_image_folder(write(tmp_path, {"sad/1.png": png[0], "sad/notes.txt": b""}))
    assert data.report.status.tolist() == ["foreign"]


def test_images_of_several_sizes(write, encode, png, tmp_path):
    small = FACES[1][:30, :20].copy()
    path = write(tmp_path, {"sad/1.png": png[0], "sad/2.bmp": encode(small, "bmp")})
    ragged = load_image_folder(path)
    assert ragged.images.shape == (2,)
    assert_array_equal(ragged.images[0], FACES[0])
    assert_array_equal(ragged.images[1], small)
    squares = load_image_folder(path, size=32)
    assert squares.images.shape == (2, 32, 32)
    assert squares.images.dtype == np.uint8
    assert_array_equal(
        squares.images[0], cv2.resize(FACES[0], (32, 32), None, 0, 0, cv2.INTER_AREA)
    )
    # Images of equal height, which NumPy would treat as a common axis.
    write(tmp_path, {"sad/2.bmp": encode(FACES[1][:, :20].copy(), "bmp")})
    assert [image.shape for image in load_image_folder(path).images] == [(48, 48), (48, 20)]


def test_hash_depends_on_shapes(write, encode, png, tmp_path):
    def fingerprint(shape):
        path = tmp_path / str(shape)
        flat = np.arange(16, dtype=np.uint8).reshape(shape)
        return load_image_folder(
            write(path, {"sad/1.png": png[0], "sad/2.png": encode(flat, "png")})
        ).sha256

    assert fingerprint((2, 8)) != fingerprint((4, 4))


def test_color(write, encode, png, tmp_path):
    rgb = np.random.default_rng(0).integers(0, 256, (48, 48, 3), dtype=np.uint8)
    path = write(tmp_path, {"sad/1.png": encode(rgb, "png"), "sad/2.png": png[0]})
    data = load_image_folder(path, color=True)
    assert_array_equal(data.images[0], rgb)
    assert_array_equal(data.images[1], np.dstack([FACES[0]] * 3))
    assert load_image_folder(path, color=True, size=20).images.shape == (2, 20, 20, 3)
    gray = load_image_folder(path).images[0]
    np.testing.assert_allclose(gray, rgb @ [0.299, 0.587, 0.114], atol=0.51)


def test_classes_are_selected_in_the_given_order(write, png, tmp_path):
    path = write(
        tmp_path,
        {"sad/1.png": png[0], "happy/1.png": png[1], "fear/1.png": b"", "fear/2.png": png[2]},
    )
    data = load_image_folder(path, classes=["sad", "happy"])
    assert data.target_names == ["sad", "happy"]
    assert data.labels.tolist() == ["happy", "sad"]
    assert data.target.tolist() == [1, 0]
    assert len(data.report) == 0
    assert load_image_folder(path, classes="sad").labels.tolist() == ["sad"]
    with pytest.raises(ValueError, match=r"classes must be .* from \['fear', 'happy', 'sad'\]"):
        load_image_folder(path, classes=["sad", "angry"])


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_are_followed_without_loops(write, png, tmp_path):
    write(tmp_path / "elsewhere", {"1.png": png[0]})
    write(tmp_path / "x", {"sad/1.png": png[1]})
    (tmp_path / "x/happy").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "x/sad/circle").symlink_to(tmp_path / "x")
    (tmp_path / "x/sad/2.png").symlink_to(tmp_path / "nothing.png")
    with pytest.warns(UserWarning, match="left out 1 missing"):
        data = load_image_folder(tmp_path / "x")
    assert data.ids.tolist() == ["happy/1.png", "sad/1.png"]
    assert data.report.file.tolist() == ["sad/2.png"]


def test_archive_with_backslashes(write, png, tmp_path):
    data = load_image_folder(write(tmp_path / "x.zip", {"train\\sad\\1.png": png[0]}))
    assert data.ids.tolist() == ["train/sad/1.png"]


@pytest.mark.parametrize(("parameter", "value"), [("size", 0), ("size", 4.5), ("color", "yes")])
def test_invalid_parameters_are_rejected(parameter, value, tmp_path):
    with pytest.raises(ValueError, match=parameter):
        load_image_folder(tmp_path, **{parameter: value})
