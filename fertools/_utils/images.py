"""Load images, convert them to gray pixels, and resize them."""

import warnings

import cv2
import numpy as np
from PIL import Image

from ..exceptions import ImageRescaledWarning
from .image_files import pixels_of, read_image
from .image_sources import is_image_source
from .optional import check_opencv

check_opencv(cv2)
# ITU-R BT.601 luma, the weights of the gray conversion in OpenCV and Pillow.
_LUMA = np.array([0.299, 0.587, 0.114])
# Tolerance of rounding errors of floats in 0..1.
OVERSHOOT = 1e-4
# Samples of up to this many values in one row are signals rather than images, on any scale.
LONGEST_SIGNAL = 64


def load_image(image, name="image", notes=None):
    """Return the pixels of an array or of an image file.

    Parameters
    ----------
    image : array-like, path, bytes, binary file object or PIL.Image.Image
        Pixels, or source of an image.
    name : str, default="image"
        Name of the parameter in error messages.
    notes : list or None, default=None
        Receives a sentence if the white level was guessed from the pixels. None means a warning.

    Returns
    -------
    ndarray
        Arrays are returned unchanged; images that are read are uint8, of shape (h, w, 3), and
        rotated according to their EXIF orientation.

    Raises
    ------
    ImageReadError
        If a file cannot be read.
    ValueError
        If `image` is None.

    Warns
    -----
    ImageRescaledWarning
        If the white level was guessed from the pixels.
    """
    if image is None:
        raise ValueError(
            f"{name} must be an image; got None. cv2.imread returns None for a file that does not "
            "exist or cannot be decoded: check the path."
        )
    if is_image_source(image):
        return read_image(image, notes=notes)
    if not isinstance(image, Image.Image):
        return np.asarray(image)
    pixels, note = pixels_of(image)
    if note and notes is None:
        warnings.warn(f"{name}: {note}.", ImageRescaledWarning, stacklevel=2)
    elif note:
        notes.append(f"{name}: {note}.")
    return pixels


def to_gray(image, name="image"):
    """Convert one image to gray.

    Parameters
    ----------
    image : ndarray of shape (h, w), (h, w, 1), (h, w, 3) or (h, w, 4), or a file
        Gray, RGB or RGBA pixels: integers in 0..255, finite floats or booleans. An alpha channel is
        ignored. Paths, bytes, file objects and Pillow images are read.
    name : str, default="image"
        Name of the parameter in error messages.

    Returns
    -------
    ndarray of shape (h, w)
        0.299 R + 0.587 G + 0.114 B (ITU-R BT.601). uint8 for integers, otherwise the dtype of
        `image` (float32 or float64 for colors). Colors v / 255 give the gray level of the uint8
        colors v, divided by 255.
    """
    image = load_image(image, name)
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[:, :, 0]
    is_color = image.ndim == 3 and image.shape[2] in (3, 4)
    if image.ndim != 2 and not is_color:
        raise ValueError(
            f"{name} must be of shape (height, width) or (height, width, 3); got {image.shape}."
        )
    if is_color:
        image = image[:, :, :3]
    if image.size == 0:
        raise ValueError(f"{name} must hold at least one pixel; got shape {image.shape}.")
    if not (np.issubdtype(image.dtype, np.number) or image.dtype == bool):
        raise ValueError(f"{name} must hold numbers; got dtype {image.dtype}.")
    if np.issubdtype(image.dtype, np.complexfloating):
        raise ValueError(f"{name} must hold real numbers; got dtype {image.dtype}.")
    if np.issubdtype(image.dtype, np.floating) and not np.isfinite(image).all():
        raise ValueError(f"{name} must hold finite pixels; got NaN or infinity.")
    if np.issubdtype(image.dtype, np.integer):
        image = integers_to_uint8(image, name)
    return _luma(image) if is_color else image


