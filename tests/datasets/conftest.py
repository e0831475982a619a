import io
import tarfile
import zipfile

import pytest
from PIL import Image

from fertools.datasets import make_faces


def encode(image, kind, **options):
    """Return the bytes of an image file."""
    buffer = io.BytesIO()
    picture = image if isinstance(image, Image.Image) else Image.fromarray(image)
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def write_files(path, files):
    """Write files, {name: bytes}, to an archive, or to a folder if `path` has no suffix."""
    if path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
    elif path.suffix in (".tar", ".gz", ".tgz"):
        with tarfile.open(path, "w" if path.suffix == ".tar" else "w:gz") as archive:
            for name, data in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    else:
        for name, data in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(data)
    return path


@pytest.fixture(scope="session", name="encode")
def encode_fixture():
    return encode


@pytest.fixture(scope="session", name="write")
def write_fixture():
    return write_files


@pytest.fixture(scope="session")
def broken():
    """Return {file name: (bytes, status, start of the reason)} of files that are not images."""
    png = encode(Image.radial_gradient("L").resize((48, 48)), "png")
    return {
        "empty.png": (b"", "empty", "The file is empty."),
        "text.png": (b"this is text", "unreadable", "Not an image that can be decoded."),
        "cut.png": (png[: len(png) // 2], "unreadable", "The image is damaged"),
        "icon.jpg": (
            encode(Image.radial_gradient("L"), "ico"),
            "unreadable",
            "Not an image that can be decoded.",
        ),
        "._x.png": (b"\x00\x05\x16\x07", "foreign", "The file is hidden, or none of .jpeg,"),
        ".DS_Store": (b"\x00", "foreign", "The file is hidden"),
        "Thumbs.db": (b"\x00", "foreign", "The file is hidden, or none of"),
        "notes.txt": (b"read me", "foreign", "The file is hidden, or none of"),
    }


@pytest.fixture(scope="session")
def png():
    """Return PNG files of eight drawn faces."""
    return [encode(face, "png") for face in make_faces(8, random_state=0).images]


@pytest.fixture(scope="session")
def files(png):
    """Return the files of eight sad faces of FER-2013."""
    return {f"train/sad/Training_{number}.png": data for number, data in enumerate(png)}
