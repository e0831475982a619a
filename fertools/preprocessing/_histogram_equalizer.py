"""Histogram equalization of the whole image."""

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
    r"""Spread the gray levels of each image evenly over 0..255.

    .. math:: g'(v) = 255 \, \frac{H(v) - H(v_0)}{N - H(v_0)}

    where H(v) counts the pixels up to gray level v, v_0 is the darkest level that occurs, and N is
    the number of pixels. Any increasing change of the light drops out, as far as 256 levels tell.

    Parameters
    ----------
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
