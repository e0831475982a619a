"""Image files of all depths, and files that must not be opened."""

import io
import os
import struct
import sys
import threading
import warnings
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from fertools._utils import image_files, image_sources
from fertools._utils.image_files import read_image
from fertools._utils.image_sources import open_regular
from fertools.exceptions import ImageReadError, ImageRescaledWarning

GRAY = np.arange(256, dtype=np.uint8).reshape(8, 32)
COLORS = np.stack([GRAY, GRAY[::-1], GRAY[:, ::-1]], axis=2)


def pillow_file(values, kind, **options):
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, kind, **options)
    return buffer.getvalue()


def opencv_file(values, kind):
    values = values[..., ::-1] if values.ndim == 3 else values
    # Old versions would store RGB floats as SGI LogLuv, which is lossy.
    options = [cv2.IMWRITE_TIFF_COMPRESSION, 1] if kind == ".tif" else []
    return cv2.imencode(kind, values, options)[1].tobytes()


def tiff_file(data, shape, tags):
    """Return an uncompressed TIFF file with one strip and the given tags."""
    tags = {256: shape[1], 257: shape[0], 259: 1, 262: 1, 277: 1, 278: shape[0], **tags}
    tags |= {273: 8, 279: len(data)}
    directory = 8 + len(data)
    entries, more = [], b""
    for tag, value in sorted(tags.items()):
        values = value if isinstance(value, tuple) else (value,)
        kind = "f" if isinstance(values[0], float) else "I" if tag in (273, 279) else "H"
        content = struct.pack(f"<{len(values)}{kind}", *values)
        if len(content) > 4:
            place = directory + 6 + 12 * len(tags) + len(more)
            more, content = more + content, struct.pack("<I", place)
        number = {"H": 3, "I": 4, "f": 11}[kind]
        entries.append(struct.pack("<HHI4s", tag, number, len(values), content))
    table = struct.pack("<H", len(tags)) + b"".join(entries) + bytes(4)
    return struct.pack("<2sHI", b"II", 42, directory) + data + table + more


def with_chunk(png, kind, content):
    """Insert a chunk after the header of a PNG file."""
    chunk = kind + content
    end = 8 + 25
    framed = struct.pack(">I", len(content)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return png[:end] + framed + png[end:]


def read(content):
    """Return gray pixels and notes."""
    notes = []
    return read_image(content, gray=True, notes=notes), notes


# --- Depth


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


# --- Sources


def test_bytes_and_file_objects_are_read(tmp_path):
    path = tmp_path / "face.png"
    path.write_bytes(pillow_file(COLORS, "PNG"))
    with path.open("rb") as file:
        file.read()  # the position has no effect
        np.testing.assert_array_equal(read_image(file), COLORS)
        np.testing.assert_array_equal(read_image(file), COLORS)
    for source in (path.read_bytes(), bytearray(path.read_bytes()), io.BytesIO(path.read_bytes())):
        np.testing.assert_array_equal(read_image(source), COLORS)


def test_stream_without_seek_is_read():
    reader, writer = os.pipe()
    with os.fdopen(writer, "wb") as file:
        file.write(pillow_file(GRAY, "PNG"))
    with os.fdopen(reader, "rb") as file:
        np.testing.assert_array_equal(read_image(file, gray=True), GRAY)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_text_file_must_be_binary(tmp_path, encoding):
    path = tmp_path / "face.png"
    path.write_bytes(pillow_file(GRAY, "PNG"))
    with (
        path.open(encoding=encoding) as file,
        pytest.raises(ImageReadError, match=r"face.png: .* binary mode"),
    ):
        read_image(file)


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_base64_text_is_named_in_the_error(kind, prefix):
    from base64 import b64encode

    text = prefix + b64encode(pillow_file(np.tile(COLORS, (4, 4, 1)), kind)).decode()
    for given in (text, text[:200]):
        with pytest.raises(ImageReadError, match=r"base64 text .*b64decode") as caught:
            read_image(given)
        assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("path", "message", "status"),
    [
        ("no.png", "no such file", "missing"),
        ("a.png/b.png", "no such file", "missing"),
        ("x\0y.png", "not a path", "unreadable"),
        ("x" * 5000, "cannot be opened", "unreadable"),
        (".", "a folder", "unreadable"),
    ],
)
def test_paths_that_lead_to_no_image(path, message, status, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(ImageReadError, match=message) as caught:
        read_image(path)
    assert caught.value.status == status
    assert len(str(caught.value)) < 500


def test_file_name_that_is_not_utf8(tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.png")
    with open(path, "wb") as file:
        file.write(pillow_file(GRAY, "PNG"))
    np.testing.assert_array_equal(read_image(path, gray=True), GRAY)


# --- Files that could harm


@pytest.mark.parametrize("kind", ["EPS", "PDF", "ICO", "TGA", "PCX", "SGI", "DDS", "MSP"])
def test_other_formats_are_not_opened(kind, tmp_path):
    path = tmp_path / "holiday.jpg"
    image = Image.fromarray(GRAY)
    path.write_bytes(b"")
    try:
        (image.convert("1") if kind == "MSP" else image).save(path, kind)
    except (KeyError, OSError):
        pytest.skip(f"Pillow does not write {kind}.")
    with pytest.raises(ImageReadError, match="not an image that can be decoded"):
        read_image(path)


def test_postscript_does_not_start_ghostscript(tmp_path, monkeypatch):
    from PIL import EpsImagePlugin

    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *args: pytest.fail("was started"))
    path = tmp_path / "holiday.jpg"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n")
    with pytest.raises(ImageReadError, match="JPEG, PNG"):
        read_image(path)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "BMP", "GIF", "WEBP", "PPM", "JPEG2000"])