def _luma(colors):
    if colors.dtype == np.uint8:
        return cv2.cvtColor(np.ascontiguousarray(colors), cv2.COLOR_RGB2GRAY)
    dtype = np.result_type(colors.dtype, np.float32)
    if colors.dtype == bool:
        colors = colors.astype(np.float32)
    levels = np.rint(colors * 255.0)
    if levels.min() >= 0 and levels.max() <= 255:
        rounding = max(255 * np.finfo(colors.dtype).eps, 1e-4)
        if np.abs(colors * 255.0 - levels).max() <= rounding:
            # uint8 colors divided by 255, whose gray levels are integers too.
            return (_luma(levels.astype(np.uint8)) / 255).astype(dtype)
    return (colors @ _LUMA).astype(dtype)


def integers_to_uint8(image, name="image"):
    """Convert integers of any type to uint8; raise ValueError unless they are in 0..255."""
    if image.dtype == np.uint8 or image.size == 0:
        return image.astype(np.uint8, copy=False)
    low, high = int(image.min()), int(image.max())
    if low < 0 or high > 255:
        raise ValueError(
            f"{name} must hold integers in 0..255; got {low}..{high}. Divide by the white level to "
            "get floats in 0..1: image / 65535 if pixels have 16 bits."
        )
    return image.astype(np.uint8)


def is_signal(images):
    """Return whether samples `(n, h, w)` are short signals rather than images."""
    return images.shape[1] == 1 and images.shape[2] <= LONGEST_SIGNAL


def check_intensities(images, name="images", first=0):
    """Raise ValueError if a float image is not on the scale 0..1.

    Images with negative values are responses of a filter such as `TanTriggs`, on any scale, as are
    short signals (see `is_signal`).

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        Images; only floats are checked.
    name : str, default="images"
        Name of the parameter in the error message.
    first : int, default=0
        Number of the first image in the error message.
    """
    if not np.issubdtype(images.dtype, np.floating) or images.size == 0 or is_signal(images):
        return
    low, high = images.min(axis=(1, 2)), images.max(axis=(1, 2))
    wrong = np.flatnonzero((low >= -OVERSHOOT) & (high > 1 + OVERSHOOT))
    if len(wrong):
        index = wrong[0]
        raise ValueError(
            f"{name} must hold integers in 0..255 or floats in 0..1; got floats in "
            f"{low[index]:g}..{high[index]:g} in {name}[{first + index}]. Divide by 255, or "
            "convert gray levels with .astype(np.uint8)."
        )


def to_uint8(image, name="image"):
    """Convert one image to gray uint8; floats are intensities in [0, 1]."""
    gray = to_gray(image, name)
    if gray.dtype == np.uint8:
        return gray
    low, high = float(gray.min()), float(gray.max())
    if low < -OVERSHOOT or high > 1 + OVERSHOOT:
        raise ValueError(
            f"{name} must hold uint8 in 0..255 or floats in 0..1; got floats in {low:g}..{high:g}. "
            "Divide by 255, or convert gray levels with .astype(np.uint8)."
        )
    return np.rint(gray.astype(np.float64) * 255).clip(0, 255).astype(np.uint8)


def resize(image, shape):
    """Resize one image, by area averages along shrinking sides and linearly along growing sides.

    Parameters
    ----------
    image : ndarray of shape (h, w) or (h, w, channels)
        Pixels: uint8, uint16, float32 or float64.
    shape : tuple of two int
        Height and width.

    Returns
    -------
    ndarray of shape (*shape) or (*shape, channels), of the same dtype
        Resized image. If one side shrinks and the other grows, averaging comes first.

    Notes
    -----
    OpenCV averages areas only if neither side grows; otherwise, its "area" and "linear" methods
    skip pixels along the shrinking side.
    """
    height, width = shape
    smaller = (min(height, image.shape[0]), min(width, image.shape[1]))
    if smaller != image.shape[:2]:
        image = cv2.resize(image, smaller[::-1], interpolation=cv2.INTER_AREA)
    if smaller != (height, width):
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
    return image
