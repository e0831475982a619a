"""One view of a folder, a zip, a tar and a plain file: what is inside, and what cannot be used."""

import os
import tarfile
import zipfile
import zlib
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from posixpath import normpath

import numpy as np

from .._images import read_image
from ..exceptions import ImageReadError

FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "WEBP")
SUFFIXES = (".jpeg", ".jpg", ".png", ".bmp", ".tif", ".tiff", ".webp")
FOREIGN = f"The file is hidden, or none of {', '.join(SUFFIXES)}."


class LeftOut(Exception):
    """A file or a row that is left out of a data set.

    Parameters
    ----------
    status : str
        One of `fertools.datasets._bunch.STATUSES`.
    reason : str
        A sentence.
    """

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status


@contextmanager
def open_source(path):
    """Open whatever holds a data set; members of archives are read in memory.

    Parameters
    ----------
    path : str or path-like
        A folder, a .zip, a .tar, .tar.gz or .tgz, or a .csv.

    Yields
    ------
    names : list of str
        The files inside, relative and with "/", in the order in which they are read fastest.
    open_member : callable
        Takes one of `names`, returns a binary file object.

    Raises
    ------
    FileNotFoundError
        When there is nothing at `path`.
    ValueError
        When the kind of file is another one, or when the archive is damaged, then or later.
    """
    path = Path(path).expanduser()
    if not path.exists():
        raise FileNotFoundError(f"path must be a folder or file; there is no {path}.")
    try:
        if path.is_dir():
            yield list(_walk(path)), lambda name: (path / name).open("rb")
        elif path.suffix.lower() == ".csv":
            yield [path.name], lambda name: path.open("rb")
        elif path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path) as archive:
                members = {_inside(m.filename): m for m in archive.infolist() if not m.is_dir()}
                yield list(members), lambda name: archive.open(members[name])
        elif path.name.lower().endswith((".tar", ".tar.gz", ".tgz")):
            with tarfile.open(path) as archive:
                members = {_inside(m.name): m for m in archive if m.isfile()}
                yield list(members), lambda name: archive.extractfile(members[name])
        else:
            raise ValueError(
                f"path must be a folder, or a .zip, .tar, .tar.gz, .tgz or .csv file; got {path}."
            )
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError) as error:
        raise ValueError(f"{path}: the archive is damaged ({error}).") from error


def _inside(name):
    # Some archives made on Windows separate folders with "\".
    return normpath(name.replace("\\", "/"))


def _walk(folder, prefix="", above=()):
    """Yield the files below a folder, sorted; links are followed, but none back to `above`."""
    real = os.path.realpath(folder)
    if real in above:
        return
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _walk(entry.path, f"{prefix}{entry.name}/", (*above, real))
        elif entry.is_file() or entry.is_symlink():
            yield prefix + entry.name


def is_image_name(name):
    """Say whether a name is one of an image that is read: a known format, and nothing hidden.

    Archives made on a Mac hold a file "._x.jpg" beside each "x.jpg", in a folder "__MACOSX".
    """
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))
    return not hidden and name.lower().endswith(SUFFIXES)


def sift(items, read):
    """Read item by item; what cannot be used is listed and stops nothing.

    Parameters
    ----------
    items : iterable of (name, item)
    read : callable
        Takes an item; returns the dict of a row, or None where it was not asked for, or raises
        `LeftOut`.

    Returns
    -------
    rows : list of dict
        What `read` returned, with the name as `id` where it gives none.
    left_out : list of (name, status, reason)
    """
    rows, left_out = [], []
    for name, item in items:
        try:
            row = read(item)
        except LeftOut as error:
            left_out.append((name, error.status, str(error)))
        else:
            if row is not None:
                rows.append({"id": name, **row})
    return rows, left_out


def read_files(names, open_member, place, *, colour=False, prepare=None):
    """Read those of many files that are images of a data set.

    Parameters
    ----------
    names, open_member
        As `open_source` yields them.
    place : callable
        Takes the name of an image; returns a dict of what the name tells (`label`, ...), or None
        where the image was not asked for, or raises `LeftOut`. Such images are not opened.
    colour : bool, default=False
        Read RGB in place of grey.
    prepare : callable or None, default=None
        Takes an image and returns the one to keep, or raises `LeftOut`.

    Returns
    -------
    rows : list of dict
        With `id`, `image` and what `place` returned, sorted by `id`.
    left_out : list of (name, status, reason)
    """

    def read(name):
        if not is_image_name(name):
            raise LeftOut("foreign", FOREIGN)
        row = place(name)
        if row is None:
            return None
        image = decode(name, open_member, colour)
        return {**row, "image": image if prepare is None else prepare(image)}

    rows, left_out = sift(((name, name) for name in names), read)
    return sorted(rows, key=lambda row: row["id"]), sorted(left_out)


def decode(name, open_member, colour):
    """Read one image file completely, uint8, grey or in `colour`; raises `LeftOut`."""
    try:
        with open_member(name) as file:
            data = file.read()
    except FileNotFoundError as error:
        raise LeftOut("missing", "There is no such file.") from error
    except OSError as error:
        raise LeftOut("unreadable", f"The file cannot be opened ({error.strerror}).") from error
    if not data:
        raise LeftOut("empty", "The file is empty.")
    try:
        return read_image(BytesIO(data), grey=not colour, name=name, formats=FORMATS)
    except ImageReadError as error:
        reason = str(error).removeprefix(f"{name}: ")
        raise LeftOut(error.status, reason[0].upper() + reason[1:]) from error


def parse_pixels(text, side=None):
    """Make a square image of the numbers in a cell of a table.

    Parameters
    ----------
    text : str
        Grey levels in 0..255, separated by blanks, row after row.
    side : int or None, default=None
        Height and width; None means the square root of how many there are.

    Returns
    -------
    ndarray of shape (side, side), uint8

    Raises
    ------
    LeftOut
        "wrong_size" or "unreadable".
    """
    try:
        values = bytes(map(int, text.split()))
    except ValueError as error:
        raise LeftOut("unreadable", f"A row must hold pixels in 0..255 ({error}).") from error
    return unfold(np.frombuffer(values, dtype=np.uint8), side)


def unfold(values, side=None):
    """Make a square image of a flat array; raises `LeftOut` "wrong_size"."""
    wanted = side or round(len(values) ** 0.5)
    if len(values) != wanted**2 or not wanted:
        rule = f"{side * side} pixels" if side else "a square number of pixels"
        raise LeftOut("wrong_size", f"A row must hold {rule}; got {len(values)}.")
    return values.reshape(wanted, wanted)
