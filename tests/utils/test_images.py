import io

import numpy as np
import pytest
from PIL import Image

from fertools._utils.image_files import read_image
from fertools._utils.images import to_gray, to_uint8
from fertools.exceptions import ImageReadError


@pytest.fixture
def color():
    return np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8)


def test_gray_is_bt601(color):
    expected = color @ np.array([0.299, 0.587, 0.114])
    np.testing.assert_allclose(to_gray(color), expected, atol=0.51)
    halves = (color + 0.5) / 256
    np.testing.assert_allclose(to_gray(halves), (expected + 0.5) / 256, atol=1e-6)
    rgba = np.dstack([color, np.zeros((12, 16), np.uint8)])
    np.testing.assert_array_equal(to_gray(rgba), to_gray(color))
    np.testing.assert_array_equal(to_gray(color[:, :, :1]), color[:, :, 0])


def test_uint8_from_every_scale(color):
    gray = to_gray(color)
    np.testing.assert_array_equal(to_uint8(gray / 255), gray)
    np.testing.assert_array_equal(to_uint8(gray.astype(np.int32)), gray)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((3, 3, 2)), r"image must be of shape .* got \(3, 3, 2\)"),
        (np.zeros(9), r"image must be of shape .* got \(9,\)"),
        (np.zeros((0, 3)), "at least one pixel"),
        (np.full((3, 3), np.inf), "finite"),
        (np.full((3, 3), 300), r"integers in 0..255; got 300..300"),
        (np.full((3, 3), -0.5), "floats in 0..1; got floats in -0.5..-0.5"),
        (np.array([["a"]]), "must hold numbers"),
    ],
)
def test_invalid_images_are_refused(image, message):
    with pytest.raises(ValueError, match=message):
        to_uint8(image)


def test_written_image_is_read_back(color, tmp_path):
    path = tmp_path / "face.png"
    Image.fromarray(color).save(path)
    np.testing.assert_array_equal(read_image(path), color)
    np.testing.assert_array_equal(read_image(str(path), gray=True), to_gray(color))
    np.testing.assert_array_equal(read_image(io.BytesIO(path.read_bytes())), color)


def test_exif_orientation_is_applied(color, tmp_path):
    path = tmp_path / "turned.png"
    exif = Image.Exif()
    exif[0x0112] = 6  # rotated clockwise for display
    Image.fromarray(color).save(path, exif=exif)
    np.testing.assert_array_equal(read_image(path), np.rot90(color, -1))


def broken_files(folder, color):
    """Write unreadable files of several kinds; return {path: status}."""
    buffer = io.BytesIO()
    Image.fromarray(np.kron(color, np.ones((8, 8, 1), np.uint8))).save(buffer, "JPEG")
    jpeg = buffer.getvalue()
    contents = {
        "empty.jpg": b"",
        "text.jpg": b"this is not an image",
        "truncated.jpg": jpeg[: len(jpeg) // 2],
        "header.jpg": jpeg[:20],
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return {folder / name: "unreadable" for name in contents} | {folder / "no.jpg": "missing"}


def test_status_of_broken_files(color, tmp_path):
    for path, status in broken_files(tmp_path, color).items():
        with pytest.raises(ImageReadError, match=path.name) as caught:
            read_image(path)
        assert caught.value.status == status


# Pillow raises an error for more than twice its limit; below, it only warns.
@pytest.mark.parametrize(
    ("limit", "message"), [(50, "exceeds limit"), (150, "at most 150 pixels .* got 16 x 12")]
)
def test_decompression_bomb_is_too_large(color, tmp_path, monkeypatch, limit, message):
    path = tmp_path / "bomb.png"
    Image.fromarray(color).save(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    with pytest.raises(ImageReadError, match=message) as caught:
        read_image(path)
    assert caught.value.status == "too_large"


def test_huge_image_is_not_decoded(color, tmp_path):
    path = tmp_path / "huge.png"
    Image.fromarray(color).save(path)
    with pytest.raises(
        ImageReadError, match=r"at most 100 pixels .* are read; got 16 x 12"
    ) as caught:
        read_image(path, max_pixels=100)
    assert caught.value.status == "too_large"


def test_palette_with_transparency(color, tmp_path):
    palette = Image.fromarray(color).quantize(64)
    palette.save(tmp_path / "palette.png", transparency=bytes(range(64)))
    expected = np.array(palette.convert("RGB"))
    np.testing.assert_array_equal(read_image(tmp_path / "palette.png"), expected)


@pytest.mark.parametrize(("dtype", "factor"), [(np.uint16, 256), (np.int32, 256), (np.int32, 1)])
def test_gray_images_of_more_than_8_bits(dtype, factor, tmp_path):
    gray = np.arange(192, dtype=np.uint8).reshape(12, 16)
    Image.fromarray(gray.astype(dtype) * factor).save(tmp_path / "wide.tif")
    notes = []
    pixels = read_image(tmp_path / "wide.tif", gray=True, notes=notes)
    np.testing.assert_array_equal(pixels, gray)
    assert len(notes) == (factor == 1)


@pytest.mark.parametrize("kind", ["EPS", "ICO", "PDF"])
def test_other_formats_are_refused(kind, color, tmp_path):
    Image.fromarray(color).save(tmp_path / "photo.png", kind)
    with pytest.raises(ImageReadError, match="not an image that can be decoded"):
        read_image(tmp_path / "photo.png")
