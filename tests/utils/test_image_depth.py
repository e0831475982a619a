"""Depth and orientation of image files."""

import io
import struct

import numpy as np
import pytest
from image_file_helpers import COLORS, GRAY, opencv_file, pillow_file, read, tiff_file, with_chunk
from PIL import Image, ImageOps

from fertools._utils.image_files import read_image
from fertools.exceptions import ImageReadError, ImageRescaledWarning


@pytest.mark.parametrize("factor", [257, 256], ids=["full range", "high byte"])
@pytest.mark.parametrize("kind", [".png", ".tif", ".pgm"])
def test_full_range_16_bit_keeps_its_gray_levels(kind, factor):
    pixels, notes = read(opencv_file(GRAY.astype(np.uint16) * factor, kind))
    np.testing.assert_array_equal(pixels, GRAY)
    assert notes == []


@pytest.mark.parametrize("bits", [8, 10, 12, 14])
@pytest.mark.parametrize("kind", [".png", ".tif", ".pgm"])
def test_unlabeled_depth_is_taken_from_the_values(kind, bits):
    pixels, notes = read(opencv_file(GRAY.astype(np.uint16) << (bits - 8), kind))
    np.testing.assert_array_equal(pixels, GRAY)
    assert len(notes) == 1 and f"with {2**bits - 1} as white" in notes[0]


@pytest.mark.parametrize("bits", [8, 12, 16])
@pytest.mark.parametrize("kind", [".png", ".tif", ".ppm"])
def test_wide_colors_keep_their_contrast(kind, bits):
    notes = []
    content = opencv_file(COLORS.astype(np.uint16) << (bits - 8), kind)
    np.testing.assert_array_equal(read_image(content, notes=notes), COLORS)
    assert len(notes) == (bits < 16)


def test_guessed_depth_is_a_warning_by_default(tmp_path):
    path = tmp_path / "dark.png"
    path.write_bytes(opencv_file(GRAY.astype(np.uint16), ".png"))
    with pytest.warns(
        ImageRescaledWarning, match=r"dark.png: values from 0 to 255 .* 255 as white"
    ):
        read_image(path)


@pytest.mark.parametrize("white", [1, 255, 4095, 65535])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("values", [GRAY, COLORS], ids=["gray", "RGB"])
def test_float_tiff_keeps_its_contrast(values, dtype, white):
    notes = []
    content = opencv_file((values / 255 * white).astype(dtype), ".tif")
    pixels = read_image(content, gray=values.ndim == 2, notes=notes)
    np.testing.assert_array_equal(pixels, values)
    assert len(notes) == (white != 1)


def test_interpolated_floats_are_not_taken_for_gray_levels():
    pixels, _ = read(pillow_file((GRAY / 255 * 1.03).astype(np.float32), "TIFF"))
    np.testing.assert_array_equal(pixels, GRAY)


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_negative_values_are_stretched(dtype):
    pixels, notes = read(opencv_file((GRAY.astype(dtype) - 128) * 3, ".tif"))
    np.testing.assert_array_equal(pixels, GRAY)
    assert "stretched" in notes[0]


def test_signed_bytes_of_a_tiff_are_signed():
    signed = (GRAY.astype(np.int16) - 128).astype(np.int8)
    pixels, _ = read(tiff_file(signed.tobytes(), GRAY.shape, {258: 8, 339: 2}))
    np.testing.assert_array_equal(pixels, GRAY)


def test_unsigned_32_bit_tiff():
    values = GRAY.astype("<u4") * (2**32 // 256)
    pixels, _ = read(tiff_file(values.tobytes(), GRAY.shape, {258: 32, 339: 1}))
    np.testing.assert_array_equal(pixels, GRAY)


def test_tiff_with_white_as_zero():
    values = 65535 - GRAY.astype("<u2") * 257
    pixels, _ = read(tiff_file(values.tobytes(), GRAY.shape, {258: 16, 262: 0}))
    np.testing.assert_array_equal(pixels, GRAY)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_float_file_with_infinite_pixels_is_refused(value):
    with pytest.raises(ImageReadError, match="finite"):
        read(pillow_file(np.full((4, 4), value, np.float32), "TIFF"))


DARK = GRAY // 4  # without white, only the declared depth tells the scale


@pytest.mark.parametrize(
    "content",
    [
        b"P5 32 8 4095\n" + (DARK.astype(np.uint16) * 16).astype(">u2").tobytes(),
        b"P2 32 8 4095\n" + " ".join(map(str, DARK.ravel().astype(int) * 16)).encode(),
        with_chunk(opencv_file(DARK.astype(np.uint16) << 4, ".png"), b"sBIT", b"\x0c"),
        pillow_file(DARK.astype(np.uint16) << 4, "TIFF", tiffinfo={281: 4095}),
        tiff_file(
            (DARK.astype(np.float32) * 10).tobytes(), DARK.shape, {258: 32, 339: 3, 341: 2550.0}
        ),
    ],
    ids=["PGM", "plain PGM", "PNG sBIT", "TIFF MaxSampleValue", "TIFF SMaxSampleValue"],
)
def test_declared_depth_takes_precedence(content):
    pixels, notes = read(content)
    np.testing.assert_allclose(pixels, DARK, atol=1)
    assert notes == []


def test_packed_12_bit_tiff():
    values = DARK.astype(np.uint16) << 4
    high, low = values[:, ::2].ravel(), values[:, 1::2].ravel()
    packed = np.stack([high >> 4, (high & 15) << 4 | low >> 8, low & 255], axis=1)
    pixels, notes = read(tiff_file(packed.astype(np.uint8).tobytes(), DARK.shape, {258: 12}))
    np.testing.assert_array_equal(pixels, DARK)
    assert notes == []


def test_significant_bits_of_a_scaled_png():
    content = with_chunk(opencv_file(GRAY.astype(np.uint16) * 257, ".png"), b"sBIT", b"\x0c")
    np.testing.assert_array_equal(read(content)[0], GRAY)


def test_declaration_below_the_values_is_ignored():
    content = pillow_file(GRAY.astype(np.uint16) * 257, "TIFF", tiffinfo={281: 100})
    np.testing.assert_array_equal(read(content)[0], GRAY)


@pytest.mark.parametrize("shift", [0, 8])
def test_jpeg2000_declares_its_depth(shift):
    content = pillow_file(GRAY.astype(np.uint16) << shift, "JPEG2000")
    np.testing.assert_array_equal(read(content)[0], GRAY.astype(np.uint16) << shift >> 8)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_every_orientation_at_every_depth(kind, depth, orientation, tmp_path):
    # The reference is Pillow on the 8-bit image.
    exif = Image.Exif()
    exif[0x0112] = orientation
    eight = pillow_file(COLORS, kind, exif=exif)
    with Image.open(io.BytesIO(eight)) as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    if depth == np.uint16:
        tag = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)
        if kind == "PNG":
            content = with_chunk(opencv_file(COLORS.astype(np.uint16) * 257, ".png"), b"eXIf", tag)
        else:
            tags = {258: (16, 16, 16), 262: 2, 277: 3, 274: orientation}
            content = tiff_file((COLORS.astype("<u2") * 257).tobytes(), COLORS.shape, tags)
    else:
        content = eight
    np.testing.assert_array_equal(read_image(content), expected)
