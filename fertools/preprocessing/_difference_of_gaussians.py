"""Difference of Gaussians, a band-pass filter."""

from numbers import Real

import cv2
import numpy as np
from sklearn.utils._param_validation import Interval

from .._utils.pixels import unit_scale
from ..base import ImageFilter

# Standard deviations in pixels. The size of OpenCV's filter grows with sigma, up to thousands of
# pixels at this limit.
SIGMAS = {
    "sigma_fine": [Interval(Real, 0, 1000, closed="left")],
    "sigma_coarse": [Interval(Real, 0, 1000, closed="right")],
}


def difference_of_gaussians(images, sigma_fine, sigma_coarse):
    """Subtract a coarser blur of each image from a finer one.

    Parameters
    ----------
    images : ndarray of shape (n, h, w), float32
    sigma_fine, sigma_coarse : float
        Standard deviations in pixels; sigma_fine=0 means no fine blur.

    Returns
    -------
    ndarray of shape (n, h, w), float32
        The images are extended by reflection at the border.
    """

    def blur(image, sigma):
        return cv2.GaussianBlur(image, (0, 0), float(sigma)) if sigma else image

    return np.stack([blur(image, sigma_fine) - blur(image, sigma_coarse) for image in images])


def check_sigmas(sigma_fine, sigma_coarse):
    """Raise ValueError unless `sigma_fine` is below `sigma_coarse`."""
    if not sigma_fine < sigma_coarse:
        raise ValueError(
            f"sigma_fine must be below sigma_coarse, {sigma_coarse}; got {sigma_fine}."
        )


class DifferenceOfGaussians(ImageFilter):
    r"""Difference of two Gaussian blurs of each image.

    .. math:: I' = (G_{\sigma_1} - G_{\sigma_2}) * I

    where :math:`G_\sigma` is a Gaussian kernel with standard deviation :math:`\sigma`. This
    band-pass filter removes slow changes of illumination as well as fine noise.

    Parameters
    ----------
    sigma_fine : float, default=1.0
        Standard deviation of the finer blur in pixels; 0 means no blur.
    sigma_coarse : float, default=2.0
        Standard deviation of the coarser blur in pixels.
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
    The output is float32 around 0, on a scale where white is 1.

    References
    ----------
    D. Marr, E. Hildreth (1980). Theory of edge detection. Proceedings of the Royal Society B 207,
    187-217. :doi:`10.1098/rspb.1980.0020`

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.preprocessing import DifferenceOfGaussians
    >>> faces = make_faces(4, random_state=0).images
    >>> details = DifferenceOfGaussians().fit_transform(faces)
    >>> brighter = DifferenceOfGaussians().fit_transform(faces / 510 + 0.5)
    >>> bool(abs(details / 2 - brighter).max() < 1e-5)
    True
    """

    _parameter_constraints = {
        **ImageFilter._parameter_constraints,
        **SIGMAS,
    }
    _dtype = np.float32

    def __init__(self, sigma_fine=1.0, sigma_coarse=2.0, *, image_shape=None, n_jobs=None):
        self.sigma_fine = sigma_fine
        self.sigma_coarse = sigma_coarse
        self.image_shape = image_shape
        self.n_jobs = n_jobs

    def _output_shape(self):
        check_sigmas(self.sigma_fine, self.sigma_coarse)
        return self.image_shape_

    def _filter(self, images):
        return difference_of_gaussians(unit_scale(images), self.sigma_fine, self.sigma_coarse)
