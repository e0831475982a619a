"""FER-2013, in each of the layouts in which it is handed around."""

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
# Names of the downloads; a folder is searched for them in this order.
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
image search, 48 x 48 gray pixels, cropped by a detector, labeled with one of seven expressions.
35,887 images: 28,709 Training, 3,589 PublicTest, 3,589 PrivateTest. 1,853 of them are exact
duplicates of another one, some with a different label, also across splits: see
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
    """Load FER-2013 from the files that users have; nothing is downloaded or unpacked to disk.

    Parameters
    ----------
    path : str, path-like or None, default=None
        Path of the data; None means the environment variable ``FERTOOLS_DATA`` and, where that
        is not set, ``~/fertools_data``. One of

        - images, as a folder, zip or tar: ``train/<class>/<file>`` and ``test/<class>/<file>``,
          possibly in one enclosing folder. The file name starts with the split
          (``Training_``, ``PublicTest_``, ``PrivateTest_``); a file with another name belongs to
          Training under ``train`` and to PublicTest under ``test``. The class folders may be in
          upper or lower case;
        - ``fer2013.csv`` or ``icml_face_data.csv`` (columns emotion, pixels and Usage in any
          order), plain under any name, or under these names in a folder, zip or tar. Without the
          column Usage, as in the ``train.csv`` of Kaggle's competition, all rows are Training;
        - a folder with one of the archives under the name it is downloaded with.

        If there are images and a CSV file, the images are used.
    usage : str, list of str or None, default=None
        The splits to load, out of "Training", "PublicTest" and "PrivateTest"; None means all.
    classes : list of str or None, default=None
        The classes to load; None means the seven of FER-2013 in its order.
    n_samples : int or None, default=None
        Number of images to draw at random out of those asked for, with the proportions of splits
        and classes kept; the others are not decoded. Those drawn that turn out to be damaged are
        missing from the result. None means all.
    random_state : int, RandomState instance or None, default=None
        Random seed of `n_samples`.
    progress : bool, default=False
        Show a progress bar.

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

        The images are sorted by split, class (FER order), and file name or row number. The first
        thousands of them therefore all belong to one class: use `n_samples` for a small subset,
        not a slice, and shuffle before splitting.

    Raises
    ------
    FileNotFoundError
        When there is nothing at `path`, or nothing of the above in it.
    ValueError
        When a parameter is wrong, when no image is left, when an archive is damaged, encrypted or
        exceeds a limit, or when a CSV lacks a column, is no CSV, or holds images with an emotion
        beyond 6, and so more classes than FER-2013; `load_frame` loads those.

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
    read = partial(_read, path, {(u, c) for u in wanted_usages for c in target_names})
    drawn = None if n_samples is None else _draw(read()[0], n_samples, random_state)
    rows, left_out = read(drawn, images=True, progress=progress)
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
    return given_path(path, origin=f" ({origin})")


def _draw(rows, n_samples, random_state):
    """Return the identifiers of a random part of the rows, stratified by split and class."""
    if n_samples > len(rows):
        raise ValueError(
            f"n_samples must be at most {len(rows)}, the number of images asked for; got "
            f"{n_samples}."
        )
    ids = [row["id"] for row in rows]
    strata = [f"{row['usage']} {row['label']}" for row in rows]
    drawn = resample(
        ids, replace=False, n_samples=n_samples, stratify=strata, random_state=random_state
    )
    return set(drawn)


def _read(path, wanted, drawn=None, *, images=False, progress=False):
    """Return the rows of the wanted (usage, label), and what is left out, in order.

    Parameters
    ----------
    path : Path
    wanted : set of (str, str)
    drawn : set of str or None, default=None
        The identifiers of the rows to return; None means all.
    images : bool, default=False
        Decode the images; otherwise, rows have none, and are not checked for damage.
    progress : bool, default=False
        Show a progress bar.
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
        f"path must hold train/<class>/ and test/<class>/ with images, or one of {_CSV_NAMES}, "
        f"or, where it is a folder, one of {ARCHIVE_NAMES}; {path} holds none of them."
    )


def _is_drawn(identifier, drawn):
    return drawn is None or identifier in drawn


def _image_tree(names, source):
    """Return those of `names` in train/ and test/ of the only tree with images."""
    places = {name: match for name in names if (match := _BELOW_SPLIT.fullmatch(name))}
    # Other data sets with other classes may be in the same folder.
    roots = {
        match["root"]
        for name, match in places.items()
        if is_image_name(name) and class_key(match["rest"].split("/")[0]) in EXPRESSIONS
    }
    if len(roots) > 1 and None not in roots:
        raise ValueError(f"path must hold one data set; {source} holds {sorted(roots)}.")
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


def _read_row(table, wanted, drawn, images, item):
    """Return the row of a data set, or None where it is not wanted; raises `LeftOut`."""
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
    told = {"id": row, "usage": usage, "label": label}
    return {**told, "image": parse_pixels(pixels, SIDE)} if images else told


def _refuse_more_classes(table, row, emotion, pixels):
    """Raise a ValueError where a sound image has a class that FER-2013 does not have."""
    if not are_numbers([emotion]):
        return
    try:
        parse_pixels(pixels, SIDE)
    except LeftOut:
        return
    raise ValueError(
        f"{table}: the emotion must be in 0..6, the classes of FER-2013; {row} has {emotion}. "
        "Load a table with other classes by load_frame(path, classes=[...]), with the names of "
        "its classes in the order of their numbers."
    )
