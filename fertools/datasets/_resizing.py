"""Resize the images of a data set."""

import numpy as np

from .._utils.images import resize


def resize_images(images, shape):
    """Resize images to one shape.

    Parameters
    ----------
    images : ndarray of shape (n, h, w), uint8, or (n,), object
        Gray images of one or of several sizes.
    shape : tuple of two int
        Height and width in pixels.

    Returns
    -------
    ndarray of shape (n, *shape), uint8
        `images` itself if they already have this shape.

    Raises
    ------
    MemoryError
        If the result does not fit into memory; it is allocated before any image is resized.
    """
    if images.shape[1:] == shape:
        return images
    resized = np.empty((len(images), *shape), dtype=np.uint8)
    for index, image in enumerate(images):
        resized[index] = resize(image, shape)
    return resized
