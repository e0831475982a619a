"""Gamma correction."""

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval

from .._utils.pixels import gray_levels
from ..base import ImageFilter


def correct_gamma(images, gamma):
    """Raise intensities in 0..1 to a power.

    Parameters
    ----------
    images : ndarray of uint8
    gamma : float
        The power.

    Returns
    -------
    ndarray of uint8
        Of the same shape.
    """
    curve = np.rint(255 * (np.arange(256) / 255) ** gamma).astype(np.uint8)
    return curve[images]


class GammaCorrection(ImageFilter):
    r"""Raise the intensities of each image to a power: below 1 shadows open, above 1 they close.

    .. math:: g' = 255 \, (g / 255)^\gamma

    Parameters
    ----------
    gamma : float, default=0.5
        The power, above 0.
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
    R. C. Gonzalez, R. E. Woods (2018). Digital image processing, 4th edition, section 3.2.

    Examples
    --------
    >>> import numpy as np
    >>> from fertools.preprocessing import GammaCorrection
    >>> GammaCorrection(0.5).fit_transform(np.array([[[0, 64, 255]]], dtype=np.uint8))
    array([[[  0, 128, 255]]], dtype=uint8)
    """

    _parameter_constraints = {
        **ImageFilter._parameter_constraints,
        "gamma": [Interval(Real, 0, None, closed="neither")],
    }
    _dtype = np.uint8

    def __init__(self, gamma=0.5, *, image_shape=None, n_jobs=None):
        self.gamma = gamma
        self.image_shape = image_shape
        self.n_jobs = n_jobs

    def _filter(self, images):
        return correct_gamma(gray_levels(images), self.gamma)
