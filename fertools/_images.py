"""From files and arrays of any kind to grey pixels: the only place that decodes or converts."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ._optional import check_opencv
from .exceptions import ImageReadError

check_opencv(cv2)
MAX_PIXELS = 100_000_000
# ITU-R BT.601 luma, the weights OpenCV and Pillow use for their grey conversion.
_LUMA = np.array([0.299, 0.587, 0.114])


def to_grey(image, name="image"):
    """Convert one image to grey.

    Parameters
    ----------
    image : ndarray of shape (h, w), (h, w, 1), (h, w, 3) or (h, w, 4)
        Grey, RGB or RGBA pixels; an alpha channel is ignored. uint8, or any finite float.
    name : str
        The parameter's name in error messages.

    Returns
    -------
    ndarray of shape (h, w)
        Grey pixels of the same dtype: 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601).
    """
    image = np.asarray(image)
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[:, :, 0]
    if image.ndim == 2:
        grey = image
    elif image.ndim == 3 and image.shape[2] in (3, 4):
        colour = image[:, :, :3]
        if image.dtype == np.uint8:
            grey = cv2.cvtColor(np.ascontiguousarray(colour), cv2.COLOR_RGB2GRAY)
        else:
            grey = (colour @ _LUMA).astype(np.result_type(image.dtype, np.float32))
    else:
        raise ValueError(
            f"{name} must be of shape (height, width) or (height, width, 3); got {image.shape}."
        )
    if grey.size == 0:
        raise ValueError(f"{name} must hold at least one pixel; got shape {image.shape}.")
    if not (np.issubdtype(grey.dtype, np.number) or grey.dtype == bool):
        raise ValueError(f"{name} must hold numbers; got dtype {grey.dtype}.")
    if np.issubdtype(grey.dtype, np.inexact) and not np.isfinite(grey).all():
        raise ValueError(f"{name} must hold finite pixels; got NaN or infinity.")
    return grey


def to_uint8(image, name="image"):
    """Convert one image to grey uint8; a float image means intensities in [0, 1]."""
    grey = to_grey(image, name)
    if grey.dtype == np.uint8:
        return grey
    if np.issubdtype(grey.dtype, np.integer):
        low, high = int(grey.min()), int(grey.max())
        if low < 0 or high > 255:
            raise ValueError(f"{name} must hold integers in 0..255; got {low}..{high}.")
        return grey.astype(np.uint8)
    low, high = float(grey.min()), float(grey.max())
    if low < 0 or high > 1:
        raise ValueError(
            f"{name} must hold uint8 in 0..255 or floats in 0..1; got floats in {low:g}..{high:g}."
        )
    return np.rint(grey.astype(np.float64) * 255).astype(np.uint8)


def resize(image, shape):
    """Bring one image to a shape, by areas where it shrinks, between pixels where it grows.

    Parameters
    ----------
    image : ndarray of shape (h, w) or (h, w, channels)
    shape : tuple of two int
        Height and width.

    Returns
    -------
    ndarray of shape (*shape) or (*shape, channels), of the same dtype
    """
    shrinks = image.shape[0] > shape[0] or image.shape[1] > shape[1]
    return cv2.resize(
        image, shape[::-1], interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    )


def read_image(path, *, grey=False, max_pixels=MAX_PIXELS, name=None, formats=None):
    """Read one image file completely, turned upright as its EXIF orientation says.

    Parameters
    ----------
    path : str or path-like, or binary file object
        The file; whatever Pillow decodes.
    grey : bool, default=False
        Return grey pixels in place of RGB.
    max_pixels : int
        Refuse larger images before they are decoded.
    name : str, path-like or None, default=None
        What errors call the file; None means its path.
    formats : tuple of str or None, default=None
        The formats that are read, by Pillow's names; None means whatever it decodes.

    Returns
    -------
    ndarray of uint8, shape (h, w, 3), or (h, w) where `grey`

    Raises
    ------
    ImageReadError
        With `status` "missing", "unreadable" (empty, not an image, truncated) or "too_large".
    """
    label = getattr(path, "name", path) if name is None else name
    if not hasattr(path, "read"):
        path = Path(path)
        if not path.is_file():
            raise ImageReadError(f"{label}: there is no such file.", "missing")
        if path.stat().st_size == 0:
            raise ImageReadError(f"{label}: the file is empty.")
    try:
        with Image.open(path, formats=formats) as image:
            width, height = image.size
            if width * height > max_pixels:
                raise ImageReadError(
                    f"{label}: at most {max_pixels:,} pixels are read; got {width} x {height}.",
                    "too_large",
                )
            upright = ImageOps.exif_transpose(image)
            if upright.mode.startswith("I"):
                # convert() would clip 16-bit greys at 255.
                wide = np.array(upright)
                shift = 8 if upright.mode != "I" or wide.max() > 255 else 0
                upright = Image.fromarray((wide >> shift).clip(0, 255).astype(np.uint8))
            elif "transparency" in upright.info:
                # A palette with transparency: convert() to RGB alone warns.
                upright = upright.convert("RGBA")
            return np.array(upright.convert("L" if grey else "RGB"))
    except ImageReadError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageReadError(f"{label}: {error}", "too_large") from error
    except UnidentifiedImageError as error:
        raise ImageReadError(f"{label}: not an image that can be decoded.") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise ImageReadError(f"{label}: the image is damaged ({error}).") from error
