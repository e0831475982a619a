"""Read the models, data sets and photos of the command line, and check its output files."""

import os
import warnings

from .._utils.files import check_output
from ._keras import start_keras
from ._terminal import status, tell, user_path

_MAX_LISTED = 5  # skipped files that are listed by name


def find_photos(paths):
    """List photos, with those in folders and their subfolders.

    Parameters
    ----------
    paths : list of Path
        Files, which are returned whether they exist or not, and folders, which are searched for
        files with the suffix of an image format. Links are followed; hidden files are skipped.

    Returns
    -------
    photos : list of str
    problems : list of str
        Messages about folders without images and folders that cannot be read.
    """
    from ..datasets._file_paths import walk
    from ..datasets._sources import is_image_name

    photos, problems = [], []
    for path in map(user_path, paths):
        if not os.path.isdir(path):
            photos.append(str(path))
            continue
        try:
            names, left_out = walk(path)
        except ValueError as error:
            problems.append(str(error))
            continue
        problems += [f"{path / name}: {reason}" for name, _, reason in left_out]
        found = sorted(filter(is_image_name, names), key=_files_first)
        if not found and not left_out:
            problems.append(f"{path}: the folder holds no images.")
        photos += [str(path / name) for name in found]
    return photos, problems


def _files_first(name):
    """Return a key that sorts the files of a folder before its subfolders."""
    *folders, file = name.split("/")
    return [(1, folder) for folder in folders] + [(0, file)]


def model_file(model):
    """Return the path of a model file or shipped model; None means the shipped model fast."""
    from ..persistence._model_file import model_path

    try:
        return model_path("fast" if model is None else model)
    except ValueError:
        raise FileNotFoundError(
            f"{model}: no such file, and fertools ships no model of this name."
        ) from None


def load_model(model, quiet):
    """Load a model file or shipped model; see `model_file`.

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


def load_recognizer(model, quiet, **options):
    """Load a model file or shipped model, and return an ExpressionRecognizer with its priors."""
    from ..recognizer import ExpressionRecognizer
    from ..recognizer._priors import priors_of_file

    estimator, _ = load_model(model, quiet)
    return ExpressionRecognizer(estimator, priors=priors_of_file(model_file(model)), **options)


def read_data(path, quiet, *, report_skipped=True):
    """Load a data set; skipped images are reported in one line each, not in a warning."""
    from ..datasets import load_dataset
    from ..exceptions import ImageRescaledWarning

    path = user_path(path)
    if not os.path.exists(path):
        raise FileNotFoundError(f"{path}: no such file or folder.")
    with status("Reading the images ...", quiet), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("ignore" if quiet else "default", ImageRescaledWarning)
        # The loaders expand a leading ~; the path of a file that starts with ~ is made absolute.
        bunch = load_dataset(path.absolute() if str(path).startswith("~") else path)
    if report_skipped:
        skipped = bunch.report[bunch.report["status"] != "foreign"]
        for file, _, reason in skipped.head(_MAX_LISTED).itertuples(index=False):
            tell(f"Skipped {file}: {reason}")
        if len(skipped) > _MAX_LISTED:
            tell(f"Skipped {len(skipped) - _MAX_LISTED:,} more files; see: fertools audit {path}")
    return bunch


def square_images(images, size, *, enlarges=False):
    """Resize images to squares of one size.

    Parameters
    ----------
    images : ndarray of shape (n, h, w), uint8, or (n,), object
    size : int or None
        Side in pixels; None leaves square images of one size as they are.
    enlarges : bool, default=False
        Leave square images of one size as they are, because the method enlarges them itself.

    Returns
    -------
    ndarray of shape (n, side, side), uint8

    Raises
    ------
    ValueError
        If `size` is None and the images are not square or differ in size.
    """
    from ..datasets._resizing import resize_images

    shape = images.shape[1:]
    is_square = len(set(shape)) == 1
    if size is None and not is_square:
        got = f"{shape[0]}x{shape[1]} pixels" if shape else "several sizes"
        raise ValueError(
            f"--size is required for images that are not square or differ in size; got {got}."
        )
    if size is None or (is_square and enlarges):
        return images
    return resize_images(images, (size, size))


def output_file(option, path):
    """Return the path of an output file, after checking that it can be written."""
    path = user_path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{option}: no such folder: {path.parent}.")
    check_output(path)
    return path
