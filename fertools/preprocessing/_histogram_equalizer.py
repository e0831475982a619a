"""Global histogram equalization."""

import cv2
import numpy as np

from .._utils.pixels import gray_levels
from ..base import ImageFilter


def equalize(images):
    """Equalize the histogram of each image.

    Parameters
    ----------
    images : ndarray of shape (n, h, w), uint8

    Returns
    -------
    ndarray of shape (n, h, w), uint8
    """
    return np.stack([cv2.equalizeHist(image) for image in images])


class HistogramEqualizer(ImageFilter):
    r"""Global histogram equalization.

    .. math:: g'(v) = 255 \, \frac{H(v) - H(v_0)}{N - H(v_0)}

    where H(v) is the number of pixels with gray level v or below, v_0 the darkest gray level of the
    image, and N the number of pixels. The result is invariant to increasing transformations of the
    intensities, up to rounding to 256 gray levels.

    Parameters
    ----------
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
    R. C. Gonzalez, R. E. Woods (2018). Digital image processing, 4th edition, section 3.3.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.preprocessing import HistogramEqualizer
    >>> faces = make_faces(4, random_state=0).images // 3
    >>> equalized = HistogramEqualizer().fit_transform(faces)
    >>> int(faces.max()) < 90, int(equalized.min()), int(equalized.max())
    (True, 0, 255)
    """

    _dtype = np.uint8

    def __init__(self, *, image_shape=None, n_jobs=None):
        self.image_shape = image_shape
        self.n_jobs = n_jobs

    def _filter(self, images):
        return equalize(gray_levels(images))
