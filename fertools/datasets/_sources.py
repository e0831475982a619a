"""Uniform access to the files in a folder, zip or tar archive, or to a single file."""

import warnings
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from io import BytesIO
from typing import NamedTuple

import numpy as np

from .._utils.image_files import SUFFIXES, read_image
from ..exceptions import ImageReadError, ImageRescaledWarning
from . import _limits
from ._archives import open_tar, open_zip, plain_name
from ._file_paths import given_path, open_regular, walk
from ._limits import DAMAGED, LeftOut, read_at_most

FOREIGN = f"The file is hidden, or none of {', '.join(SUFFIXES)}."
# Everything that separates the pixels in a cell; int() would also take "1_0", "+1" and full-width
# digits.
_PIXEL_BYTES = b"0123456789 \t\r\n"


class Source(NamedTuple):
    """The files in a folder or archive.

    Attributes
    ----------
    names : list of str
        The files inside, relative and with "/", in the order in which they are read fastest.
    open : callable
        Takes one of `names` and returns a binary file object, or raises `LeftOut`.
    left_out : list of (name, status, reason)
        Content that cannot be opened by a name.
    """

    names: list
    open: Callable
    left_out: list


@contextmanager
def open_source(path):
    """Open whatever holds a data set; members of archives are read in memory.

    Parameters
    ----------
    path : str or path-like
        A folder, a .zip, a .tar, .tar.gz or .tgz, or a .csv.

    Yields
    ------
    Source

    Raises
    ------
    FileNotFoundError
        If there is nothing at `path`.
    ValueError
        If the kind of file is another one, if the archive is damaged or encrypted, or if it
        exceeds one of the limits of `fertools.datasets._limits`.
    """
    path = given_path(path)
    name = path.name.lower()
    if path.is_dir():
        names, left_out = walk(path)
        yield Source(names, lambda name: open_regular(path / name), left_out)
    elif name.endswith(".csv"):
        yield Source([path.name], lambda name: open_regular(path), [])
    elif name.endswith((".zip", ".tar", ".tar.gz", ".tgz")):
        with ExitStack() as stack:
            try:
                file = stack.enter_context(open_regular(path))
            except LeftOut as error:
                raise ValueError(f"{path}: {error}") from error
            archive = (
                open_zip(file, path, is_read) if name.endswith(".zip") else open_tar(file, path)
            )
            yield Source(*stack.enter_context(archive))
    else:
        raise ValueError(
            f"path must be a folder, or a .zip, .tar, .tar.gz, .tgz or .csv file; got {path}."
        )


def is_read(name):
    """Say whether a name is one of an image or table."""
    return is_image_name(name) or name.lower().endswith(".csv")


def is_image_name(name):
    """Say whether a name is one of an image that is read: a known format, and nothing hidden.

    Archives made on a Mac hold a file "._x.jpg" beside each "x.jpg", in a folder "__MACOSX".
    """
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))
    return not hidden and name.lower().endswith(SUFFIXES)


def sift(items, read, *, progress=False, total=None):
    """Read the items one by one; those that cannot be used are listed.

    Parameters
    ----------
    items : iterable of (name, item)
    read : callable
        Takes an item; returns the dict of a row, or None where it was not asked for, or raises
        `LeftOut`.
    progress : bool, default=False
        Show a progress bar.
    total : int or None, default=None
        Number of items, for the progress bar.

    Returns
    -------
    rows : list of dict
        Results of `read`, with the name as `id` if they have none.
    left_out : list of (name, status, reason)
    """
    rows, left_out = [], []
    if progress:
        from tqdm.auto import tqdm

        items = tqdm(items, total=total, unit=" images")
    for name, item in items:
        try:
            row = read(item)
        except LeftOut as error:
            left_out.append((name, error.status, str(error)))
        else:
            if row is not None:
                rows.append({"id": name, **row})
    return rows, left_out


def read_files(source, place, *, names=None, color=False, prepare=None, progress=False):
    """Read the files that are images of a data set.

    Parameters
    ----------
    source : Source
    place : callable
        Function of the name of an image that returns a dict of the properties in the name (`label`,
        ...) or None if the image is not requested, or raises `LeftOut`; such images are not opened.
    names : list of str or None, default=None
        Names to read; None means all names.
    color : bool, default=False
        Read RGB in place of gray.
    prepare : callable or None, default=None
        Takes an image and returns the one to keep, or raises `LeftOut`.
    progress : bool, default=False
        Show a progress bar.

    Returns
    -------
    rows : list of dict
        With `id`, `image` and what `place` returned, sorted by `id`.
    left_out : list of (name, status, reason)
    """
    names = source.names if names is None else names
    notes = []

    def read(name):
        if not is_image_name(name):
            raise LeftOut("foreign", FOREIGN)
        row = place(name)
        if row is None:
            return None
        image = decode(name, source.open, color, notes)
        return {**row, "image": image if prepare is None else prepare(image)}

    items = ((name, name) for name in names)
    rows, left_out = sift(items, read, progress=progress, total=len(names))
    warn_if_rescaled(notes)
    return sorted(rows, key=lambda row: row["id"]), sorted([*left_out, *lost_files(source)])


def lost_files(source):
    """Return what a source holds but cannot open: images, tables, folders and the archive's end."""
    return [
        (name, status, reason)
        for name, status, reason in source.left_out
        if is_read(plain_name(name)) or status != "replaced"
    ]


def read_member(name, open_member, limit):
    """Read one file completely, whatever its kind; raises `LeftOut`."""
    try:
        with open_member(name) as file:
            return read_at_most(file, limit)
    except DAMAGED as error:
        reason = getattr(error, "strerror", None) or error
        raise LeftOut("unreadable", f"The file is damaged or cannot be read ({reason}).") from error


def warn_if_rescaled(notes):
    """Warn once about all images whose white level was guessed; `notes` has a sentence of each."""
    if notes:
        more = f" ({len(notes):,} such images)" if len(notes) > 1 else ""
        warnings.warn(f"{notes[0]}{more}", ImageRescaledWarning, stacklevel=3)


def decode(name, open_member, color, notes):
    """Read one image file completely, uint8, gray or in `color`; raises `LeftOut`."""
    data = read_member(name, open_member, _limits.MAX_IMAGE_BYTES)
    if not data:
        raise LeftOut("empty", "The file is empty.")
    try:
        return read_image(BytesIO(data), gray=not color, name=name, notes=notes)
    except ImageReadError as error:
        reason = str(error).removeprefix(f"{name}: ")
        raise LeftOut(error.status, reason[0].upper() + reason[1:]) from error


def parse_pixels(text, side=None):
    """Return the square image in a cell of a table.

    Parameters
    ----------
    text : str
        Gray levels in 0..255, separated by blanks, row after row.
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
        if strange := text.encode("ascii").translate(None, _PIXEL_BYTES):
            raise ValueError(f"it holds {strange[:20].decode()!r}")
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
