"""Scale pixels of any bit depth to 8 bits."""

import struct

import numpy as np

# Common sensor depths. If a file declares no depth, its largest value selects one of them.
_DEPTHS = (8, 10, 12, 14, 16)
# Floats up to this value are intensities that interpolation raised above 1; larger floats are
# gray levels.
_LARGEST_OVERSHOOT = 16


def to_eight_bits(values, declared=None):
    """Scale pixels to uint8.

    The white level is the first of these that applies:

    1. the largest value that the file declares, if no pixel exceeds it;
    2. 1 for floats up to 1;
    3. the largest value of the smallest common depth (8, 10, 12, 14 or 16 bits) that contains all
       pixels;
    4. the largest pixel.

    Images with negative values are stretched from their smallest to their largest value.

    Parameters
    ----------
    values : ndarray of any shape
        Pixels: integers or floats.
    declared : float or None, default=None
        White level according to the file.

    Returns
    -------
    pixels : ndarray of uint8
        Same shape as `values`.
    note : str
        Scaling of the values if it was guessed; otherwise empty.

    Raises
    ------
    ValueError
        If a pixel is NaN or infinite.
    """
    is_float = np.issubdtype(values.dtype, np.floating)
    if is_float and not np.isfinite(values).all():
        raise ValueError("the pixels must be finite; got NaN or infinity")
    low, high = values.min(), values.max()
    if low < 0:
        span = float(high) - float(low) or 1.0
        pixels = np.rint((values.astype(np.float64) - low) * (255 / span))
        return pixels.astype(np.uint8), f"values from {low:g} to {high:g} were stretched to 0..255"
    if declared is not None and high <= declared:
        return _scaled(values, declared), ""
    white = _white_level(high, is_float)
    is_usual = white == 1 if is_float else white == np.iinfo(values.dtype).max
    note = f"values from {low:g} to {high:g} were scaled to 0..255 with {white:g} as white"
    return _scaled(values, white), "" if is_usual else note


def _white_level(high, is_float):
    if is_float and high <= 1:
        return 1
    if is_float and high <= _LARGEST_OVERSHOOT:
        return high
    return next((2**bits - 1 for bits in _DEPTHS if high <= 2**bits - 1), high)


def _scaled(values, white):
    white = float(white)
    bits = int(white).bit_length()
    if np.issubdtype(values.dtype, np.integer) and bits >= 8 and white == 2**bits - 1:
        # The high bits, as in Pillow's conversion of 16-bit color images.
        return (values >> (bits - 8)).astype(np.uint8)
    return np.rint(values * (255 / white)).astype(np.uint8)


def declared_white(image, file):
    """Return the white level that an image file declares, or None.

    The size of the samples, such as 16 bits, is not a declaration.

    Parameters
    ----------
    image : PIL.Image.Image
        Image opened from `file` and not loaded yet.
    file : binary file object
        File; its position changes.

    Returns
    -------
    int, float or None
        White level.
    """
    if image.format == "JPEG2000":
        # Pillow scales all depths to 16 bits, as for PPM below.
        return 2**16 - 1
    if image.format == "PPM":
        arguments = image.tile[0][3] if image.tile else ()
        # Programs write 65535 regardless of the pixels.
        known = isinstance(arguments, tuple) and arguments[-1] not in (-1, 2**16 - 1)
        return 2**16 - 1 if known else None
    if image.format == "PNG":
        bits = _significant_bits(file)
        return 2**bits - 1 if bits and bits < 16 else None
    if image.format == "TIFF":
        return tiff_white(image.tag_v2)
    return None


def tiff_white(tags):
    """Return the largest value according to the tags of a TIFF file, or None."""
    bits = np.max(tags.get(258, 1))
    for tag in (281, 341):  # MaxSampleValue, SMaxSampleValue
        # Many programs write the limit of the dtype.
        if tag in tags and 1 <= (white := float(np.max(tags[tag]))) < 2**bits - 1:
            return white
    return 2**bits - 1 if 8 < bits < 16 else None


def _significant_bits(file):
    """Return the bits per sample that the sBIT chunk of a PNG file declares, or 0."""
    file.seek(8)
    while len(header := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", header)
        if kind == b"sBIT":
            return max(file.read(min(length, 4)), default=0)
        if kind == b"IDAT":
            break
        file.seek(length + 4, 1)
    return 0
