"""Read image files. No other module decodes them."""

import ctypes
import threading
import warnings
from contextlib import contextmanager
from functools import cache

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from ..exceptions import ImageReadError, ImageRescaledWarning
from .image_depth import declared_white, tiff_white, to_eight_bits
from .image_sources import label_of, opened

# Suffixes of each format, which has the name that Pillow uses. Other plug-ins of Pillow are not
# used: EPS, for example, starts Ghostscript.
_SUFFIXES = {
    "JPEG": (".jpeg", ".jpg", ".jpe", ".jfif"),
    "PNG": (".png",),
    "TIFF": (".tif", ".tiff"),
    "BMP": (".bmp", ".dib"),
    "GIF": (".gif",),
    "WEBP": (".webp",),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
    "JPEG2000": (".jp2", ".j2k", ".jpf", ".jpx"),
}
FORMATS = tuple(_SUFFIXES)
SUFFIXES = tuple(suffix for suffixes in _SUFFIXES.values() for suffix in suffixes)
MAX_PIXELS = 100_000_000
_MAX_PIXELS_OF_PILLOW = 89_478_485  # the default; Pillow warns about larger images
MAX_SIDE = 32_767  # the largest side that all functions of OpenCV support

_TIFF_MAGIC = (b"II*\0", b"MM\0*")
# EXIF orientation: (whether to transpose the image, then steps along its rows and columns).
_TURNS = {
    2: (False, 1, -1),
    3: (False, -1, -1),
    4: (False, -1, 1),
    5: (True, 1, 1),
    6: (True, 1, -1),
    7: (True, -1, -1),
    8: (True, -1, 1),
}


def read_image(source, *, gray=False, max_pixels=MAX_PIXELS, name=None, notes=None):
    """Read one image file, rotated according to its EXIF orientation.

    Pixels of more than 8 bits are scaled to 8 bits by the depth that the file declares, or
    otherwise by their largest value; see `fertools._utils.image_depth.to_eight_bits`.

    Parameters
    ----------
    source : str or path-like, bytes or bytearray, or binary file object
        Path or content of the file.
    gray : bool, default=False
        Whether to return gray pixels instead of RGB.
    max_pixels : int, default=100_000_000
        Largest number of pixels. Larger images are refused before they are decoded.
    name : str, path-like or None, default=None
        Name of the file in error messages; None means its path.
    notes : list or None, default=None
        Receives a sentence if the white level was guessed from the pixels. None means a warning.

    Returns
    -------
    ndarray of shape (h, w, 3), or (h, w) if `gray`, uint8

    Raises
    ------
    ImageReadError
        With `status` "missing", "unreadable" (empty, not an image, truncated, not a regular file)
        or "too_large".

    Warns
    -----
    ImageRescaledWarning
        If the white level was guessed from the pixels.
    """
    label = label_of(source, name)
    with opened(source, label) as file:
        try:
            pixels, note = _decode(file, gray, max_pixels)
        except ImageReadError as error:
            raise ImageReadError(f"{label}: {error}", error.status) from error
        except Image.DecompressionBombError as error:
            raise ImageReadError(f"{label}: {error}", "too_large") from error
        except UnidentifiedImageError as error:
            formats = ", ".join(FORMATS)
            raise ImageReadError(
                f"{label}: not an image that can be decoded. Formats: {formats}."
            ) from error
        except Exception as error:
            # Decoders raise many types of errors for damaged input.
            raise ImageReadError(f"{label}: the image is damaged ({error}).") from error
    if note:
        sentence = f"{label}: {note}."
        if notes is None:
            warnings.warn(sentence, ImageRescaledWarning, stacklevel=2)
        else:
            notes.append(sentence)
    return pixels


def pixels_of(image, gray=False):
    """Return the upright uint8 pixels of a `PIL.Image.Image`, and the note of `to_eight_bits`."""
    pixels, note = _converted(image, gray, None)
    return _upright(pixels, _orientation(image)), note


# --- Decoding


def _decode(file, gray, max_pixels):
    with _silent_decoders():
        try:
            image = Image.open(file, formats=FORMATS)
        except UnidentifiedImageError:
            return _decode_other_tiff(file, gray, max_pixels)
        with image:
            _check_size(*image.size, max_pixels)
            codecs = [str(tile) for tile in image.tile]
            declared = declared_white(image, file)
            if image.format == "TIFF":
                _silence_libtiff()
            if image.mode.startswith(("RGB", "LA")) and any(
                ";16" in codec or "65535" in codec for codec in codecs
            ):
                # Pillow would only keep the high bytes.
                orientation = 1 if image.format == "TIFF" else _orientation(image)
                pixels, note = _decode_wide(file, gray, declared)
            else:
                image.load()
                pixels, note = _converted(image, gray, declared)
                orientation = _orientation(image)
    return _upright(pixels, orientation), note


