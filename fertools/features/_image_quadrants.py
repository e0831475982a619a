"""Images folded along their two middle lines: what even and odd functions see of them."""

import numpy as np

from .._utils.compilation import compiled


@compiled
def _fold(images, by_row, out):
    n, h, w = images.shape
    columns = out.shape[3]
    # An image is read in one go: from both ends at once, the memory is slow.
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
    r"""Add and subtract the four pixels that mirror each other.

    With a pixel a, its mirror image b across the middle column, c across the middle row and d
    across both, an image is known by its four quadrants :math:`a \pm b \pm c \pm d`. A function
    that is even or odd along each axis is 0 on three of them: its inner product with the image is
    that of a quarter of its values with one quadrant.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
    by_row : bool, default=False
        Put the rows before the images.

    Returns
    -------
    ndarray of shape (2, 2, n, ceil(h / 2), ceil(w / 2)), float32
        By parity along the rows (0 even, 1 odd), by parity along the columns, from the edge to
        the middle; with `by_row` the third and fourth axis are swapped. A middle row or column
        counts twice in the even, and is 0 in the odd: see `half_weights`.
    """
    n, h, w = images.shape
    first, second = ((h + 1) // 2, n) if by_row else (n, (h + 1) // 2)
    quadrants = np.empty((4, first, second, (w + 1) // 2), dtype=np.float32)
    _fold(images, by_row, quadrants)
    return quadrants.reshape(2, 2, *quadrants.shape[1:])


def half_weights(side):
    """Return 1 for each pixel of half a side, but 1/2 for a middle pixel, which counts twice."""
    weights = np.ones((side + 1) // 2)
    if side % 2:
        weights[-1] = 0.5
    return weights
