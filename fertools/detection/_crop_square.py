"""Square crops around boxes, upright or rotated."""

import cv2
import numpy as np

from .._utils.images import resize


def crop_square(image, box, size, margin=0.0, angle=0.0):
    """Crop a square around a box and resize it.

    Parameters
    ----------
    image : ndarray of shape (h, w), uint8
        Image.
    box : tuple of (x, y, width, height)
        Box in pixels.
    size : int
        Side of the crop in pixels.
    margin : float, default=0.0
        Margin on each side, as a fraction of the longer side of the box.
    angle : float, default=0.0
        Clockwise rotation of the square about its center in radians: a line of this slope in the
        image is horizontal in the crop.

    Returns
    -------
    ndarray of shape (size, size), uint8
        Crop; outside the image, the nearest pixel is repeated.
    """
    x, y, width, height = box
    side = max(1, round(max(width, height) * (1 + 2 * margin)))
    left = round(x + width / 2 - side / 2)
    top = round(y + height / 2 - side / 2)
    if angle == 0:
        return resize(_window(image, left, top, side), (size, size))
    # The corners of the rotated square extend this far beyond the upright one, plus one pixel.
    reach = int(np.ceil((np.sqrt(2) - 1) / 2 * side)) + 1
    window = _window(image, left - reach, top - reach, side + 2 * reach)
    # The image is interpolated once, on a grid at least as fine as its pixels, and then averaged
    # over the pixels of the crop.
    fine = size * int(np.ceil(side / size))
    cos, sin = np.cos(angle), np.sin(angle)
    rotation = side / fine * np.array([[cos, -sin], [sin, cos]])
    center = np.full(2, (len(window) - 1) / 2)
    shift = center - rotation @ np.full(2, (fine - 1) / 2)
    rotated = cv2.warpAffine(
        window,
        np.column_stack([rotation, shift]),
        (fine, fine),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return resize(rotated, (size, size))


def _window(image, left, top, side):
    """Return a square window, repeating the nearest pixel outside the image."""
    h, w = image.shape
    rows = np.clip(np.arange(top, top + side), 0, h - 1)
    columns = np.clip(np.arange(left, left + side), 0, w - 1)
    return image[rows[:, None], columns]
