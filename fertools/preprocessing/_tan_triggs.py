"""Illumination normalization of Tan and Triggs."""

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval

from .._utils.pixels import unit_scale
from ..base import ImageFilter
from ._difference_of_gaussians import SIGMAS, check_sigmas, difference_of_gaussians


def equalize_contrast(images, alpha, tau):
    """Divide each image by its robust mean contrast, and compress extreme values.

    Parameters
    ----------
    images : ndarray of shape (n, h, w), float32
        Band-pass filtered images, with values around 0.
    alpha : float
        Exponent of the means; a small one reduces the influence of large values.
    tau : float
        Limit of the result.

    Returns
    -------
    ndarray of shape (n, h, w), float32
        Values in -tau..tau; an image of zeros is unchanged.
    """
    for limit in (np.inf, tau):
        size = np.minimum(np.abs(images), np.float32(limit))
        mean = (size.astype(np.float64) ** alpha).mean(axis=(1, 2), keepdims=True)
        contrast = mean ** (1 / alpha)
        images = images / np.where(contrast > 0, contrast, 1)
    return (tau * np.tanh(images / tau)).astype(np.float32)


class TanTriggs(ImageFilter):
    r"""Illumination normalization of Tan and Triggs.

    The preprocessing chain has three steps:

    1. Gamma correction, :math:`I^\gamma`, brightens shadows.
    2. A difference of Gaussians removes slow changes of illumination and fine noise.
    3. Contrast equalization: :math:`I \leftarrow I / \mathrm{mean}(|I|^\alpha)^{1/\alpha}`,
       then :math:`I \leftarrow I / \mathrm{mean}(\min(\tau, |I|)^\alpha)^{1/\alpha}`, and
       finally :math:`I \leftarrow \tau \tanh(I / \tau)`.

    Parameters
    ----------
    gamma : float, default=0.2
        Exponent of the gamma correction.
    sigma_fine : float, default=1.0
        Standard deviation of the finer blur in pixels; 0 means no blur.
    sigma_coarse : float, default=2.0
        Standard deviation of the coarser blur in pixels.
    alpha : float, default=0.1
        Exponent of the means in the contrast equalization.
    tau : float, default=10.0
        Limit of the result.
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
    The output is float32 in -tau..tau. Negative intensities are clipped to 0.

    References
    ----------
    X. Tan, B. Triggs (2010). Enhanced local texture feature sets for face recognition under
    difficult lighting conditions. IEEE Transactions on Image Processing 19, 1635-1650.
    :doi:`10.1109/TIP.2010.2042645`

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.preprocessing import TanTriggs
    >>> faces = make_faces(4, random_state=0).images / 255
    >>> bright, dark = (TanTriggs().fit_transform(gain * faces) for gain in (1, 0.3))
    >>> bool(abs(bright - dark).max() < 1e-3)
    True
    """

    _parameter_constraints = {
        **ImageFilter._parameter_constraints,
        "gamma": [Interval(Real, 0, None, closed="neither")],
        **SIGMAS,
        "alpha": [Interval(Real, 0, None, closed="neither")],
        "tau": [Interval(Real, 0, None, closed="neither")],
    }
    _dtype = np.float32

    def __init__(
        self,
        gamma=0.2,
        *,
        sigma_fine=1.0,
        sigma_coarse=2.0,
        alpha=0.1,
        tau=10.0,
        image_shape=None,
        n_jobs=None,
    ):
        self.gamma = gamma
        self.sigma_fine = sigma_fine
        self.sigma_coarse = sigma_coarse
        self.alpha = alpha
        self.tau = tau
        self.image_shape = image_shape
        self.n_jobs = n_jobs

    def _output_shape(self):
        check_sigmas(self.sigma_fine, self.sigma_coarse)
        return self.image_shape_

    def _filter(self, images):
        brightened = np.maximum(unit_scale(images), 0) ** np.float32(self.gamma)
        details = difference_of_gaussians(brightened, self.sigma_fine, self.sigma_coarse)
        return equalize_contrast(details, self.alpha, self.tau)
