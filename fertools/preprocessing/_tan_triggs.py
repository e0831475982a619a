"""The light normalization of Tan and Triggs."""

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval

from .._utils.pixels import unit_scale
from ..base import ImageFilter
from ._difference_of_gaussians import SIGMAS, check_sigmas, difference_of_gaussians


def equalize_contrast(images, alpha, tau):
    """Scale each image by its mean contrast, and press what still stands out below `tau`.

    Parameters
    ----------
    images : ndarray of shape (n, h, w), float32
        Around 0.
    alpha : float
        Power under the means: small, so that few strong pixels do not set the scale.
    tau : float
        Limit of the result.

    Returns
    -------
    ndarray of shape (n, h, w), float32
        In -tau..tau; an image of zeros stays one.
    """
    for limit in (np.inf, tau):
        size = np.minimum(np.abs(images), np.float32(limit))
        mean = (size.astype(np.float64) ** alpha).mean(axis=(1, 2), keepdims=True)
        contrast = mean ** (1 / alpha)
        images = images / np.where(contrast > 0, contrast, 1)
    return (tau * np.tanh(images / tau)).astype(np.float32)


class TanTriggs(ImageFilter):
    r"""Take the light out of each image, in three steps.

    1. Gamma correction, :math:`I^\gamma`: shadows open.
    2. Difference of Gaussians: slow changes of the light and fine noise drop out.
    3. Contrast equalization: :math:`I \leftarrow I / \mathrm{mean}(|I|^\alpha)^{1/\alpha}`,
       then :math:`I \leftarrow I / \mathrm{mean}(\min(\tau, |I|)^\alpha)^{1/\alpha}`, and at
       last :math:`I \leftarrow \tau \tanh(I / \tau)`.

    Parameters
    ----------
    gamma : float, default=0.2
        Power of the first step.
    sigma_fine : float, default=1.0
        Standard deviation in pixels of the finer blur of the second; 0 is none.
    sigma_coarse : float, default=2.0
        That of the coarser blur.
    alpha : float, default=0.1
        Power under the means of the third.
    tau : float, default=10.0
        Limit of the result.
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
    Puts out float32 in -tau..tau. Negative intensities, which no camera gives, count as 0.

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
    >>> bright, dark = (TanTriggs().fit_transform(light * faces) for light in (1, 0.3))
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
        opened = np.maximum(unit_scale(images), 0) ** np.float32(self.gamma)
        details = difference_of_gaussians(opened, self.sigma_fine, self.sigma_coarse)
        return equalize_contrast(details, self.alpha, self.tau)
