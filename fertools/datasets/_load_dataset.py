"""Choice of the loader that matches the files at a path."""

import re

from . import _ckplus, _jaffe
from ._ckplus import load_ckplus
from ._classes import are_numbers
from ._fer2013 import ARCHIVE_NAMES, known_table, load_fer2013
from ._file_paths import given_path
from ._frame import load_frame
from ._image_folder import load_image_folder
from ._jaffe import load_jaffe
from ._sources import is_image_name, open_source
from ._tables import csv_header, parquet_header

_PATTERNS = (
    (
        re.compile(r"([^/]+/)?(train|test)/[^/]+/(Training|(Public|Private)Test)_[^/]+"),
        load_fer2013,
    ),
    (_ckplus.FILE, load_ckplus),
    (_jaffe.FILE, load_jaffe),
)


def load_dataset(path):
    """Load a data set with the loader that matches the files at its path.

    Parameters
    ----------
    path : str or path-like
        Path of the data, which determines the loader:

        - a .csv file with the columns emotion (as numbers), pixels and optionally Usage:
          `load_fer2013`;
        - another .csv file, or a .parquet file: `load_frame`, with the splits in the column Usage,
          if there is one;
        - a folder, zip or tar archive in which most images are named as in FER-2013, CK+ or JAFFE:
          `load_fer2013`, `load_ckplus` or `load_jaffe`;
        - a folder or archive without images that contains fer2013.csv or a download of FER-2013:
          `load_fer2013`;
        - another folder, zip or tar archive: `load_image_folder`.

    Returns
    -------
    Bunch
        Data set returned by the loader.

    Raises
    ------
    FileNotFoundError
        If `path` does not exist.
    ValueError
        If the data cannot be read, or if no image is left. Tables with numbered labels other than
        the seven emotions of FER-2013 require `load_frame` and the names of the classes.

    Warns
    -----
    UserWarning
        If images were left out; they are listed in `report`.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from PIL import Image
    >>> from fertools.datasets import load_dataset, make_faces
    >>> with TemporaryDirectory() as folder:
    ...     face = make_faces(1, size=256, random_state=0).images[0]
    ...     Image.fromarray(face).save(Path(folder, "KA.AN1.39.tiff"))
    ...     jaffe = load_dataset(folder)
    >>> jaffe.DESCR[:5]
    'JAFFE'
    """
    path = given_path(path)
    if path.suffix.lower() == ".csv" and path.is_file():
        return _load_csv(path)
    if path.suffix.lower() == ".parquet" and path.is_file():
        return load_frame(path, usage=_usage_column(parquet_header(path)))
    with open_source(path) as source:
        names = source.names
        images = [name for name in names if is_image_name(name)]
    for pattern, load in _PATTERNS:
        if 2 * sum(pattern.fullmatch(name) is not None for name in images) > len(images):
            return load(path)
    if not images and (known_table(names) or not set(ARCHIVE_NAMES).isdisjoint(names)):
        return load_fer2013(path)
    return load_image_folder(path)


def _load_csv(path):
    """Load a CSV file as FER-2013 if it has its columns and numbered labels, else as a table."""
    header, first = csv_header(path)
    columns = {column.lower(): number for number, column in enumerate(header)}
    if {"emotion", "pixels"} <= set(columns):
        emotion = first[columns["emotion"]] if len(first) > columns["emotion"] else ""
        if are_numbers([emotion.strip()]):
            return load_fer2013(path)
    return load_frame(path, usage=_usage_column(header))


def _usage_column(names):
    """Return the name of the column of the splits, or None."""
    return next((name for name in names if name.lower() == "usage"), None)
