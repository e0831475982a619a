"""Batch detection; a failing image yields an error record instead of an exception."""

import os
from collections.abc import Iterable
from functools import partial
from numbers import Number

from PIL import Image

from .._utils.image_files import read_image
from .._utils.image_sources import is_image_source
from .._utils.images import load_image, to_uint8
from .._utils.parallel import parallel_map
from ..exceptions import ImageReadError
from ._detection_result import DetectionResult

_BYTES = (bytes, bytearray, memoryview)


def load_gray(image, *, name=None, notes=None):
    """Return the gray pixels of an array or an image file.

    Parameters
    ----------
    image : ndarray of shape (h, w), (h, w, 3) or (h, w, 4), path, bytes or binary file object
        Gray, RGB or RGBA pixels, uint8 or floats in 0..1; or an encoded image, which is rotated
        according to its EXIF orientation.
    name : str or None, default=None
        Name of the file in error messages; None means its path.
    notes : list or None, default=None
        Receives a sentence if the white level was guessed from the pixels. None means a warning.

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
    if isinstance(image, memoryview):
        image = bytes(image)
    if not is_image_source(image):
        return to_uint8(load_image(image, name or "image", notes))
    if name is None and isinstance(image, _BYTES):
        name = "bytes"
    return to_uint8(read_image(image, name=name, notes=notes))


def map_images(detect, inputs, result=DetectionResult, *, n_jobs=None, progress=False):
    """Detect the faces of many images lazily.

    Parameters
    ----------
    detect : callable
        Function of one gray uint8 image that returns a list of faces.
    inputs : iterable of images
        Images, as accepted by `load_gray`.
    result : class, default=DetectionResult
        Class of the results, with the parameters `source`, `status`, `reason` and `faces`.
    n_jobs : int or None, default=None
        Number of parallel jobs over images; see `parallel_map`.
    progress : bool, default=False
        Whether to show a progress bar on standard error.

    Returns
    -------
    iterator of result
        Results in the order of the inputs.

    Raises
    ------
    ValueError
        If `inputs` is a single image, or `n_jobs` is neither an int nor None.
    TypeError
        If `inputs` is not iterable.
    """
    _check_inputs(inputs)
    total = len(inputs) if hasattr(inputs, "__len__") else None
    results = parallel_map(partial(_detect_one, detect, result), enumerate(inputs), n_jobs=n_jobs)
    if progress:
        from tqdm.auto import tqdm

        return iter(tqdm(results, total=total, unit="image"))
    return results


def _check_inputs(inputs):
    """Raise an error for a single image, whose rows or bytes would be taken as images."""
    shape = getattr(inputs, "shape", None)
    if shape is not None:
        # Gray image, or color image with channels in the last of three axes; others are batches.
        is_single = len(shape) in (0, 2) or (len(shape) == 3 and shape[2] in (1, 3, 4))
        got = f"a single array of shape {tuple(shape)}"
    elif isinstance(inputs, (list, tuple)):
        # Pixels as nested lists, as returned by `tolist`.
        first = inputs[0] if inputs else None
        first = first[0] if isinstance(first, (list, tuple)) and first else first
        is_single, got = isinstance(first, Number), "the pixels of a single image"
    else:
        is_single = is_image_source(inputs) or isinstance(inputs, memoryview)
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


def _detect_one(detect, result, numbered_item):
    index, item = numbered_item
    source = _name(index, item)
    return detect_in(source, partial(load_gray, item, name=source), detect, result)


def detect_in(source, read, detect, result):
    """Read an image and detect its faces; problems are in the result.

    Parameters
    ----------
    source : str
        Name of the image.
    read : callable
        Returns the image; called with the keyword `notes`, a list that receives sentences.
    detect : callable
        Takes the image and returns its faces.
    result : callable
        Takes the name, status, reason and faces, and returns the result.

    Returns
    -------
    object
    """
    notes = []
    try:
        faces = detect(read(notes=notes))
    except ImageReadError as error:
        return result(source, error.status, str(error))
    except Exception as error:
        # Other failures are reported as well: they only concern this image.
        return result(source, "invalid", f"{source}: {error}")
    if not faces:
        notes.insert(0, f"{source}: no face was found.")
    return result(source, "ok" if faces else "no_face", " ".join(notes), faces)


def _name(index, item):
    """Return the path or name of an input, or else its kind and position."""
    if isinstance(item, (str, os.PathLike)):
        return str(item)
    if isinstance(item, _BYTES):
        return f"bytes {index}"
    if isinstance(item, Image.Image):
        return f"image {index}"
    if is_image_source(item):
        # The name of an open file is its path, or the number of its descriptor.
        name = getattr(item, "name", None)
        return os.fsdecode(name) if name and isinstance(name, (str, bytes)) else f"file {index}"
    return f"array {index}"
