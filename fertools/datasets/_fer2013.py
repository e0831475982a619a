"""FER-2013, in each of the layouts in which it is handed around."""

import csv
import io
import os
import re
from pathlib import Path

import numpy as np

from .._images import read_image
from ..exceptions import ImageReadError
from ._bunch import EXPRESSIONS, USAGES, choose, face_bunch, fingerprint
from ._sources import open_source

SIDE = 48
ENVIRONMENT = "FERTOOLS_DATA"
_FOLDER_USAGE = {"train": "Training", "test": "PublicTest"}
# One enclosing folder, or none. Archives made on a Mac hold a file "._x.jpg" beside each "x.jpg".
_IMAGE_PATH = re.compile(
    r"(?:(?P<root>[^/]+)/)?"
    r"(?P<id>(?P<split>train|test)/(?P<label>[^/]+)/(?P<file>[^./][^/]*\.(?i:jpe?g|png)))"
)
_CSV_NAMES = ("fer2013.csv", "icml_face_data.csv")
_CSV_COLUMNS = ("emotion", "pixels", "usage")
# What the downloads are called; a folder is searched for them in this order.
_ARCHIVE_NAMES = (
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
        - DESCR : str

        The rows are sorted by split, class (FER order), and file name or row number.

    Raises
    ------
    FileNotFoundError
        When there is nothing at `path`, or nothing of the above in it.
    ImageReadError
        When an image does not decode or is not of 48 x 48 pixels.
    ValueError
        When `usage` or `classes` is wrong or selects no image, when an archive is damaged, or
        when a row of a CSV is short or wrong.

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
    rows = _read(path, {(u, c) for u in wanted_usages for c in target_names})
    if not rows:
        raise ValueError(
            f"usage={wanted_usages} and classes={target_names} must select at least one image of "
            f"{path}; got none."
        )
    # Stable: within a split and class the file names or row numbers stay in order.
    rows.sort(key=lambda row: (USAGES.index(row[0]), EXPRESSIONS.index(row[1])))
    usages, labels, ids, images = zip(*rows, strict=True)
    images = np.stack(images)
    return face_bunch(
        images,
        [target_names.index(label) for label in labels],
        target_names,
        ids,
        usage=np.array(usages),
        sha256=fingerprint(images, labels, usages),
        DESCR=_DESCR,
    )


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
    """Return rows (usage, label, id, image) of the wanted (usage, label), file by file in order."""
    archives = [path / name for name in _ARCHIVE_NAMES if (path / name).is_file()]
    for source in [path, *archives]:
        with open_source(source) as (names, open_member):
            tree = _image_tree(names, source)
            plain = source.suffix.lower() == ".csv"
            table = names[0] if plain else _known_table(names)
            if tree:
                return _read_tree(tree, source, open_member, wanted)
            if table:
                with io.TextIOWrapper(open_member(table), "utf-8-sig", newline="") as text:
                    return list(_read_csv(text, source if plain else source / table, wanted))
    raise FileNotFoundError(
        f"path must hold train/<class>/ and test/<class>/ with images, or one of {_CSV_NAMES}, "
        f"or, where it is a folder, one of {_ARCHIVE_NAMES}; {path} holds none of them."
    )


def _image_tree(names, source):
    """Return {name: match of _IMAGE_PATH} for the images among `names`."""
    trees = {}
    for name in names:
        if match := _IMAGE_PATH.fullmatch(name):
            trees.setdefault(match["root"], {})[name] = match
    # Other data sets, with other classes, may stand beside this one.
    trees = {
        root: tree
        for root, tree in trees.items()
        if not {match["label"] for match in tree.values()}.isdisjoint(EXPRESSIONS)
    }
    if len(trees) > 1 and None not in trees:
        raise ValueError(f"path must hold one data set; {source} holds {sorted(trees)}.")
    tree = trees.get(None) or next(iter(trees.values()), {})
    for match in tree.values():
        if match["label"] not in EXPRESSIONS:
            raise ValueError(
                f"{source}: {match['id']} must be in a folder named after one of {EXPRESSIONS}; "
                f"got {match['label']!r}."
            )
    return tree


def _read_tree(tree, source, open_member, wanted):
    rows = []
    for name, match in tree.items():
        prefix = match["file"].split("_")[0]
        usage = prefix if prefix in USAGES else _FOLDER_USAGE[match["split"]]
        if (usage, match["label"]) in wanted:
            with open_member(name) as file:
                data = io.BytesIO(file.read())
            image = read_image(data, grey=True, name=source / name)
            if image.shape != (SIDE, SIDE):
                height, width = image.shape
                raise ImageReadError(
                    f"{source / name}: must be of 48x48 pixels; got {height}x{width}."
                )
            rows.append((usage, match["label"], match["id"], image))
    return sorted(rows, key=lambda row: row[2])


def _known_table(names):
    for csv_name in _CSV_NAMES:
        for name in names:
            if re.fullmatch(rf"([^/]+/)?{re.escape(csv_name)}", name):
                return name
    return None


def _read_csv(text, name, wanted):
    """Yield the wanted rows of an open CSV; errors call it by its name."""
    lines = csv.reader(text)
    try:
        header = [column.strip().lower() for column in next(lines, [])]
        if not set(_CSV_COLUMNS) <= set(header):
            raise ValueError(
                f"{name}: the first line must name the columns emotion, pixels and Usage; got "
                f"{header}."
            )
        columns = [header.index(column) for column in _CSV_COLUMNS]
        for number, cells in enumerate(filter(None, lines), start=1):
            padded = cells + [""] * (len(header) - len(cells))
            emotion, pixels, usage = (padded[column].strip() for column in columns)
            if not emotion.isdecimal() or int(emotion) >= len(EXPRESSIONS) or usage not in USAGES:
                raise ValueError(
                    f"{name}: row {number} must hold an emotion in 0..6 and a Usage of {USAGES}; "
                    f"got {emotion!r} and {usage!r}, and {len(pixels.split())} pixels."
                )
            label = EXPRESSIONS[int(emotion)]
            if (usage, label) in wanted:
                image = _parse_pixels(pixels, f"{name}: row {number}")
                yield usage, label, f"row {number}", image
    except (csv.Error, UnicodeDecodeError) as error:
        raise ValueError(f"{name}: not a CSV file that can be read ({error}).") from error


def _parse_pixels(text, place):
    cells = text.split()
    if len(cells) != SIDE * SIDE:
        raise ValueError(f"{place} must hold {SIDE * SIDE} pixels; got {len(cells)}.")
    try:
        values = bytes(map(int, cells))
    except ValueError as error:
        raise ValueError(f"{place} must hold pixels in 0..255 ({error}).") from error
    return np.frombuffer(values, dtype=np.uint8).reshape(SIDE, SIDE)
