"""Frames from an iterable of images."""

from fractions import Fraction

import numpy as np

from .._utils.images import load_image, to_uint8
from ._frame import Frame

# Unit of the timestamps of frames without a clock of their own, that of MPEG, in seconds.
TIME_BASE = Fraction(1, 90_000)


def is_selected(time, limits):
    """Return whether a time is in a half-open range, whose limits may be None."""
    start, end = limits
    return (start is None or time >= start) and (end is None or time < end)


def as_frame_pixels(image):
    """Convert an image of any kind to uint8, gray or RGB.

    Parameters
    ----------
    image : ndarray of shape (h, w), (h, w, 3) or (h, w, 4), path, bytes or file object
        Pixels, uint8 or floats in 0..1, an image file, or a Pillow image.

    Returns
    -------
    ndarray of shape (h, w) or (h, w, 3), uint8

    Raises
    ------
    ValueError
        If it is not an image.
    """
    image = load_image(image)
    if image.ndim == 3 and image.shape[2] in (3, 4):
        image = image[:, :, :3]
        if image.dtype == np.uint8:
            return np.ascontiguousarray(image)
        return np.stack([to_uint8(image[:, :, channel]) for channel in range(3)], axis=2)
    return to_uint8(image)


class FrameSequence:
    """Frames from an iterable of images, or of pairs of time and image.

    Parameters
    ----------
    images : iterable
        Images, as accepted by `as_frame_pixels`, or tuples of a time in seconds and an image.
    fps : float
        Frames per second of images without a time.
    start, end : float or None, default=None
        Range of the frames in seconds: `start` is included, `end` is not.

    Attributes
    ----------
    name, limits, rate, seconds, audio, on_packet, problem
        See `VideoFile`. There is no sound.

    Raises
    ------
    ValueError
        If `images` is a single image.
    """

    def __init__(self, images, fps, *, start=None, end=None):
        shape = np.shape(images) if isinstance(images, np.ndarray) else ()
        if len(shape) in (1, 2) or (len(shape) == 3 and shape[2] in (3, 4)):
            raise ValueError(
                f"source must be a video or an iterable of images; got an array of shape {shape}. "
                "For one image, pass [image]."
            )
        self.name = "frames"
        self.rate = Fraction(fps).limit_denominator(1001)
        n_images = len(images) if hasattr(images, "__len__") else None
        self.seconds = None if n_images is None else float(n_images / self.rate)
        self.audio, self.on_packet, self.problem = [], None, ""
        self._images, self.limits = images, (start, end)

    def __iter__(self):
        for number, item in enumerate(self._images):
            if isinstance(item, tuple) and len(item) == 2:
                time, image = float(item[0]), item[1]
            else:
                time, image = float(number / self.rate), item
            if self.limits[1] is not None and time >= self.limits[1]:
                return
            if not is_selected(time, self.limits):
                continue
            try:
                pixels = as_frame_pixels(image)
            except ValueError as error:
                raise type(error)(f"frame {number}: {error}") from error
            yield Frame(number, time, pixels, round(time / TIME_BASE), TIME_BASE)

    def close(self):
        """Do nothing; the images belong to the caller."""
