"""Any data set that has a folder for each class."""

import re
from numbers import Integral
from pathlib import PurePosixPath

from sklearn.utils._param_validation import Interval, validate_params

from .._images import resize
from ._bunch import bunch_of_rows, choose
from ._sources import LeftOut, is_image_name, open_source, read_files

# What the folders of the splits are called, in any case; "_set", "_data" or "_images" may follow.
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
        "colour": ["boolean"],
        "classes": ["array-like", str, None],
    },
    prefer_skip_nested_validation=True,
)
def load_image_folder(path, *, size=None, colour=False, classes=None):
    """Load images that stand in a folder for each class.

    Parameters
    ----------
    path : str or path-like
        A folder, zip or tar. The folder that holds an image names its class; a folder that holds
        further folders of images is no class. A folder above may be named after a split: train,
        training, val, valid, validation, dev, test, testing, PublicTest or PrivateTest, in any
        case and with or without "_set", "_data" or "_images".
    size : int or None, default=None
        Height and width that all images are brought to, whatever their proportions; None keeps
        the size of each.
    colour : bool, default=False
        Keep RGB in place of grey.
    classes : str, list of str or None, default=None
        The classes to load, in their order; None means all, sorted. Images of others are neither
        read nor reported.

    Returns
    -------
    Bunch
        With

        - images : ndarray of shape (n, h, w), or (n, h, w, 3) with `colour`, uint8; where the
          sizes differ, of shape (n,), object, with an array for each image
        - target : ndarray of shape (n,), int; indices into `target_names`
        - target_names : list of str; the names of the folders, or `classes`
        - labels : ndarray of shape (n,), str; the name of each target
        - usage : ndarray of shape (n,), str; "Training", "Validation", "Test", "PublicTest",
          "PrivateTest", or "" where no folder tells; only where one does
        - ids : ndarray of shape (n,), str; the names of the files, sorted
        - sha256 : str; a fingerprint of pixels, labels and splits
        - report : DataFrame; the cleaning report
        - DESCR : str

    Raises
    ------
    FileNotFoundError
        When there is nothing at `path`.
    ValueError
        When a parameter is wrong, the archive is damaged, or no image is left.

    Warns
    -----
    UserWarning
        When images were left out; they are listed in `report`.

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
    with open_source(path) as (names, open_member):
        folders = {PurePosixPath(name).parent for name in names if is_image_name(name)}
        folders -= {above for folder in folders for above in folder.parents}
        folders = {folder for folder in folders if folder.name and not usage_of(folder.name)}
        target_names = choose("classes", classes, sorted({folder.name for folder in folders}))
        rows, left_out = read_files(
            names,
            open_member,
            lambda name: _place(PurePosixPath(name).parent, folders, target_names),
            colour=colour,
            prepare=None if size is None else lambda image: resize(image, (size, size)),
        )
    if not any(row["usage"] for row in rows):
        for row in rows:
            del row["usage"]
    descr = f"{len(rows)} images of {path}, a folder for each class.\n"
    return bunch_of_rows(path, rows, left_out, target_names, descr)


def _place(folder, class_folders, target_names):
    """Return what the folder of an image tells, or None where it is not wanted."""
    if folder not in class_folders:
        raise LeftOut(
            "unknown_class",
            "An image must be in a folder named after its class, with no folders of images in it.",
        )
    if folder.name not in target_names:
        return None
    usages = [usage for above in folder.parts[:-1] if (usage := usage_of(above))]
    return {"label": folder.name, "usage": usages[-1] if usages else ""}
