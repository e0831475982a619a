"""Batch detection; a failing image yields an error record instead of an exception."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from numbers import Number

from PIL import Image

from .._utils.image_files import read_image
from .._utils.image_sources import is_image_source
from .._utils.images import to_uint8
from .._utils.parallel import parallel_map
from ..exceptions import ImageReadError

_BYTES = (bytes, bytearray, memoryview)


@dataclass(frozen=True, repr=False)
class DetectionResult:
    """Faces found in one image of a batch.

    Attributes
    ----------
    source : str
        The path; the name of a file object; or the kind and the position of any other input, such
        as "array 3" for the fourth.
    status : {"ok", "no_face", "missing", "unreadable", "too_large", "invalid"}
        Outcome; "invalid" means that the input is not an image.
    reason : str
        Why there is no face, and how the pixels were scaled if the white level of the file was
        guessed (see `ImageRescaledWarning`); empty otherwise.
    faces : list of Detection
        Largest first.
    """

    source: str
    status: str
    reason: str = ""
    faces: list = field(default_factory=list)

    def __repr__(self):
        n_faces = len(self.faces)
        found = f"{n_faces} face{'s' * (n_faces != 1)}" if n_faces else self.status
        return f"{type(self).__name__}({self.source!r}, {found})"


def load_gray(image, *, name=None, notes=None):
    """Return the gray pixels of an array or an image file.

    Parameters
    ----------
    image : ndarray of shape (h, w), (h, w, 3) or (h, w, 4), path, bytes or binary file object
        Pixels in RGB order, uint8 or floats in 0..1; or an encoded image, which is rotated
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
        return to_uint8(image)
    if name is None and isinstance(image, _BYTES):
        name = "bytes"
    return to_uint8(read_image(image, name=name, notes=notes))


def each_image(find, inputs, result=DetectionResult, *, n_jobs=None, progress=False):
    """Find the faces of many images lazily.

    Parameters
    ----------
    find : callable
        Function of one gray uint8 image that returns a list of faces.
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


def _result(find, result, numbered_item):
    index, item = numbered_item
    source, notes = _name(index, item), []
    try:
        faces = find(load_gray(item, name=source, notes=notes))
    except ImageReadError as error:
        return result(source, error.status, str(error))
    except Exception as error:
        # Any other failure is a record too: it concerns this image only.
        return result(source, "invalid", f"{source}: {error}")
    status = "ok" if faces else "no_face"
    if not faces:
        notes.insert(0, f"{source}: no face was found.")
    return result(source, status, " ".join(notes), faces)


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
