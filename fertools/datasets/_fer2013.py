"""Loader of FER-2013, in all of its common layouts."""

import os
import re
from functools import partial
from numbers import Integral

from sklearn.utils import resample
from sklearn.utils._param_validation import Interval, validate_params

from ._bunch import EXPRESSIONS, USAGES, bunch_of_rows, choose
from ._classes import are_numbers, class_key
from ._file_paths import given_path
from ._limits import LeftOut
from ._sources import is_image_name, lost_files, open_source, parse_pixels, read_files, sift
from ._tables import open_table

SIDE = 48
ENVIRONMENT = "FERTOOLS_DATA"
_FOLDER_USAGE = {"train": "Training", "test": "PublicTest"}
# One enclosing folder, or none.
_BELOW_SPLIT = re.compile(r"(?:(?P<root>[^/]+)/)?(?P<id>(?P<split>train|test)/(?P<rest>.+))")
_EMOTIONS = {str(number): name for number, name in enumerate(EXPRESSIONS)}
COLUMNS = ("emotion", "pixels", "usage")
_CSV_NAMES = ("fer2013.csv", "icml_face_data.csv")
# File names of downloads, in the order in which a folder is searched for them.
ARCHIVE_NAMES = (
    "fer2013.zip",
    "archive.zip",
    "fer2013.tar.gz",
    "fer2013.csv.zip",
    "icml_face_data.csv.zip",
    "challenges-in-representation-learning-facial-expression-recognition-challenge.zip",
)
_DESCR = """\
FER-2013, the data of the facial expression recognition challenge of ICML 2013: faces from an image
search, cropped by a detector, 48 x 48 gray pixels, labeled with one of seven expressions. Of the
35,887 images, 28,709 are in Training, 3,589 in PublicTest and 3,589 in PrivateTest. 1,853 images
are exact duplicates of another image, some of them with a different label or in another split; see
fertools.evaluation.evaluate_published.

I. Goodfellow et al., "Challenges in representation learning: a report on three machine learning
contests", ICONIP 2013, LNCS 8228, pp. 117-124, doi:10.1007/978-3-642-42051-1_16.
"""


