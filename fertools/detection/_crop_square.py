"""Square crops around boxes, upright or turned."""

import cv2
import numpy as np

from .._utils.images import resize


def crop_square(image, box, size, margin=0.0, angle=0.0):
    """Cut a square around a box and bring it to a size.

    Parameters
    ----------
    image : ndarray of shape (h, w), uint8
    box : tuple of (x, y, width, height)
        In pixels.
    size : int
        Side of the crop.
    margin : float, default=0.0
        What is added on each side, as a share of the box's longer side.
    angle : float, default=0.0
        What the square is turned by around its middle, in radians, clockwise as seen: a line of
        this slope in the image is level in the crop.

    Returns
    -------
    ndarray of shape (size, size), uint8
        Where the square leaves the image, the nearest pixel is repeated.
    """
    x, y, width, height = box
    side = max(1, round(max(width, height) * (1 + 2 * margin)))
    left = round(x + width / 2 - side / 2)
    top = round(y + height / 2 - side / 2)
    if angle == 0:
        return resize(_window(image, left, top, side), (size, size))
    # The corners of the turned square reach this far beyond the upright one, and one pixel more.
    reach = int(np.ceil((np.sqrt(2) - 1) / 2 * side)) + 1
    window = _window(image, left - reach, top - reach, side + 2 * reach)
    # The source is read once, at least as densely as its pixels lie, and the samples of a pixel of
    # the crop are averaged: turning and shrinking are one step.
    fine = size * int(np.ceil(side / size))
    turn = side / fine * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = np.full(2, (len(window) - 1) / 2)
    shift = middle - turn @ np.full(2, (fine - 1) / 2)
    turned = cv2.warpAffine(
        window,
        np.column_stack([turn, shift]),
        (fine, fine),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return resize(turned, (size, size))


def _window(image, left, top, side):
    """Return the square of an image, with the nearest pixel where it leaves the image."""
    h, w = image.shape
    rows = np.clip(np.arange(top, top + side), 0, h - 1)
    columns = np.clip(np.arange(left, left + side), 0, w - 1)
    return image[rows[:, None], columns]
