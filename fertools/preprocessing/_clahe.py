"""Contrast-limited adaptive histogram equalization."""

from numbers import Integral, Real

import cv2
import numpy as np
from sklearn.utils._param_validation import Interval

from .._utils.pixels import gray_levels
from ..base import ImageFilter


def equalize_adaptively(images, clip_limit, grid):
    """Apply contrast-limited adaptive histogram equalization to each image.

    Parameters
    ----------
    images : ndarray of shape (n, h, w), uint8
    clip_limit : float
        Limit of the bins of a tile's histogram, in multiples of their mean.
    grid : int
        Number of tiles along each side.

    Returns
    -------
    ndarray of shape (n, h, w), uint8
    """
    # OpenCV's object is not thread-safe: each call creates its own.
    clahe = cv2.createCLAHE(clip_limit, (int(grid), int(grid)))
    return np.stack([clahe.apply(image) for image in images])


class CLAHE(ImageFilter):
    """Contrast-limited adaptive histogram equalization (CLAHE).

    The histogram of each of grid x grid tiles is clipped at `clip_limit` times its mean, the excess
    is spread over all gray levels, and the tile is equalized. The gray-level mappings are
    interpolated between the centers of the tiles. This removes uneven illumination, and the limit
    keeps noise in flat regions from being amplified.

    Parameters
    ----------
    clip_limit : float, default=2.0
        Limit of the bins of a tile's histogram, in multiples of their mean; 1 leaves the image
        nearly unchanged.
    grid : int, default=4
        Number of tiles along each side, at most 128.
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples; by default, they are single lines of pixels.
    n_jobs : int or None, default=None
        Number of threads.

    Attributes
    ----------
    image_shape_, output_shape_ : tuple of two int
        Height and width of the images.
    n_features_in_ : int
        Number of pixels per image.
    feature_names_in_ : ndarray of str
        Names of the columns of X; only available if X is a DataFrame.

    Notes
    -----
    The output is uint8. Floats in 0..1 are rounded to 256 gray levels; images with other floats are
    stretched to the full range.

    References
    ----------
    K. Zuiderveld (1994). Contrast limited adaptive histogram equalization. Graphics Gems IV,
    pp. 474-485. :doi:`10.1016/B978-0-12-336156-1.50061-6`

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.preprocessing import CLAHE
    >>> CLAHE().fit_transform(make_faces(4, random_state=0).images).shape
    (4, 48, 48)
    """

    _parameter_constraints = {
        **ImageFilter._parameter_constraints,
        "clip_limit": [Interval(Real, 1, None, closed="left")],
        "grid": [Interval(Integral, 1, 128, closed="both")],
    }
    _dtype = np.uint8

    def __init__(self, clip_limit=2.0, *, grid=4, image_shape=None, n_jobs=None):
        self.clip_limit = clip_limit
        self.grid = grid
        self.image_shape = image_shape
        self.n_jobs = n_jobs

    def _filter(self, images):
        return equalize_adaptively(gray_levels(images), float(self.clip_limit), self.grid)
