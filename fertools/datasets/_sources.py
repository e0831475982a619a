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
# Characters that are allowed in a cell of pixels; int() also accepts "1_0", "+1" and full-width
# digits.
_PIXEL_BYTES = b"0123456789 \t\r\n"


class Source(NamedTuple):
    """Files in a folder or archive.

    Attributes
    ----------
    names : list of str
        Relative paths of the files with "/", in the order in which reading them is fastest.
    open : callable
        Function of one of `names` that returns a binary file object or raises `LeftOut`.
    left_out : list of (name, status, reason)
        Content that cannot be opened by name.
    """

    names: list
    open: Callable
    left_out: list


@contextmanager
def open_source(path):
    """Open the folder, archive or file of a data set; archives are not unpacked.

    Parameters
    ----------
    path : str or path-like
        Path of a folder, or of a .zip, .tar, .tar.gz, .tgz or .csv file.

    Yields
    ------
    Source

    Raises
    ------
    FileNotFoundError
        If `path` does not exist.
    ValueError
        If it is another kind of file, if the archive is damaged or encrypted, or if it exceeds one
        of the limits in `fertools.datasets._limits`.
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
    """Return whether a name is that of an image or CSV file."""
    return is_image_name(name) or name.lower().endswith(".csv")


def is_image_name(name):
    """Return whether a name is that of an image file in a supported format that is not hidden.

    Archives created on macOS contain a file "._x.jpg" for each "x.jpg", in a folder "__MACOSX".
    """
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))
    return not hidden and name.lower().endswith(SUFFIXES)


def sift(items, read, *, progress=False, total=None):
    """Read items one by one, and list those that cannot be used.

    Parameters
    ----------
    items : iterable of (name, item)
    read : callable
        Function of an item that returns a sample as a dict, or None if it is not requested, or
        raises `LeftOut`.
    progress : bool, default=False
        Whether to show a progress bar.
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
    """Read the image files of a data set.

    Parameters
    ----------
    source : Source
    place : callable
        Function of the name of an image that returns a dict of the properties in the name (`label`,
        ...) or None if the image is not requested, or raises `LeftOut`; such images are not opened.
    names : list of str or None, default=None
        Names to read; None means all names.
    color : bool, default=False
        Whether to read RGB images instead of gray ones.
    prepare : callable or None, default=None
        Function of an image that returns the processed image or raises `LeftOut`.
    progress : bool, default=False
        Whether to show a progress bar.

    Returns
    -------
    rows : list of dict
        Samples with `id`, `image` and the results of `place`, sorted by `id`.
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
    """Return images, tables, folders and parts of an archive that cannot be opened."""
    return [
        (name, status, reason)
        for name, status, reason in source.left_out
        if is_read(plain_name(name)) or status != "replaced"
    ]


def read_member(name, open_member, limit):
    """Read one file completely; raises `LeftOut`."""
    try:
        with open_member(name) as file:
            return read_at_most(file, limit)
    except DAMAGED as error:
        reason = getattr(error, "strerror", None) or error
        raise LeftOut("unreadable", f"The file is damaged or cannot be read ({reason}).") from error


def warn_if_rescaled(notes):
    """Warn once about all images whose white level was guessed; `notes` has one sentence each."""
    if notes:
        more = f" ({len(notes):,} such images)" if len(notes) > 1 else ""
        warnings.warn(f"{notes[0]}{more}", ImageRescaledWarning, stacklevel=3)


def decode(name, open_member, color, notes):
    """Read one image file as uint8, gray or in `color`; raises `LeftOut`."""
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
        Gray levels in 0..255, separated by whitespace, in row-major order.
    side : int or None, default=None
        Height and width; None means the square root of the number of pixels.

    Returns
    -------
    ndarray of shape (side, side), uint8

    Raises
    ------
    LeftOut
        With the status "wrong_size" or "unreadable".
    """
    try:
        if strange := text.encode("ascii").translate(None, _PIXEL_BYTES):
            raise ValueError(f"it contains {strange[:20].decode()!r}")
        values = bytes(map(int, text.split()))
    except ValueError as error:
        raise LeftOut("unreadable", f"A row must contain pixels in 0..255 ({error}).") from error
    return unfold(np.frombuffer(values, dtype=np.uint8), side)


def unfold(values, side=None):
    """Reshape a flat array to a square image; raises `LeftOut` with the status "wrong_size"."""
    wanted = side or round(len(values) ** 0.5)
    if len(values) != wanted**2 or not wanted:
        rule = f"{side * side} pixels" if side else "a square number of pixels"
        raise LeftOut("wrong_size", f"A row must contain {rule}; got {len(values)}.")
    return values.reshape(wanted, wanted)
