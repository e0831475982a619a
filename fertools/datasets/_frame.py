"""Loader of tables with a column of paths or pixels and a column of labels."""

import os
import re
from numbers import Integral
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.utils._param_validation import Interval, validate_params

from .._utils.image_files import SUFFIXES
from .._utils.images import resize, to_uint8
from ._bunch import bunch_of_rows
from ._classes import class_numbers, describe_numbers, name_classes
from ._file_paths import open_regular
from ._image_folder import usage_of
from ._limits import LeftOut
from ._sources import (
    FOREIGN,
    decode,
    is_image_name,
    parse_pixels,
    sift,
    unfold,
    warn_if_rescaled,
)
from ._tables import read_table

# Common names of the columns; the first that exists is used.
_IMAGE_COLUMNS = ("pixels", "path", "file", "filename", "image")
_LABEL_COLUMNS = ("label", "emotion", "expression", "class")
_DIGITS = re.compile(r"\s*\d+\s+\d+\s")
_DESCR = "A table of images with labels.\n"


@validate_params(
    {
        "data": [pd.DataFrame, str, os.PathLike],
        "image": [str, None],
        "label": [str, None],
        "group": [str, None],
        "usage": [str, None],
        "root": [str, os.PathLike, None],
        "size": [Interval(Integral, 1, None, closed="left"), None],
        "color": ["boolean"],
        "classes": ["array-like", str, dict, None],
    },
    prefer_skip_nested_validation=True,
)
def load_frame(
    data,
    *,
    image=None,
    label=None,
    group=None,
    usage=None,
    root=None,
    size=None,
    color=False,
    classes=None,
):
    """Load images from a table of paths or pixels.

    Parameters
    ----------
    data : DataFrame, str or path-like
        Table, or path of a .csv or .parquet file.
    image : str or None, default=None
        Column of the images: paths of files, or pixels. Pixels are square gray images, as a
        string of numbers in 0..255, or as lists or arrays, flat or of shape (h, w), in 0..255, or
        in 0..1 for floats. None means the first of the columns pixels, path, file, filename and
        image that exists.
    label : str or None, default=None
        Column of the labels: names or, with `classes`, numbers of classes. None means the first of
        the columns label, emotion, expression and class that exists.
    group : str or None, default=None
        Column of the person in each image, without missing values.
    usage : str or None, default=None
        Column of the split of each image; a missing value becomes "". Names of splits are
        understood as by `load_image_folder`, such as train for Training; others are kept.
    root : str, path-like or None, default=None
        Folder to which paths are relative; None means the folder of the table, or the current
        folder for a DataFrame.
    size : int or None, default=None
        Height and width to which images are resized, without preserving their proportions. None
        keeps their sizes.
    color : bool, default=False
        Whether to load files as RGB images instead of gray ones; pixels are always gray.
    classes : str, list of str, dict of int to str or None, default=None
        If labels are numbers: the classes of the numbers, in order. Numbers start from 0 if 0
        occurs, and from 1 if 0 does not occur and the largest number equals the number of classes.
        Otherwise, a dict with the class of each number is required, such as
        ``{1: "surprise", 2: "fear"}``. If labels are names: the classes to load, in order; None
        means all, sorted. Names that differ only in case are one class. Rows of other classes are
        not reported.

    Returns
    -------
    Bunch
        Data set with the keys

        - images : ndarray of shape (n, h, w), or (n, h, w, 3) with `color`, uint8; if the sizes
          differ, of shape (n,), object, with one array per image
        - target : ndarray of shape (n,), int; indices into `target_names`
        - target_names : list of str
        - labels : ndarray of shape (n,), str; the name of each target
        - class_numbers : dict of int to str; class of each number, only if labels are numbers
        - groups : ndarray of shape (n,); only with `group`
        - usage : ndarray of shape (n,), only with `usage`; "" for images without a split
        - ids : ndarray of shape (n,), str; path of each image, or "row 17", counted from 1, for
          pixels
        - sha256 : str; hash of pixels, labels, splits and groups
        - report : DataFrame; rows that were left out
        - DESCR : str

        The images are in the order of the table.

    Raises
    ------
    FileNotFoundError
        If the file `data` does not exist.
    ImportError
        If pyarrow, which reads Parquet files, is not installed.
    ValueError
        If a parameter is invalid, if a column is missing or occurs twice, if numbered labels could
        start from 0 or from 1, if the person of an image is missing, if the file is damaged or
        exceeds a limit, or if no image is left.

    Warns
    -----
    UserWarning
        If images were left out; they are listed in `report`.

    Examples
    --------
    >>> import pandas as pd
    >>> from fertools.datasets import load_frame, make_faces
    >>> faces = make_faces(7, random_state=0)
    >>> table = pd.DataFrame({"pixels": list(faces.images), "label": faces.labels})
    >>> data = load_frame(table)
    >>> data.images.shape, data.labels[0], data.ids[0]
    ((7, 48, 48), np.str_('angry'), np.str_('row 1'))
    """
    if isinstance(data, pd.DataFrame):
        path, table, folder = "data", data, "."
    else:
        path, table = data, read_table(data)
        folder = Path(data).expanduser().parent
    root = Path(folder if root is None else root).expanduser()
    image = _column("image", image, table, _IMAGE_COLUMNS)
    label = _column("label", label, table, _LABEL_COLUMNS)
    given = {"groups": ("group", group), "usage": ("usage", usage)}
    more = {
        key: table[_column(name, column, table, ())]
        for key, (name, column) in given.items()
        if column is not None
    }
    if usage is not None:
        splits = more["usage"].astype(object).where(more["usage"].notna(), "")
        more["usage"] = splits.map(lambda name: usage_of(str(name)) or name)
    labels, target_names, numbers = _name_labels(table[label], classes)
    pixels = any(_is_pixels(cell) for cell in table[image])
    notes = []

    def read(row):
        cell, name = table[image].iloc[row], labels[row]
        if name is None:
            raise LeftOut("unknown_class", "The label is missing, or a number without a class.")
        if name not in target_names:
            return None
        picture = _parse(cell) if pixels else _open(cell, root, color, notes)
        if size is not None:
            picture = resize(picture, (size, size))
        given = {key: column.iloc[row] for key, column in more.items()}
        return {"image": picture, "label": name, **given}

    ids = [f"row {row + 1}" if pixels else str(cell) for row, cell in enumerate(table[image])]
    rows, left_out = sift(zip(ids, range(len(table)), strict=True), read)
    # As one group, images without a person would be kept in one fold.
    lacking = [row["id"] for row in rows if group is not None and pd.isna(row["groups"])]
    if lacking:
        raise ValueError(
            f"group must be a column with the person of each image; got {group!r}, without the "
            f"person of {len(lacking)} images, such as {lacking[0]!r}."
        )
    warn_if_rescaled(notes)
    if numbers is None:
        return bunch_of_rows(path, rows, left_out, target_names, _DESCR)
    descr = _DESCR + describe_numbers(numbers)
    return bunch_of_rows(path, rows, left_out, target_names, descr, class_numbers=numbers)


