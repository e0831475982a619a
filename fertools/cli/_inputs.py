"""The models and the images that commands work on."""

import warnings

from ._keras import start_keras
from ._terminal import status, tell

_TOLD = 5  # files left out that are named


def model_file(model):
    """Return the file that an option stands for: a path, the name of a shipped model, or None."""
    from ..persistence import pretrained_path

    if model is None:
        return pretrained_path()
    return model if model.suffix or model.exists() else pretrained_path(str(model))


def load_model(model, quiet):
    """Load the model that an option stands for.

    Returns
    -------
    estimator : BaseEstimator
    about : dict
        What the file tells about it.
    """
    from ..persistence import read_model

    def prepare(about):
        if about.get("network"):
            start_keras(quiet)

    return read_model(model_file(model), prepare)


def read_data(path, quiet, *, tell_lost=True):
    """Load a data set; what was left out is told in lines, not in a warning."""
    from ..datasets import load_dataset

    with status("Reading the images ...", quiet), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        bunch = load_dataset(path)
    if tell_lost:
        lost = bunch.report[bunch.report["status"] != "foreign"]
        for file, _, reason in lost.head(_TOLD).itertuples(index=False):
            tell(f"Left out {file}: {reason}")
        if len(lost) > _TOLD:
            tell(f"Left out {len(lost) - _TOLD:,} more; see: fertools audit {path}")
    return bunch


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

    from .._images import resize

    if images.shape[1:] == shape:
        return images
    return np.stack([resize(image, shape) for image in images])
