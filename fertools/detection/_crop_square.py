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
    cos, sin = np.cos(angle), np.sin(angle)
    linear = side / size * np.array([[cos, -sin], [sin, cos]])
    center = np.array([left, top]) + (side - 1) / 2
    return crop_mapped(image, map_about(linear, center, size), size)


def map_about(linear, center, size):
    """Return the affine map from pixels of a crop to pixels of an image with given centers.

    Parameters
    ----------
    linear : ndarray of shape (2, 2)
        Linear part of the map.
    center : array-like of shape (2,)
        Position (x, y) in the image of the center of the crop.
    size : int
        Side of the crop in pixels.

    Returns
    -------
    ndarray of shape (2, 3), float64
    """
    return np.column_stack([linear, center - linear @ np.full(2, (size - 1) / 2)])


def crop_mapped(image, to_image, size, *, cubic=False):
    """Crop a square by an affine map.

    Parameters
    ----------
    image : ndarray of shape (h, w), uint8
        Image.
    to_image : ndarray of shape (2, 3)
        Map (A, t) from pixels (x, y) of the crop to pixels ``A @ (x, y) + t`` of the image; a
        similarity transform.
    size : int
        Side of the crop in pixels.
    cubic : bool, default=False
        Whether to enlarge by cubic instead of linear interpolation, which blurs less.

    Returns
    -------
    ndarray of shape (size, size), uint8
        Crop; outside the image, the nearest pixel is repeated.
    """
    linear, shift = to_image[:, :2], to_image[:, 2]
    last = size - 1
    corners = linear @ np.array([[0, last, 0, last], [0, 0, last, last]]) + shift[:, None]
    left, top = (np.floor(corners.min(axis=1)) - 2).astype(int)
    reach = int(np.ceil(np.ptp(corners, axis=1).max())) + 5
    window = _window(image, left, top, reach)
    # The image is interpolated once, on a grid at least as fine as its pixels, and then averaged
    # over the pixels of the crop.
    factor = max(1, int(np.ceil(np.sqrt(abs(np.linalg.det(linear))))))
    offset = np.full(2, (1 - factor) / (2 * factor))
    to_window = np.column_stack([linear / factor, shift + linear @ offset - (left, top)])
    is_enlarged = np.linalg.det(linear) < 1
    interpolation = cv2.INTER_CUBIC if cubic and is_enlarged else cv2.INTER_LINEAR
    fine = cv2.warpAffine(
        window,
        to_window,
        (size * factor, size * factor),
        flags=interpolation | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return resize(fine, (size, size))


def _window(image, left, top, side):
    """Return a square window, repeating the nearest pixel outside the image."""
    h, w = image.shape
    if 0 <= top <= h - side and 0 <= left <= w - side:
        return image[top : top + side, left : left + side]
    rows = np.clip(np.arange(top, top + side), 0, h - 1)
    columns = np.clip(np.arange(left, left + side), 0, w - 1)
    return image[rows[:, None], columns]