def _column(parameter, name, table, usual):
    """Return the name of a column of the table; None means the first of the `usual` ones."""
    wanted = usual if name is None else (name,)
    columns = list(table.columns)
    for column in wanted:
        if columns.count(column) > 1:
            raise ValueError(
                f"{parameter} must be a column that occurs once; got {column!r}, which occurs "
                f"{columns.count(column)} times."
            )
        if column in columns:
            return column
    raise ValueError(f"{parameter} must be a column from {list(table.columns)}; got {name!r}.")


def _name_labels(column, classes):
    """Return the class of each label or None, the list of classes, and their numbers or None."""
    if pd.api.types.is_numeric_dtype(column):
        if classes is None:
            raise ValueError("classes must be given if `label` is a column of numbers; got None.")
        numbers = class_numbers(column.dropna().unique(), classes)
        return [numbers.get(number) for number in column], list(numbers.values()), numbers
    found = [
        str(name) if given else None for name, given in zip(column, column.notna(), strict=True)
    ]
    names, target_names, numbers = name_classes(set(found) - {None}, classes)
    return [names.get(name) for name in found], target_names, numbers


def _is_pixels(cell):
    if isinstance(cell, str):
        return _DIGITS.match(cell) is not None and not is_image_name(cell.strip())
    return isinstance(cell, (list, tuple, np.ndarray))


def _parse(cell):
    """Return the image with the pixels in a cell."""
    if isinstance(cell, str):
        return parse_pixels(cell)
    try:
        pixels = np.asarray(cell)
        return to_uint8(unfold(pixels) if pixels.ndim == 1 else pixels, "The cell")
    except ValueError as error:
        raise LeftOut("unreadable", str(error)) from error


def _open(cell, root, color, notes):
    """Return the image in the file whose path is in a cell."""
    if not isinstance(cell, (str, os.PathLike)):
        raise LeftOut("missing", "There is no path.")
    if not str(cell).lower().endswith(SUFFIXES):
        raise LeftOut("foreign", FOREIGN)
    return decode(str(cell), lambda name: open_regular(root / name), color, notes)
