"""Contrast-limited adaptive histogram equalization."""

from numbers import Integral, Real

import cv2
import numpy as np
from sklearn.utils._param_validation import Interval

from .._utils.pixels import gray_levels
from ..base import ImageFilter


def equalize_adaptively(images, clip_limit, grid):
    """Equalize each image tile by tile, with limited contrast.

    Parameters
    ----------
    images : ndarray of shape (n, h, w), uint8
    clip_limit : float
        Height at which a tile's histogram is cut, in multiples of its mean.
    grid : int
        Tiles along each side.

    Returns
    -------
    ndarray of shape (n, h, w), uint8
    """
    # OpenCV's object keeps state while it works: one a call, as calls may share the time.
    clahe = cv2.createCLAHE(clip_limit, (int(grid), int(grid)))
    return np.stack([clahe.apply(image) for image in images])


class CLAHE(ImageFilter):
    """Equalize the histogram of each tile of an image, with limited contrast.

    In each of grid x grid tiles the histogram is cut at `clip_limit` times its mean, what was cut
    off is spread over all levels, and the tile is equalized; between the middles of the tiles the
    curves are interpolated. Uneven light drops out, and noise in flat parts is not blown up.

    Parameters
    ----------
    clip_limit : float, default=2.0
        Height at which a tile's histogram is cut, in multiples of its mean; 1 leaves the image
        nearly as it is.
    grid : int, default=4
        Tiles along each side, at most 128.
    image_shape : tuple of two int or None, default=None
        How flattened rows unfold; None means one line of pixels.
    n_jobs : int or None, default=None
        Threads over chunks of images.

    Attributes
    ----------
    image_shape_, output_shape_ : tuple of two int
        Height and width of the images.
    n_features_in_ : int
        Height times width.
    feature_names_in_ : ndarray of str
        Only where X was a DataFrame.

    Notes
    -----
    Puts out uint8. Floats in 0..1 are brought to 256 levels; other floats are stretched to them.

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