@validate_params(
    {
        "path": "no_validation",
        "usage": "no_validation",
        "classes": "no_validation",
        "n_samples": [Interval(Integral, 1, None, closed="left"), None],
        "random_state": ["random_state"],
        "progress": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def load_fer2013(
    path=None, *, usage=None, classes=None, n_samples=None, random_state=None, progress=False
):
    """Load FER-2013 from a downloaded copy; nothing is downloaded or unpacked to disk.

    Parameters
    ----------
    path : str, path-like or None, default=None
        Path of the data. None means the path in the environment variable ``FERTOOLS_DATA`` or, if
        it is not set, ``~/fertools_data``. One of

        - images in a folder, zip or tar archive: ``train/<class>/<file>`` and
          ``test/<class>/<file>``, optionally in one enclosing folder. File names start with the
          split (``Training_``, ``PublicTest_``, ``PrivateTest_``); other files belong to Training
          in ``train`` and to PublicTest in ``test``. Class folders may be in upper or lower case;
        - a CSV file of any name, or ``fer2013.csv`` or ``icml_face_data.csv`` in a folder, zip or
          tar archive, with the columns emotion, pixels and Usage in any order. Without the column
          Usage, as in ``train.csv`` of the Kaggle competition, all rows belong to Training;
        - a folder that contains one of the downloadable archives, with its original name.

        If there are images and a CSV file, the images are loaded.
    usage : str, list of str or None, default=None
        Splits to load, from "Training", "PublicTest" and "PrivateTest"; None means all.
    classes : list of str or None, default=None
        Classes to load; None means the seven classes of FER-2013, in their order.
    n_samples : int or None, default=None
        Number of images to draw at random from the requested ones, with the same proportions of
        splits and classes. Other images are not decoded. Damaged images are left out and not
        replaced by others. None means all images.
    random_state : int, RandomState instance or None, default=None
        Random seed of `n_samples`.
    progress : bool, default=False
        Whether to show a progress bar.

    Returns
    -------
    Bunch
        Data set with the keys

        - images : ndarray of shape (n, 48, 48), uint8
        - target : ndarray of shape (n,), int; indices into `target_names`
        - target_names : list of str; `classes`, or angry, disgust, fear, happy, sad, surprise,
          neutral
        - labels : ndarray of shape (n,), str; the name of each target
        - usage : ndarray of shape (n,), str
        - ids : ndarray of shape (n,), str; "train/angry/Training_3908.jpg", or "row 17" of a CSV
          file, counted from 1 below the header
        - sha256 : str; hash of pixels, labels and splits, which does not depend on file layout and
          names
        - report : DataFrame; files in ``train`` and ``test``, or rows of a CSV file, that were
          left out
        - DESCR : str

        Images are sorted by split, class (in the order of FER-2013), and file name or row number.
        The first thousands therefore belong to one class: use `n_samples` for a small subset
        instead of slicing, and shuffle before splitting.

    Raises
    ------
    FileNotFoundError
        If `path` does not exist or does not contain FER-2013.
    ValueError
        If a parameter is invalid, if no image is left, if an archive is damaged, encrypted or
        exceeds a limit, or if a CSV file is invalid, lacks a column, or contains images with an
        emotion above 6, which FER-2013 does not have; use `load_frame` for such files.

    Warns
    -----
    UserWarning
        If images cannot be decoded, do not have 48 x 48 pixels, or have no class of FER-2013. They
        are left out and listed in `report`.

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
    read = partial(_read, path, {(u, c) for u in wanted_usages for c in target_names})
    drawn = None if n_samples is None else _draw(read()[0], n_samples, random_state)
    rows, left_out = read(drawn, images=True, progress=progress)
    # The sort is stable: file names or row numbers remain sorted within a split and class.
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
    return given_path(path, origin=f" ({origin})")


def _draw(rows, n_samples, random_state):
    """Return the identifiers of a random subset of the samples, stratified by split and class."""
    if n_samples > len(rows):
        raise ValueError(
            f"n_samples must be at most {len(rows)}, the number of requested images; got "
            f"{n_samples}."
        )
    ids = [row["id"] for row in rows]
    strata = [f"{row['usage']} {row['label']}" for row in rows]
    drawn = resample(
        ids, replace=False, n_samples=n_samples, stratify=strata, random_state=random_state
    )
    return set(drawn)


def _read(path, wanted, drawn=None, *, images=False, progress=False):
    """Return the requested samples and the files that were left out, in order.

    Parameters
    ----------
    path : Path
    wanted : set of (str, str)
        Requested pairs of usage and label.
    drawn : set of str or None, default=None
        Identifiers of the samples to return; None means all.
    images : bool, default=False
        Whether to decode the images; otherwise, they are not checked for damage.
    progress : bool, default=False
        Whether to show a progress bar.
    """
    archives = [path / name for name in ARCHIVE_NAMES if (path / name).is_file()]
    for place in [path, *archives]:
        with open_source(place) as source:
            tree = _image_tree(source.names, place)
            plain = place.suffix.lower() == ".csv"
            table = source.names[0] if plain else known_table(source.names)

            def choose_file(name):
                row = _place(name, wanted)
                return None if row is None or not _is_drawn(row["id"], drawn) else row

            if tree and images:
                return read_files(
                    source, choose_file, names=tree, prepare=_check_size, progress=progress
                )
            if tree:
                items = ((name, name) for name in tree if is_image_name(name))
                rows, left_out = sift(items, choose_file)
                return sorted(rows, key=lambda row: row["id"]), left_out
            if table:
                name = place if plain else place / table
                with open_table(partial(source.open, table), name, COLUMNS, ("usage",)) as lines:
                    items = ((row, (row, cells)) for row, cells in lines)
                    read_row = partial(_read_row, name, wanted, drawn, images)
                    rows, left_out = sift(items, read_row, progress=progress)
                return rows, left_out + lost_files(source)
    raise FileNotFoundError(
        f"path must contain train/<class>/ and test/<class>/ with images, or one of {_CSV_NAMES}, "
        f"or, if it is a folder, one of {ARCHIVE_NAMES}; {path} contains none of them."
    )


def _is_drawn(identifier, drawn):
    return drawn is None or identifier in drawn


def _image_tree(names, source):
    """Return the `names` in train/ and test/ of the only tree with images."""
    places = {name: match for name in names if (match := _BELOW_SPLIT.fullmatch(name))}
    # The folder may contain other data sets with other classes.
    roots = {
        match["root"]
        for name, match in places.items()
        if is_image_name(name) and class_key(match["rest"].split("/")[0]) in EXPRESSIONS
    }
    if len(roots) > 1 and None not in roots:
        raise ValueError(f"path must contain one data set; {source} contains {sorted(roots)}.")
    if not roots:
        return []
    root = None if None in roots else roots.pop()
    return [name for name, match in places.items() if match["root"] == root]


def _place(name, wanted):
    """Return the split and label in the name of an image, or None if it is not requested."""
    _, identifier, split, rest = _BELOW_SPLIT.fullmatch(name).groups()
    folder, _, file = rest.rpartition("/")
    label = class_key(folder)
    if label not in EXPRESSIONS:
        raise LeftOut(
            "unknown_class",
            f"An image must be in {split}/<class>/, with a class from {', '.join(EXPRESSIONS)}.",
        )
    prefix = file.split("_")[0]
    usage = prefix if prefix in USAGES else _FOLDER_USAGE[split]
    return {"usage": usage, "label": label, "id": identifier} if (usage, label) in wanted else None


def _check_size(image):
    if image.shape != (SIDE, SIDE):
        height, width = image.shape
        raise LeftOut("wrong_size", f"An image must have 48x48 pixels; got {height}x{width}.")
    return image


def known_table(names):
    """Return the FER-2013 CSV among `names`, or None."""
    for csv_name in _CSV_NAMES:
        for name in names:
            if re.fullmatch(rf"([^/]+/)?{re.escape(csv_name)}", name):
                return name
    return None


def _read_row(table, wanted, drawn, images, item):
    """Return the sample in a row of a table, or None if it is not requested; raises `LeftOut`."""
    row, (emotion, pixels, usage) = item
    usage = "Training" if usage is None else usage
    label = _EMOTIONS.get(emotion)
    if label is None:
        _refuse_more_classes(table, row, emotion, pixels)
        raise LeftOut("unknown_class", f"The emotion must be in 0..6; got {emotion!r}.")
    if usage not in USAGES:
        raise LeftOut("unknown_name", f"Usage must be one of {', '.join(USAGES)}; got {usage!r}.")
    if (usage, label) not in wanted or not _is_drawn(row, drawn):
        return None
    sample = {"id": row, "usage": usage, "label": label}
    return {**sample, "image": parse_pixels(pixels, SIDE)} if images else sample


def _refuse_more_classes(table, row, emotion, pixels):
    """Raise a ValueError if a valid image has a class that FER-2013 does not have."""
    if not are_numbers([emotion]):
        return
    try:
        parse_pixels(pixels, SIDE)
    except LeftOut:
        return
    raise ValueError(
        f"{table}: the emotion must be in 0..6, the classes of FER-2013; {row} has {emotion}. "
        "Load tables with other classes with load_frame(path, classes=[...]), where classes lists "
        "the names of the classes in the order of their numbers."
    )
