"""Tests of image file formats, and of the selection of samples."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from fertools.datasets import load_image_folder, make_faces, take_samples

GRAY = make_faces(1, size=40, random_state=0).images[0][:, :30].copy()
RGB = np.dstack([GRAY] * 3)
TURNED = Image.Exif()
TURNED[0x0112] = 6  # Rotate by 90 degrees clockwise.
# (image, format, options, maximum difference from GRAY)
FORMS = {
    "gray.png": (GRAY, "png", {}, 0),
    "rgb.png": (RGB, "png", {}, 0),
    "16 bit.png": (GRAY.astype(np.uint16) * 257, "png", {}, 0),
    "16 bit.tif": (GRAY.astype(np.uint16) * 257, "tiff", {}, 0),
    "palette.png": (Image.fromarray(GRAY).convert("P"), "png", {}, 0),
    "rgba.png": (np.dstack([RGB, 255 - GRAY]), "png", {}, 0),
    "gray alpha.png": (Image.fromarray(np.dstack([RGB, GRAY])).convert("LA"), "png", {}, 0),
    "turned.png": (np.rot90(GRAY), "png", {"exif": TURNED}, 0),
    "turned.jpg": (np.rot90(GRAY), "jpeg", {"exif": TURNED, "quality": 100}, 2),
    "gray.jpeg": (GRAY, "jpeg", {"quality": 100}, 2),
    "cmyk.jpg": (Image.fromarray(RGB).convert("CMYK"), "jpeg", {"quality": 100}, 3),
    "lzw.tiff": (GRAY, "tiff", {"compression": "tiff_lzw"}, 0),
    "gray.bmp": (GRAY, "bmp", {}, 0),
    "rgb.webp": (RGB, "webp", {"lossless": True}, 0),
    "gray.gif": (GRAY, "gif", {}, 0),
    "gray.pgm": (GRAY, "ppm", {}, 0),
    "rgb.PPM": (RGB, "ppm", {}, 0),
    "gray.jp2": (GRAY, "jpeg2000", {}, 0),
    "png called.jpg": (GRAY, "png", {}, 0),
}


@pytest.mark.parametrize("color", [False, True])
def test_same_image_in_all_formats(write, encode, color, tmp_path):
    files = {f"sad/{n}": encode(image, kind, **more) for n, (image, kind, more, _) in FORMS.items()}
    data = load_image_folder(write(tmp_path / "x.zip", files), color=color)
    assert len(data.report) == 0
    assert data.ids.tolist() == sorted(files)
    expected = (RGB if color else GRAY).astype(int)
    assert data.images.shape == (len(FORMS), *expected.shape)
    for name, image in zip(data.ids, data.images, strict=True):
        assert np.abs(image - expected).max() <= FORMS[name.removeprefix("sad/")][3], name


def test_too_large_image_is_reported(write, encode, monkeypatch, tmp_path):
    monkeypatch.setattr("PIL.Image.MAX_IMAGE_PIXELS", 40 * 30)
    files = {"sad/1.png": encode(GRAY, "png"), "sad/2.png": encode(np.vstack([GRAY] * 3), "png")}
    with pytest.warns(UserWarning, match="left out 1 too_large"):
        data = load_image_folder(write(tmp_path, files))
    assert data.report.file.tolist() == ["sad/2.png"]
    assert_array_equal(data.images, [GRAY])


def test_other_formats_are_foreign(write, encode, tmp_path):
    files = {"sad/1.png": encode(GRAY, "png"), "sad/2.ico": encode(GRAY, "ico"), "sad/3": b""}
    data = load_image_folder(write(tmp_path, files))
    assert data.report.file.tolist() == ["sad/2.ico", "sad/3"]
    assert set(data.report.status) == {"foreign"}


@pytest.mark.parametrize(
    "rows", [[5, 0, 5], np.array([2]), [], slice(3, None), np.arange(14) % 3 == 0, [True] * 14]
)
def test_take_samples_selects_entries_of_all_arrays(rows):
    faces = make_faces(14, random_state=0)
    faces.usage = np.array(["Training", "Test"] * 7)
    # A list with as many elements as images, but not one per image.
    faces.target_names = [*faces.target_names, *"abcdefg"]
    chosen = take_samples(faces, rows)
    assert set(chosen) == set(faces)
    for key in ("images", "target", "labels", "ids", "usage"):
        assert_array_equal(chosen[key], faces[key][rows])
    for key in ("target_names", "DESCR", "report"):
        assert chosen[key] is faces[key]


def test_take_samples_with_images_of_several_sizes(write, encode, tmp_path):
    files = {"sad/1.png": encode(GRAY, "png"), "sad/2.png": encode(GRAY.T.copy(), "png")}
    data = take_samples(load_image_folder(write(tmp_path, files)), [1])
    assert data.images.shape == (1,)
    assert_array_equal(data.images[0], GRAY.T)


@pytest.mark.parametrize("rows", [[14], [-15], [True] * 13, [0.5], ["a"]])
def test_take_samples_rejects_invalid_indices(rows):
    with pytest.raises(
        ValueError, match="indices must be a mask of length 14, or indices of samples"
    ):
        take_samples(make_faces(14, random_state=0), rows)
