"""FER-2013, in each of the layouts in which it is handed around."""

import csv
import io
import os
import re
from contextlib import contextmanager
from pathlib import Path

from ._bunch import EXPRESSIONS, USAGES, bunch_of_rows, choose
from ._sources import (
    LeftOut,
    is_image_name,
    open_source,
    parse_pixels,
    read_files,
    sift,
)

SIDE = 48
ENVIRONMENT = "FERTOOLS_DATA"
_FOLDER_USAGE = {"train": "Training", "test": "PublicTest"}
# One enclosing folder, or none.
_BELOW_SPLIT = re.compile(r"(?:(?P<root>[^/]+)/)?(?P<id>(?P<split>train|test)/(?P<rest>.+))")
_EMOTIONS = {str(number): name for number, name in enumerate(EXPRESSIONS)}
COLUMNS = ("emotion", "pixels", "usage")
_CSV_NAMES = ("fer2013.csv", "icml_face_data.csv")
# What the downloads are called; a folder is searched for them in this order.
ARCHIVE_NAMES = (
    "fer2013.zip",
    "archive.zip",
    "fer2013.tar.gz",
    "fer2013.csv.zip",
    "icml_face_data.csv.zip",
    "challenges-in-representation-learning-facial-expression-recognition-challenge.zip",
)
_DESCR = """\
FER-2013, the data of the facial expression recognition challenge of ICML 2013: faces found by an
image search, 48 x 48 grey pixels, cropped by a detector, labelled with one of seven expressions.
35,887 images: 28,709 Training, 3,589 PublicTest, 3,589 PrivateTest. 1,853 of them are exact copies
of another one, some with a different label, and copies cross the splits: see
fertools.evaluation.deduplicate.

I. Goodfellow et al., "Challenges in representation learning: a report on three machine learning
contests", ICONIP 2013, LNCS 8228, pp. 117-124, doi:10.1007/978-3-642-42051-1_16.
"""


def load_fer2013(path=None, *, usage=None, classes=None):
    """Load FER-2013 from the files that users have; nothing is downloaded or unpacked to disk.

    Parameters
    ----------
    path : str, path-like or None, default=None
        Where the data is; None means the environment variable ``FERTOOLS_DATA`` and, where that
        is not set, ``~/fertools_data``. One of

        - images, as a folder, zip or tar: ``train/<class>/<file>`` and ``test/<class>/<file>``,
          possibly in one enclosing folder. The beginning of the file name tells the split
          (``Training_``, ``PublicTest_``, ``PrivateTest_``); a file with another name belongs to
          Training under ``train`` and to PublicTest under ``test``;
        - ``fer2013.csv`` or ``icml_face_data.csv`` (columns emotion, pixels and Usage in any
          order), plain under any name, or under these names in a folder, zip or tar;
        - a folder with one of the archives under the name it is downloaded with.

        Where there are images and a CSV, the images are taken.
    usage : str, list of str or None, default=None
        The splits to load, out of "Training", "PublicTest" and "PrivateTest"; None means all.
    classes : list of str or None, default=None
        The classes to load; None means the seven of FER-2013 in its order.

    Returns
    -------
    Bunch
        With

        - images : ndarray of shape (n, 48, 48), uint8
        - target : ndarray of shape (n,), int; indices into `target_names`
        - target_names : list of str; `classes`, or angry, disgust, fear, happy, sad, surprise,
          neutral
        - labels : ndarray of shape (n,), str; the name of each target
        - usage : ndarray of shape (n,), str
        - ids : ndarray of shape (n,), str; "train/angry/Training_3908.jpg", or "row 17" of a CSV,
          counted from 1 below its header
        - sha256 : str; a fingerprint of the pixels, labels and splits, whatever the layout or file
          names
        - report : DataFrame; the cleaning report, a row for each file below ``train`` and
          ``test``, or row of a CSV, that cannot be used
        - DESCR : str

        The rows are sorted by split, class (FER order), and file name or row number.

    Raises
    ------
    FileNotFoundError
        When there is nothing at `path`, or nothing of the above in it.
    ValueError
        When `usage` or `classes` is wrong, when no image is left, when an archive is damaged, or
        when a CSV lacks a column or is no CSV.

    Warns
    -----
    UserWarning
        When images are left out: they do not decode, are not of 48 x 48 pixels, or have no class
        of FER-2013. They are listed in `report`.

    References
    ----------
    .. [1] I. Goodfellow et al., "Challenges in representation learning: a report on three
       machine learning contests", ICONIP 2013, doi:10.1007/978-3-642-42051-1_16.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from PIL import Image
    >>> from fertools.datasets import load_fer2013, make_faces
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "train", "angry", "Training_1.png")
    ...     file.parent.mkdir(parents=True)
    ...     Image.fromarray(make_faces(1, random_state=0).images[0]).save(file)
    ...     fer = load_fer2013(folder)
    >>> fer.images.shape, fer.labels[0], fer.usage[0]
    ((1, 48, 48), np.str_('angry'), np.str_('Training'))
    """
    wanted_usages = choose("usage", usage, USAGES)
    target_names = choose("classes", classes, EXPRESSIONS)
    path = _locate(path)
    rows, left_out = _read(path, {(u, c) for u in wanted_usages for c in target_names})
    # Stable: within a split and class the file names or row numbers stay in order.
    rows.sort(key=lambda row: (USAGES.index(row["usage"]), EXPRESSIONS.index(row["label"])))
    return bunch_of_rows(path, rows, left_out, target_names, _DESCR)


