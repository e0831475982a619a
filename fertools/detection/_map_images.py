"""Batch detection; a failing image yields an error record instead of an exception."""

import os
from collections.abc import Iterable
from functools import partial
from io import BytesIO
from numbers import Number

from .._utils.image_files import read_image
from .._utils.images import to_uint8
from .._utils.parallel import parallel_map
from ..exceptions import ImageReadError
from ._detection_result import DetectionResult

_BYTES = (bytes, bytearray, memoryview)


def load_gray(image):
    """Return the gray pixels of an array or an image file.

    Parameters
    ----------
    image : ndarray of shape (h, w), (h, w, 3) or (h, w, 4), path, bytes or binary file object
        Pixels in RGB order, uint8 or floats in 0..1; or an encoded image, which is rotated
        according to its EXIF orientation.

    Returns
    -------
    ndarray of shape (h, w), uint8

    Raises
    ------
    ImageReadError
        If the file cannot be read.
    ValueError
        If the array is not an image.
    """
    if isinstance(image, _BYTES):
        image, name = BytesIO(image), "bytes"
    else:
        name = None
    return to_uint8(read_image(image, name=name) if _is_encoded(image) else image)


def map_images(find, inputs, result=DetectionResult, *, n_jobs=None, progress=False):
    """Find the faces of many images lazily.

    Parameters
    ----------
    find : callable
        Function of one image that returns a list of faces.
    inputs : iterable of images
        As `load_gray` takes them.
    result : class, default=DetectionResult
        Class of the results; made of `source`, `status`, `reason` and `faces`.
    n_jobs : int or None, default=None
        Number of parallel jobs over images; see `parallel_map`.
    progress : bool, default=False
        Show a progress bar on standard error.

    Returns
    -------
    iterator of result
        One per input, in order.

    Raises
    ------
    ValueError
        If `inputs` is a single image, or `n_jobs` is neither an int nor None.
    TypeError
        If `inputs` is not iterable.
    """
    _check_inputs(inputs)
    total = len(inputs) if hasattr(inputs, "__len__") else None
    results = parallel_map(partial(_result, find, result), enumerate(inputs), n_jobs=n_jobs)
    if progress:
        from tqdm.auto import tqdm

        return iter(tqdm(results, total=total, unit="image"))
    return results


def _check_inputs(inputs):
    """Refuse a single image, whose rows or bytes would be taken as images."""
    shape = getattr(inputs, "shape", None)
    if shape is not None:
        # Gray pixels, or colors in the last axis; (n, h, w) and (n, h, w, channels) are batches.
        is_single = len(shape) in (0, 2) or (len(shape) == 3 and shape[2] in (1, 3, 4))
        got = f"a single array of shape {tuple(shape)}"
    elif isinstance(inputs, (list, tuple)):
        # The nested lists of `tolist`.
        first = inputs[0] if inputs else None
        first = first[0] if isinstance(first, (list, tuple)) and first else first
        is_single, got = isinstance(first, Number), "the pixels of a single image"
    else:
        is_single = _is_encoded(inputs) or isinstance(inputs, _BYTES)
        got = "bytes" if isinstance(inputs, _BYTES) else f"{inputs!r} alone"
    if is_single:
        raise ValueError(
            f"inputs must be a list or another iterable of images or paths; got {got}. For one "
            "image, pass [image]."
        )
    if not isinstance(inputs, Iterable):
        raise TypeError(
            "inputs must be a list or another iterable of images or paths; got "
            f"{type(inputs).__name__}."
        )


def _result(find, result, numbered_item):
    index, item = numbered_item
    source = _name(index, item)
    try:
        faces = find(item)
    except ImageReadError as error:
        return result(source, error.status, str(error))
    except Exception as error:
        # Any other failure is a record too: it concerns this image only.
        return result(source, "invalid", f"{source}: {error}")
    if not faces:
        return result(source, "no_face", f"{source}: no face was found.")
    return result(source, "ok", faces=faces)


def _name(index, item):
    if _is_path(item):
        return str(item)
    if isinstance(item, _BYTES):
        return f"bytes {index}"
    if hasattr(item, "read"):
        name = getattr(item, "name", None)
        return name if isinstance(name, str) else f"file {index}"
    return f"array {index}"


def _is_encoded(item):
    return _is_path(item) or hasattr(item, "read")


def _is_path(item):
    return isinstance(item, (str, os.PathLike))
