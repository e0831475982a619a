"""Images folded along their two middle lines: what even and odd functions see of them."""

import numpy as np

from .._compiled import compiled


@compiled
def _fold(images, out):
    n, h, w = images.shape
    rows, columns = out.shape[2:]
    even, odd = np.empty(w, dtype=np.float32), np.empty(w, dtype=np.float32)
    for i in range(n):
        for y in range(rows):
            top, bottom = images[i, y], images[i, h - 1 - y]
            for x in range(w):
                above, below = np.float32(top[x]), np.float32(bottom[x])
                even[x] = above + below
                odd[x] = above - below
            even_even, even_odd = out[0, i, y], out[1, i, y]
            for x in range(columns):
                even_even[x] = even[x] + even[w - 1 - x]
                even_odd[x] = even[x] - even[w - 1 - x]
            odd_even, odd_odd = out[2, i, y], out[3, i, y]
            for x in range(columns):
                odd_even[x] = odd[x] + odd[w - 1 - x]
                odd_odd[x] = odd[x] - odd[w - 1 - x]


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
    by_image = quadrants.transpose(0, 2, 1, 3) if by_row else quadrants
    _fold(images, by_image)
    return quadrants.reshape(2, 2, *quadrants.shape[1:])


def half_weights(side):
    """Return 1 for each pixel of half a side, but 1/2 for a middle pixel, which counts twice."""
    weights = np.ones((side + 1) // 2)
    if side % 2:
        weights[-1] = 0.5
    return weights