def _locate(path):
    """Return the file or folder to read; see `path` in `load_fer2013`."""
    variable = os.environ.get(ENVIRONMENT)
    if path is not None:
        origin = "the argument"
    elif variable:
        path, origin = variable, f"from the environment variable {ENVIRONMENT}"
    else:
        path = "~/fertools_data"
        origin = f"as the argument is None and the environment variable {ENVIRONMENT} is not set"
    path = Path(path).expanduser()
    if not path.exists():
        raise FileNotFoundError(
            f"path must be a file or folder with FER-2013; there is no {path} ({origin})."
        )
    return path


def _read(path, wanted):
    """Return the rows of the wanted (usage, label), and what is left out, in order."""
    archives = [path / name for name in ARCHIVE_NAMES if (path / name).is_file()]
    for source in [path, *archives]:
        with open_source(source) as (names, open_member):
            tree = _image_tree(names, source)
            plain = source.suffix.lower() == ".csv"
            table = names[0] if plain else known_table(names)
            if tree:
                return read_files(
                    tree, open_member, lambda name: _place(name, wanted), prepare=_check_size
                )
            if table:
                with open_table(open_member(table), source if plain else source / table) as lines:
                    return sift(lines, lambda cells: _read_row(cells, wanted))
    raise FileNotFoundError(
        f"path must hold train/<class>/ and test/<class>/ with images, or one of {_CSV_NAMES}, "
        f"or, where it is a folder, one of {ARCHIVE_NAMES}; {path} holds none of them."
    )


def _image_tree(names, source):
    """Return those of `names` that stand below train/ and test/ of the one tree with images."""
    places = {name: match for name in names if (match := _BELOW_SPLIT.fullmatch(name))}
    # Other data sets, with other classes, may stand beside this one.
    roots = {
        match["root"]
        for name, match in places.items()
        if is_image_name(name) and match["rest"].split("/")[0] in EXPRESSIONS
    }
    if len(roots) > 1 and None not in roots:
        raise ValueError(f"path must hold one data set; {source} holds {sorted(roots)}.")
    if not roots:
        return []
    root = None if None in roots else roots.pop()
    return [name for name, match in places.items() if match["root"] == root]


def _place(name, wanted):
    """Return what the name of an image tells, or None where it is not wanted."""
    _, identifier, split, rest = _BELOW_SPLIT.fullmatch(name).groups()
    label, _, file = rest.rpartition("/")
    if label not in EXPRESSIONS:
        raise LeftOut(
            "unknown_class",
            f"An image must be in {split}/<class>/, with a class out of {', '.join(EXPRESSIONS)}.",
        )
    prefix = file.split("_")[0]
    usage = prefix if prefix in USAGES else _FOLDER_USAGE[split]
    return {"usage": usage, "label": label, "id": identifier} if (usage, label) in wanted else None


def _check_size(image):
    if image.shape != (SIDE, SIDE):
        height, width = image.shape
        raise LeftOut("wrong_size", f"An image must be of 48x48 pixels; got {height}x{width}.")
    return image


def known_table(names):
    """Return the FER-2013 CSV among `names`, or None."""
    for csv_name in _CSV_NAMES:
        for name in names:
            if re.fullmatch(rf"([^/]+/)?{re.escape(csv_name)}", name):
                return name
    return None


@contextmanager
def open_table(file, name, columns=COLUMNS):
    """Open a CSV.

    Parameters
    ----------
    file : binary file object
    name : path-like
        What errors call it.
    columns : tuple of str
        The columns to read, in lower case.

    Yields
    ------
    iterator of (str, list of str)
        "row 1" and the cells of the columns, and so on.

    Raises
    ------
    ValueError
        When a column is missing or, then or later, when the file is no CSV.
    """
    try:
        with io.TextIOWrapper(file, "utf-8-sig", newline="") as text:
            lines = csv.reader(text)
            header = [column.strip().lower() for column in next(lines, [])]
            if not set(columns) <= set(header):
                raise ValueError(
                    f"{name}: the first line must name the columns {', '.join(columns)}; got "
                    f"{header}."
                )
            order = [header.index(column) for column in columns]
            missing = [""] * len(header)
            yield (
                (f"row {number}", [(cells + missing)[column].strip() for column in order])
                for number, cells in enumerate(filter(None, lines), start=1)
            )
    except (csv.Error, UnicodeDecodeError) as error:
        raise ValueError(f"{name}: not a CSV file that can be read ({error}).") from error


def _read_row(cells, wanted):
    """Return the row of a data set, or None where it is not wanted; raises `LeftOut`."""
    emotion, pixels, usage = cells
    label = _EMOTIONS.get(emotion)
    if label is None:
        raise LeftOut("unknown_class", f"The emotion must be in 0..6; got {emotion!r}.")
    if usage not in USAGES:
        raise LeftOut("unknown_name", f"Usage must be one of {', '.join(USAGES)}; got {usage!r}.")
    if (usage, label) not in wanted:
        return None
    return {"usage": usage, "label": label, "image": parse_pixels(pixels, SIDE)}