def test_supported_formats_are_read(kind):
    assert read_image(pillow_file(COLORS, kind)).shape == COLORS.shape


def test_first_image_of_a_multi_picture_file_is_read():
    buffer = io.BytesIO()
    first, second = Image.fromarray(COLORS), Image.fromarray(255 - COLORS)
    first.save(buffer, "MPO", save_all=True, append_images=[second])
    np.testing.assert_allclose(read_image(buffer.getvalue(), gray=True)[4], 127, atol=60)


def test_links_to_regular_files_are_followed(tmp_path):
    (tmp_path / "face.png").write_bytes(pillow_file(GRAY, "PNG"))
    (tmp_path / "link.png").symlink_to("face.png")
    np.testing.assert_array_equal(read_image(tmp_path / "link.png", gray=True), GRAY)
    (tmp_path / "loop.png").symlink_to("loop.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    with pytest.raises(ImageReadError, match="not a regular file"):
        read_image(tmp_path / "zero.png")
    with pytest.raises(ImageReadError, match="cannot be opened"):
        read_image(tmp_path / "loop.png")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
@pytest.mark.parametrize("seen", [True, False], ids=["pipe", "pipe that replaces a file"])
def test_pipe_does_not_block(seen, tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe.png")
    if not seen:
        (tmp_path / "face.png").write_bytes(pillow_file(GRAY, "PNG"))
        before = os.stat(tmp_path / "face.png")
        monkeypatch.setattr(image_sources.os, "stat", lambda path: before)
    with pytest.raises(ImageReadError, match="not a regular file"):
        read_image(tmp_path / "pipe.png")


def png_header(width, height):
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + header
    data = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + chunk
        + struct.pack(">I", zlib.crc32(chunk))
        + struct.pack(">I", len(data))
        + b"IDAT"
        + data
        + struct.pack(">I", zlib.crc32(b"IDAT" + data))
    )


@pytest.mark.parametrize("shape", [(1, 100_000_000), (99_000_000, 1), (40_000, 2)])
def test_sides_are_limited(shape):
    with pytest.raises(ImageReadError, match="32,767 per side") as caught:
        read_image(png_header(*shape))
    assert caught.value.status == "too_large"


def test_size_of_an_unusual_tiff_is_limited():
    tags = {256: 60_000, 258: (32, 32, 32), 262: 2, 277: 3, 339: (3, 3, 3)}
    with pytest.raises(ImageReadError, match="per side") as caught:
        read_image(tiff_file(bytes(12), (1, 1), tags))
    assert caught.value.status == "too_large"


def test_bytes_are_limited(tmp_path, monkeypatch):
    path = tmp_path / "face.png"
    path.write_bytes(pillow_file(GRAY, "PNG"))
    with pytest.raises(ImageReadError, match="at most 10 bytes"):
        open_regular(path, max_bytes=10)
    monkeypatch.setattr(image_sources, "MAX_BYTES", 10)
    for source in (path.read_bytes(), io.BytesIO(path.read_bytes())):
        with pytest.raises(ImageReadError, match="bytes are read") as caught:
            read_image(source)
        assert caught.value.status == "too_large"


# --- Silence


def damaged(kind, seed, **options):
    """Return a file with some bytes changed, in part truncated."""
    rng = np.random.default_rng(seed)
    content = bytearray(pillow_file(np.tile(COLORS, (4, 1, 1)), kind, **options))
    for place in rng.integers(8, len(content), 5):
        content[place] = rng.integers(256)
    return bytes(content[: rng.integers(10, len(content))] if seed % 3 == 0 else content)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "tiff_adobe_deflate"}),
        ("TIFF", {"compression": "jpeg"}),
        ("TIFF", {}),
        ("JPEG", {}),
        ("PNG", {}),
        ("WEBP", {}),
        ("GIF", {}),
        ("BMP", {}),
        ("JPEG2000", {}),
    ],
    ids=str,
)
def test_damaged_files_print_nothing(kind, options, capfd):
    for seed in range(30):
        try:
            read_image(damaged(kind, seed, **options))
        except ImageReadError as error:
            assert error.status in ("unreadable", "too_large")
    captured = capfd.readouterr().err
    if sys.platform != "win32":
        assert captured == ""


def test_warning_filters_are_restored():
    before = list(warnings.filters)
    content = pillow_file(GRAY, "PNG")
    threads = [
        threading.Thread(target=lambda: [read_image(content) for _ in range(50)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert warnings.filters == before
    assert image_files._readers == 0
