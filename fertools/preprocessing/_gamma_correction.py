"""Gamma correction."""

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval

from .._utils.pixels import gray_levels
from ..base import ImageFilter


def correct_gamma(images, gamma):
    """Apply gamma correction to gray levels.

    Parameters
    ----------
    images : ndarray of uint8
    gamma : float
        Exponent.

    Returns
    -------
    ndarray of uint8
        Array of the same shape.
    """
    curve = np.rint(255 * (np.arange(256) / 255) ** gamma).astype(np.uint8)
    return curve[images]


class GammaCorrection(ImageFilter):
    r"""Gamma correction, a power law of the intensities.

    .. math:: g' = 255 \, (g / 255)^\gamma

    Exponents below 1 brighten shadows, exponents above 1 darken them.

    Parameters
    ----------
    gamma : float, default=0.5
        Exponent, above 0.
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
