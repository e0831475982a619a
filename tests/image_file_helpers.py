"""Image files of all depths, for tests."""

import io
import struct
import zlib

import cv2
import numpy as np
from PIL import Image

from fertools._utils.image_files import read_image

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
