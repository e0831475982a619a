"""Broken and hostile files: each is accounted for, and none stops a run."""

import io
import os
import struct
import warnings
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from fertools.batch import extract, read_index
from fertools.datasets import audit, load_image_folder, make_faces
from fertools.recognizer import ExpressionRecognizer

zarr = pytest.importorskip("zarr")

FORMATS = {
    "png": "PNG", "jpg": "JPEG", "bmp": "BMP", "tif": "TIFF", "webp": "WEBP", "gif": "GIF",
    "pgm": "PPM",
}  # fmt: skip
N_CUTS = 30


def encoded(image, name, **options):
    file = io.BytesIO()
    image.save(file, FORMATS[name], **options)
    return file.getvalue()


def png(width, height, data=b"", depth=8):
    """Return a PNG file with a header of any size."""

    def chunk(kind, content):
        code = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", code)

    header = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def write_hostile_files(folder):
    """Write at least 300 broken files; return the names of those that are whole."""
    random = np.random.default_rng(0)
    face = make_faces(1, random_state=0).images[0]
    image = Image.fromarray(np.kron(face, np.ones((2, 2), np.uint8)))
    whole = {}
    for name in FORMATS:
        data = encoded(image, name)
        for number, end in enumerate(random.integers(1, len(data), N_CUTS)):
            (folder / f"cut_{number:02d}.{name}").write_bytes(data[:end])
        for number, (place, value) in enumerate(random.integers(0, 256, (12, 2))):
            changed = bytearray(data)
            changed[place % len(data)] ^= value or 1
            (folder / f"changed_{number:02d}.{name}").write_bytes(changed)
        for other in FORMATS:
            if other != name:
                whole[f"named_{other}_is.{name}"] = encoded(image, other)
        (folder / f"empty.{name}").write_bytes(b"")
        (folder / f"noise.{name}").write_bytes(random.bytes(500))
        (folder / f"zeros.{name}").write_bytes(bytes(500))
        (folder / f"magic_only.{name}").write_bytes(data[:8])
        (folder / f"text.{name}").write_text("<html>not found</html>")
    (folder / "huge.png").write_bytes(png(60_000, 60_000))
    (folder / "wide.png").write_bytes(png(2**31 - 1, 1))
    (folder / "no_pixels.png").write_bytes(png(0, 0))
    # 400 million zeros in 400 kB.
    (folder / "bomb.png").write_bytes(png(20_000, 20_000, bytes(20_001 * 20_000)))
    (folder / "array.png").write_bytes(b"\x93NUMPY" + bytes(100))
    rgb = Image.merge("RGB", [image] * 3)
    deep = Image.fromarray(face.astype(np.uint16) * 257)
    single = Image.fromarray(np.where(face > 9, face / 255, np.nan).astype(np.float32))
    whole |= {
        "cmyk.jpg": encoded(rgb.convert("CMYK"), "jpg"),
        "deep.png": encoded(deep, "png"),
        "palette.png": encoded(rgb.convert("P"), "png"),
        "alpha.png": encoded(rgb.convert("RGBA"), "png"),
        "bits.png": encoded(image.convert("1"), "png"),
        "animated.gif": encoded(rgb, "gif", save_all=True, append_images=[rgb] * 3),
        "new\nline.png": encoded(image, "png"),
        "grüße 表情.png": encoded(image, "png"),
    }
    (folder / "nan.tif").write_bytes(encoded(single, "tif"))
    for name, data in whole.items():
        (folder / name).write_bytes(data)
    with open(os.fsencode(folder) + b"/latin\xe9.png", "wb") as file:
        file.write(encoded(image, "png"))
    whole["latin\udce9.png"] = b""
    os.mkfifo(folder / "pipe.png")
    os.symlink("/dev/zero", folder / "device.png")
    os.symlink("loop.png", folder / "loop.png")
    os.symlink(folder / "gone.png", folder / "dangling.png")
    (folder / "is_folder.png").mkdir()
    return set(whole)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    if not hasattr(os, "mkfifo"):
        pytest.skip("POSIX files")
    folder = tmp_path_factory.mktemp("hostile")
    return folder, write_hostile_files(folder)


@pytest.fixture(scope="module")
def recognizer():
    return ExpressionRecognizer("fast", detector=None)


@pytest.fixture(autouse=True)
def no_warnings_of_decoders():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def file_names(folder):
    return sorted(name for name in os.listdir(folder) if name != "is_folder.png")


def test_there_are_enough_files(hostile):
    assert len(file_names(hostile[0])) > 300


def test_recognizer_gives_each_file_a_result(hostile, recognizer):
    folder, whole = hostile
    names = file_names(folder)
    results = list(recognizer.recognize_many([os.path.join(folder, n) for n in names]))
    assert [r.source for r in results] == [os.path.join(folder, name) for name in names]
    for name, result in zip(names, results, strict=True):
        assert result.status == "ok" or result.reason
        if name in whole:
            assert result.status == "ok", result
        elif name.startswith(("empty", "noise", "zeros", "magic", "text", "pipe", "dev", "loop")):
            assert result.status != "ok", result
    statuses = {name: result.status for name, result in zip(names, results, strict=True)}
    assert statuses["huge.png"] == statuses["bomb.png"] == "too_large"
    assert statuses["dangling.png"] == "missing"


def test_extract_gives_each_file_a_row(hostile, recognizer, tmp_path):
    folder, whole = hostile
    extract(folder, tmp_path / "s", recognizer=recognizer, chunk_size=50)
    index = read_index(tmp_path / "s")
    assert len(index) == len(file_names(folder))
    read = set(index["source"][index["status"] == "ok"])
    for name in whole:
        shown = name.encode("utf-8", "backslashreplace").decode()
        assert str(folder / shown) in read
    assert (index["reason"][index["status"] != "ok"] != "").all()


def test_loader_and_audit_account_for_each_file(hostile, tmp_path):
    folder, _ = hostile
    (tmp_path / "data").mkdir()
    os.symlink(folder, tmp_path / "data" / "angry")
    data = load_image_folder(tmp_path / "data", size=48)
    assert len(data.images) + len(data.report) == len(file_names(folder))
    assert len(audit(data, detect=False).findings)


def test_archive_that_expands_too_much_is_refused(recognizer, tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(40):
            archive.writestr(f"{number}.bmp", bytes(2**23))
    with pytest.raises(ValueError, match="must expand to at most"):
        extract(tmp_path / "bomb.zip", tmp_path / "s", recognizer=recognizer)


def test_names_outside_an_archive_are_only_names(recognizer, tmp_path):
    image = encoded(Image.new("L", (48, 48)), "png")
    with zipfile.ZipFile(tmp_path / "up.zip", "w") as archive:
        for name in ("../../up.png", "/etc/up.png", "C:\\up.png"):
            archive.writestr(name, image)
    extract(tmp_path / "up.zip", tmp_path / "s", recognizer=recognizer)
    assert list(read_index(tmp_path / "s")["status"]) == ["uncertain"] * 2
    # Its name is hidden, as it begins with a dot.
    assert list(read_index(tmp_path / "s", skipped=True)["source"]) == [
        f"{tmp_path}/up.zip/../../up.png"
    ]
    assert not list(tmp_path.parent.glob("up.png"))
