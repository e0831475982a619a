"""Image files of all depths, and files that must not be opened."""

import io
import os
import struct
import sys
import threading
import warnings
import zlib

import numpy as np
import pytest
from image_file_helpers import COLORS, GRAY, pillow_file, tiff_file
from PIL import Image

from fertools._utils import image_files, image_sources
from fertools._utils.image_files import read_image
from fertools._utils.image_sources import open_regular
from fertools.exceptions import ImageReadError


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
