"""Open the sources of images: paths, bytes and file objects."""

import io
import os
import re
import stat
from contextlib import contextmanager

from ..exceptions import ImageReadError

MAX_BYTES = 512 * 2**20

_LONGEST_LABEL = 300
# Beginnings of image files in base64.
_BASE64 = re.compile(r"data:[^,]{0,99},|/9j/|iVBORw0KGgo|R0lGOD|UklGR|SUkqA|TU0AK|Qk[0-3]")


def is_image_source(item):
    """Return whether an item is a source of an image: a path, bytes or a file object."""
    return isinstance(item, (str, os.PathLike, bytes, bytearray)) or callable(
        getattr(item, "read", None)
    )


def label_of(source, name):
    """Return the name of a source in error messages."""
    if name is None:
        is_path = isinstance(source, (str, os.PathLike))
        name = source if is_path else getattr(source, "name", "image")
    label = str(name)
    cut = len(label) - _LONGEST_LABEL
    return label if cut <= 0 else f"{label[:_LONGEST_LABEL]}... ({cut} more characters)"


@contextmanager
def opened(source, label):
    """Open a path, bytes or a file object as a seekable binary file."""
    if isinstance(source, (str, os.PathLike)):
        with open_regular(source, label) as file:
            yield file
        return
    if not isinstance(source, (bytes, bytearray)):
        source = _content(source, label)
    if len(source) > MAX_BYTES:
        raise _too_many_bytes(label)
    if not source:
        raise ImageReadError(f"{label}: the file is empty.")
    yield io.BytesIO(source)


def _content(file, label):
    try:
        if hasattr(file, "seekable") and file.seekable():
            file.seek(0)
        content = file.read(MAX_BYTES + 1)
    except UnicodeDecodeError:
        content = ""
    except (OSError, ValueError) as error:
        raise ImageReadError(f"{label}: the file object cannot be read ({error}).") from error
    if not isinstance(content, (bytes, bytearray)):
        raise ImageReadError(f'{label}: the file must be opened in binary mode, "rb".')
    return content


def open_regular(path, label=None, max_bytes=MAX_BYTES):
    """Open a regular file for reading; pipes and devices are not opened.

    Parameters
    ----------
    path : str or path-like
        File, or symbolic link to a regular file.
    label : str or None, default=None
        Name of the file in error messages; None means the path.
    max_bytes : int, default=512 MiB
        Largest size in bytes.

    Returns
    -------
    binary file object

    Raises
    ------
    ImageReadError
        With `status` "missing", "unreadable" or "too_large".
    """
    label = label_of(path, label)
    try:
        _check_regular(os.stat(path), label, max_bytes)
        # A pipe can replace the file between the two calls; opening it must not block.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        file = os.fdopen(os.open(path, flags), "rb")
    except (FileNotFoundError, NotADirectoryError) as error:
        _refuse_base64(path)
        raise ImageReadError(f"{label}: there is no such file.", "missing") from error
    except OSError as error:
        _refuse_base64(path)
        raise ImageReadError(f"{label}: the file cannot be opened ({error.strerror}).") from error
    except ValueError as error:
        if isinstance(error, ImageReadError):
            raise
        raise ImageReadError(f"{label!r}: not a path ({error}).") from error
    try:
        _check_regular(os.fstat(file.fileno()), label, max_bytes)
    except ImageReadError:
        file.close()
        raise
    return file


def _check_regular(status, label, max_bytes):
    if stat.S_ISDIR(status.st_mode):
        raise ImageReadError(f"{label}: is a folder; expected an image file.")
    if not stat.S_ISREG(status.st_mode):
        raise ImageReadError(f"{label}: not a regular file (a pipe, a device or a socket).")
    if status.st_size == 0:
        raise ImageReadError(f"{label}: the file is empty.")
    if status.st_size > max_bytes:
        raise _too_many_bytes(label, max_bytes)


def _too_many_bytes(label, limit=MAX_BYTES):
    return ImageReadError(f"{label}: at most {limit:,} bytes are read.", "too_large")


def _refuse_base64(path):
    if isinstance(path, str) and len(path) > 64 and _BASE64.match(path):
        raise ImageReadError(
            f"{path[:24]}...: the image is given as base64 text ({len(path)} characters), which is "
            "neither a path nor bytes. Pass base64.b64decode(text), without the prefix "
            '"data:...;base64," if there is one.'
        ) from None