def _check_size(width, height, max_pixels):
    own = Image.MAX_IMAGE_PIXELS
    if own and own < _MAX_PIXELS_OF_PILLOW:  # lowered by the user
        max_pixels = min(max_pixels, own)
    # The comparisons also refuse infinite sides of damaged files.
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and width * height <= max_pixels):
        raise ImageReadError(
            f"at most {max_pixels:,} pixels and {MAX_SIDE:,} per side are read; "
            f"got {width} x {height}.",
            "too_large",
        )


def _orientation(image):
    try:
        return image.getexif().get(0x0112, 1)
    except Exception:
        # Damaged metadata; the pixels are fine.
        return 1


def _upright(pixels, orientation):
    transposed, rows, columns = _TURNS.get(orientation, (False, 1, 1))
    if transposed:
        pixels = pixels.swapaxes(0, 1)
    return np.ascontiguousarray(pixels[::rows, ::columns])


def _converted(image, gray, declared):
    """Return the pixels of a Pillow image as uint8, gray or RGB, and a note."""
    tags = getattr(image, "tag_v2", {})
    is_signed = np.max(tags.get(339, 1)) == 2
    is_wide = image.mode.startswith("I") or image.mode == "F"
    if is_wide or (is_signed and image.mode == "L"):
        values = np.array(image)
        if not is_wide:
            values = values.view(np.int8)  # Pillow takes signed bytes for unsigned ones
        elif image.mode == "I" and not is_signed and np.max(tags.get(258, 1)) == 32:
            values = values.view(np.uint32)
        elif image.mode == "I" and values.min() >= 0 and values.max() < 2**16:
            values = values.astype(np.uint16)
        pixels, note = to_eight_bits(values, declared)
        if tags.get(262) == 0:  # PhotometricInterpretation: white is zero
            pixels = 255 - pixels
        return pixels if gray else np.repeat(pixels[:, :, None], 3, axis=2), note
    if "transparency" in image.info:
        # A palette with transparency: Pillow warns if it is converted to RGB directly.
        image = image.convert("RGBA")
    return np.array(image.convert("L" if gray else "RGB")), ""


@contextmanager
def silent_opencv():
    """Return a context without messages of OpenCV, if its version can be silenced."""
    log = getattr(cv2.utils, "logging", None)
    with _lock:
        level = log and log.setLogLevel(log.LOG_LEVEL_SILENT)
        try:
            yield
        finally:
            if log:
                log.setLogLevel(level)


def _decode_wide(file, gray, declared):
    """Decode with OpenCV, which keeps more than 8 bits per channel."""
    file.seek(0)
    content = np.frombuffer(file.read(), np.uint8)
    with silent_opencv():
        values = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)
    if values is None:
        raise ValueError("OpenCV cannot decode it")
    pixels, note = to_eight_bits(values, declared)
    if pixels.ndim == 2:
        return pixels if gray else np.repeat(pixels[:, :, None], 3, axis=2), note
    blue_first = np.ascontiguousarray(pixels[:, :, :3])
    return cv2.cvtColor(blue_first, cv2.COLOR_BGR2GRAY if gray else cv2.COLOR_BGR2RGB), note


def _decode_other_tiff(file, gray, max_pixels):
    """Decode a TIFF with samples that Pillow does not support, such as RGB floats."""
    file.seek(0)
    header = file.read(8)
    if not header.startswith(_TIFF_MAGIC):
        raise UnidentifiedImageError
    tags = ImageFileDirectory_v2(header)
    file.seek(tags.next)
    tags.load(file)
    if np.max(tags.get(258, 1)) <= 8:
        raise UnidentifiedImageError
    _check_size(int(tags.get(256, 0)), int(tags.get(257, 0)), max_pixels)
    # OpenCV applies the orientation of TIFF files.
    return _decode_wide(file, gray, tiff_white(tags))


# --- Messages of decoders


_lock = threading.Lock()
_readers = 0


@contextmanager
def _silent_decoders():
    """Ignore Pillow's warnings; the file is either read or refused with a reason.

    `warnings.catch_warnings` is not thread-safe. Instead, the first reader adds one filter for
    Pillow's modules and the last one removes it.
    """
    global _readers
    with _lock:
        _readers += 1
        if _readers == 1:
            warnings.filterwarnings("ignore", module=r"PIL\.")
            _silent_decoders.filter = warnings.filters[0]
    try:
        yield
    finally:
        with _lock:
            _readers -= 1
            if _readers == 0 and _silent_decoders.filter in warnings.filters:
                warnings.filters.remove(_silent_decoders.filter)


@cache
def _silence_libtiff():
    """Turn off the messages that libtiff writes to standard error.

    Pillow turns off the warnings of libtiff and raises its errors as exceptions, but libtiff also
    prints the errors. If the library is linked statically, this has no effect.
    """
    try:
        set_handler = ctypes.CDLL(Image.core.__file__).TIFFSetErrorHandler
    except (OSError, AttributeError):
        return
    set_handler.argtypes, set_handler.restype = [ctypes.c_void_p], ctypes.c_void_p
    set_handler(None)
