"""Models, images and files that the commands read or write."""

import os
import warnings

from .._utils.files import check_output
from ._keras import start_keras
from ._terminal import status, tell, user_path

_TOLD = 5  # files left out that are named


def find_photos(paths):
    """Replace folders by the images in them.

    Parameters
    ----------
    paths : list of Path
        Files stay in the list, whether they exist or not. Folders are searched with their
        subfolders for files with the suffixes of images; hidden files are left out.

    Returns
    -------
    photos : list of str
    problems : list of str
        Folders without images and folders that cannot be read.
    """
    from ..datasets._sources import is_image_name

    photos, problems = [], []

    def add(error):
        problems.append(f"{error.filename}: the folder cannot be read ({error.strerror}).")

    for path in map(user_path, paths):
        if not os.path.isdir(path):
            photos.append(str(path))
            continue
        n_problems, found = len(problems), []
        for folder, subfolders, names in os.walk(path, onerror=add):
            subfolders[:] = sorted(name for name in subfolders if is_image_name(f"{name}/x.png"))
            found += [os.path.join(folder, name) for name in sorted(names) if is_image_name(name)]
        if not found and len(problems) == n_problems:
            problems.append(f"{path}: the folder holds no images.")
        photos += found
    return photos, problems


def model_file(model):
    """Return the model file of an option: a path or the name of a shipped model; None is fast."""
    from ..persistence._model_file import pretrained_path

    if model is None:
        return pretrained_path()
    path = user_path(model)
    if os.path.exists(path):
        return path
    if path.suffix:
        raise FileNotFoundError(f"{model}: there is no such file.")
    try:
        return pretrained_path(str(model))
    except ValueError:
        raise FileNotFoundError(
            f"{model}: there is no such file, and no model of this name is shipped with fertools."
        ) from None


def load_model(model, quiet):
    """Load the model of an option; see `model_file`.

    Returns
    -------
    estimator : BaseEstimator
    about : dict
        Metadata of the file.
    """
    from ..persistence._model_file import read_model

    def prepare(about):
        if about.get("network"):
            start_keras(quiet)

    return read_model(model_file(model), prepare)


def read_data(path, quiet, *, tell_lost=True):
    """Load a data set; images that were left out are reported in lines, not in a warning."""
    from ..datasets import load_dataset

    path = user_path(path)
    if not os.path.exists(path):
        raise FileNotFoundError(f"{path}: there is no such file or folder.")
    with status("Reading the images ...", quiet), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        # An absolute path cannot be taken for that of a user's home directory.
        bunch = load_dataset(path.absolute() if str(path).startswith("~") else path)
    if tell_lost:
        lost = bunch.report[bunch.report["status"] != "foreign"]
        for file, _, reason in lost.head(_TOLD).itertuples(index=False):
            tell(f"Left out {file}: {reason}")
        if len(lost) > _TOLD:
            tell(f"Left out {len(lost) - _TOLD:,} more; see: fertools audit {path}")
    return bunch


def has_splits(bunch):
    """Return whether a data set has images in other splits than Training."""
    return not set(bunch.get("usage", ())) <= {"Training"}


def bring_to(images, shape):
    """Resize images, where they have another shape or many.

    Parameters
    ----------
    images : ndarray of shape (n, h, w), uint8, or (n,), object
    shape : tuple of two int
        Height and width.

    Returns
    -------
    ndarray of shape (n, *shape), uint8
    """
    import numpy as np

    from .._utils.images import resize

    if images.shape[1:] == shape:
        return images
    # At once, so that sizes for which the memory is too small are refused at once.
    resized = np.empty((len(images), *shape), dtype=np.uint8)
    for row, image in enumerate(images):
        resized[row] = resize(image, shape)
    return resized


def output_file(option, path):
    """Return the file that an option asks for, after checking that it can be written."""
    path = user_path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{option}: there is no folder {path.parent}.")
    check_output(path)
    return path
