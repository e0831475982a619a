"""Loader of data sets with one folder per class."""

import re
from numbers import Integral
from pathlib import PurePosixPath

from sklearn.utils._param_validation import Interval, validate_params

from .._utils.images import resize
from ._bunch import bunch_of_rows
from ._classes import describe_numbers, name_classes
from ._limits import LeftOut
from ._sources import is_image_name, open_source, read_files

# Names of the folders of splits, in any case, optionally with "_set", "_data" or "_images".
_SPLITS = {
    "Training": ("train", "training"),
    "Validation": ("val", "valid", "validation", "dev"),
    "Test": ("test", "testing"),
    "PublicTest": ("publictest",),
    "PrivateTest": ("privatetest",),
}
_USAGE = {name: usage for usage, names in _SPLITS.items() for name in names}


def usage_of(folder):
    """Return the split that a folder is named after, or None."""
    return _USAGE.get(re.sub(r"[ _-]?(set|data|images)$", "", folder.casefold()))


@validate_params(
    {
        "path": "no_validation",
        "size": [Interval(Integral, 1, None, closed="left"), None],
        "color": ["boolean"],
        "classes": ["array-like", str, dict, None],
    },
    prefer_skip_nested_validation=True,
)
def load_image_folder(path, *, size=None, color=False, classes=None):
    """Load images from a folder with one subfolder per class.

    Parameters
    ----------
    path : str or path-like
        Folder, zip or tar archive. The class of an image is the name of its folder, which must
        not contain other folders of images. A folder above it may be named after a split: train,
        training, val, valid, validation, dev, test, testing, PublicTest or PrivateTest, in any
        case, with or without "_set", "_data" or "_images". Folders whose names differ only in
        case are one class, with the name that comes first in sorted order.
    size : int or None, default=None
        Height and width to which images are resized, without preserving their proportions. None
        keeps their sizes.
    color : bool, default=False
        Whether to load RGB images instead of gray ones.
    classes : str, list of str, dict of int to str or None, default=None
        Classes to load, in order; None means all, sorted. Images of other classes are neither read
        nor reported. If all folder names are numbers (0 to 6, 1 to 7): the classes of the numbers,
        as in `load_frame`.

    Returns
    -------
    Bunch
        Data set with the keys

        - images : ndarray of shape (n, h, w), or (n, h, w, 3) with `color`, uint8; if the sizes
          differ, of shape (n,), object, with one array per image
        - target : ndarray of shape (n,), int; indices into `target_names`
        - target_names : list of str; names of the folders, or `classes`
        - labels : ndarray of shape (n,), str; the name of each target
        - class_numbers : dict of int to str; class of each number, only if folder names are
          numbers and `classes` is given
        - usage : ndarray of shape (n,), str; "Training", "Validation", "Test", "PublicTest",
          "PrivateTest", or "" for images without a split; only if there are folders of splits
        - ids : ndarray of shape (n,), str; sorted file names
        - sha256 : str; hash of pixels, labels and splits
        - report : DataFrame; files that were left out
        - DESCR : str

    Raises
    ------
    FileNotFoundError
        If `path` does not exist.
    ValueError
        If a parameter is invalid, if the numbers of folders could start from 0 or from 1, if the
        archive is damaged, encrypted or exceeds a limit, or if no image is left.

    Warns
    -----
    UserWarning
        If images were left out; they are listed in `report`.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from PIL import Image
    >>> from fertools.datasets import load_image_folder, make_faces
    >>> faces = make_faces(7, random_state=0)
    >>> with TemporaryDirectory() as folder:
    ...     for image, label in zip(faces.images, faces.labels):
    ...         file = Path(folder, "train", label, "1.png")
    ...         file.parent.mkdir(parents=True)
    ...         Image.fromarray(image).save(file)
    ...     data = load_image_folder(folder, size=32, classes=["sad", "happy"])
    >>> data.images.shape, data.labels.tolist(), data.usage.tolist()
    ((2, 32, 32), ['happy', 'sad'], ['Training', 'Training'])
    """
    with open_source(path) as source:
        folders = {PurePosixPath(name).parent for name in source.names if is_image_name(name)}
        folders -= {above for folder in folders for above in folder.parents}
        folders = {folder for folder in folders if folder.name and not usage_of(folder.name)}
        found = name_classes({folder.name for folder in folders}, classes)
        rows, left_out = read_files(
            source,
            lambda name: _place(PurePosixPath(name).parent, folders, found),
            color=color,
            prepare=None if size is None else lambda image: resize(image, (size, size)),
        )
    if not any(row["usage"] for row in rows):
        for row in rows:
            del row["usage"]
    descr = f"{len(rows)} images of {path}, with one folder per class.\n"
    numbers = {}
    if found.numbers is not None:
        descr += describe_numbers(found.numbers)
        numbers["class_numbers"] = found.numbers
    return bunch_of_rows(path, rows, left_out, found.target_names, descr, **numbers)


def _place(folder, class_folders, found):
    """Return the class and split of the folder of an image, or None if it is not requested."""
    if folder not in class_folders:
        raise LeftOut(
            "unknown_class",
            "An image must be in a folder named after its class, with no folders of images in it.",
        )
    label = found.names[folder.name]
    if label is None:
        raise LeftOut("unknown_class", f"No class has the number {folder.name}.")
    if label not in found.target_names:
        return None
    usages = [usage for above in folder.parts[:-1] if (usage := usage_of(above))]
    return {"label": label, "usage": usages[-1] if usages else ""}
