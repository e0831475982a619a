"""Many images, each with a result of its own: what fails is a row and not an end."""

import os
from dataclasses import dataclass, field

from joblib import Parallel, delayed
from tqdm import tqdm

from .._images import read_image, to_uint8
from .._parallel import one_blas_thread
from ..exceptions import ImageReadError


@dataclass(frozen=True)
class DetectionResult:
    """What was found in one input of a batch.

    Attributes
    ----------
    source : str
        The path, or "array 3" for the fourth input.
    status : {"ok", "no_face", "missing", "unreadable", "too_large", "invalid"}
        "invalid" is an array that is no image.
    reason : str
        Why there is no face; empty where `status` is "ok".
    faces : list of Detection
        Largest first.
    """

    source: str
    status: str
    reason: str = ""
    faces: list = field(default_factory=list)


def load_grey(image):
    """Return the grey uint8 pixels of an array or, turned upright, of a file.

    Parameters
    ----------
    image : ndarray of shape (h, w), (h, w, 3) or (h, w, 4), or path
        uint8, or floats in 0..1; colours are RGB.

    Returns
    -------
    ndarray of shape (h, w), uint8

    Raises
    ------
    ImageReadError
        Where a file cannot be read.
    ValueError
        Where an array is no image.
    """
    return to_uint8(read_image(image) if _is_path(image) else image)


def each_image(find, inputs, result=DetectionResult, *, n_jobs=None, progress=False):
    """Look for faces in many images; whatever one of them is, the others are not lost.

    Parameters
    ----------
    find : callable
        Takes a path or an array and returns a list of faces.
    inputs : iterable of paths or arrays
    result : class, default=DetectionResult
        What the rows are; made of `source`, `status`, `reason` and `faces`.
    n_jobs : int or None, default=None
        Threads over inputs.
    progress : bool, default=False
        Show a progress bar on standard error.

    Returns
    -------
    list of result
        One an input, in their order.

    Raises
    ------
    ValueError
        Where `inputs` is a single path.
    """
    if _is_path(inputs):
        raise ValueError(f"inputs must be a list of paths or arrays; got {inputs!r} alone.")
    inputs = list(inputs)
    tasks = (delayed(_result)(find, result, index, item) for index, item in enumerate(inputs))
    with one_blas_thread():
        results = Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")(tasks)
        return list(tqdm(results, total=len(inputs), unit="image", disable=not progress))


def _result(find, result, index, item):
    source = str(item) if _is_path(item) else f"array {index}"
    try:
        faces = find(item)
    except ImageReadError as error:
        return result(source, error.status, str(error))
    except Exception as error:
        # Whatever goes wrong with one image is a row of the result.
        return result(source, "invalid", f"{source}: {error}")
    if not faces:
        return result(source, "no_face", f"{source}: no face was found.")
    return result(source, "ok", faces=faces)


def _is_path(item):
    return isinstance(item, (str, os.PathLike))
