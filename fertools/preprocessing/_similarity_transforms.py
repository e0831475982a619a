"""Affine maps and the generators of the similarity transforms."""

import numpy as np


def generators(shape):
    r"""Return generators of the similarity transforms about the image center.

    The map of the pose parameters p is :math:`I + \sum_k p_k G_k`. With p = (a, b, u, v), points
    are multiplied by [[1 + a, -b], [b, 1 + a]], and shifted to the right by u widths and down by
    v heights.

    Parameters
    ----------
    shape : tuple of two int
        Height and width.

    Returns
    -------
    ndarray of shape (4, 2, 3), float64
    """
    height, width = shape
    x, y = (width - 1) / 2, (height - 1) / 2
    return np.array(
        [
            [[1, 0, -x], [0, 1, -y]],
            [[0, -1, y], [1, 0, -x]],
            [[0, 0, width], [0, 0, 0]],
            [[0, 0, 0], [0, 0, height]],
        ]
    )


def compose(outer, inner):
    """Compose affine maps of shape (n, 2, 3) to ``outer(inner(point))``."""
    maps = outer[:, :, :2] @ inner
    maps[:, :, 2] += outer[:, :, 2]
    return maps


def invert(maps):
    """Invert affine maps of shape (n, 2, 3)."""
    linear = np.linalg.inv(maps[:, :, :2])
    return np.concatenate([linear, -linear @ maps[:, :, 2:]], axis=2)
