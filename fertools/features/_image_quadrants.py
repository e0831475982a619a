"""Even and odd quadrants of images, for fast inner products with symmetric functions."""

import numpy as np

from .._utils.compilation import compiled


@compiled
def _fold(images, by_row, out):
    n, h, w = images.shape
    columns = out.shape[3]
    # Sequential reads are faster than reads from both ends of an image.
    line = np.empty(h * w, dtype=np.float32)
    pixels = line.reshape(h, w)
    for i in range(n):
        image = images[i].reshape(-1)
        for k in range(h * w):
            line[k] = image[k]
        for y in range((h + 1) // 2):
            top, bottom = pixels[y], pixels[h - 1 - y]
            first, second = (y, i) if by_row else (i, y)
            even_even, even_odd = out[0, first, second], out[1, first, second]
            odd_even, odd_odd = out[2, first, second], out[3, first, second]
            for x in range(columns):
                a, b, c, d = top[x], top[w - 1 - x], bottom[x], bottom[w - 1 - x]
                even_even[x] = (a + c) + (b + d)
                even_odd[x] = (a + c) - (b + d)
                odd_even[x] = (a - c) + (b - d)
                odd_odd[x] = (a - c) - (b - d)


def folded(images, by_row=False):
    r"""Fold images along both axes into their even and odd quadrants.

    Let a be a pixel, b its mirror image across the middle column, c across the middle row and d
    across both. The image is determined by the four quadrants :math:`a \pm b \pm c \pm d`. A
    function that is even or odd along each axis is orthogonal to three of them, so that its inner
    product with the image is the inner product of a quarter of its values with one quadrant.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        Images.
    by_row : bool, default=False
        Whether the axis of the rows precedes the axis of the images in the result.

    Returns
    -------
    ndarray of shape (2, 2, n, ceil(h / 2), ceil(w / 2)), float32
        Quadrants, indexed by parity (0 even, 1 odd) along y and along x, then by sample, row and
        column, from the edge to the middle. If `by_row`, the third and the fourth axis are
        exchanged. The middle row or column of an odd side counts twice in the even parts and is 0
        in the odd parts, see `half_weights`.
    """
    n, h, w = images.shape
    first, second = ((h + 1) // 2, n) if by_row else (n, (h + 1) // 2)
    quadrants = np.empty((4, first, second, (w + 1) // 2), dtype=np.float32)
    _fold(images, by_row, quadrants)
    return quadrants.reshape(2, 2, *quadrants.shape[1:])


def half_weights(side):
    """Return weights of the pixels of half an axis: 1, and 1/2 for the middle pixel, if any."""
    weights = np.ones((side + 1) // 2)
    if side % 2:
        weights[-1] = 0.5
    return weights
