"""Elliptical mask around the face."""

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from .._utils.pixels import in_unit_range
from ..base import ImageFilter


def ellipse(shape, center, axes):
    """Compute the mask of an ellipse.

    Parameters
    ----------
    shape : tuple of two int
        Height and width.
    center, axes : tuple of two float
        Center (y, x) and half axes (vertical, horizontal), as fractions of the height and width.

    Returns
    -------
    ndarray of shape `shape`, bool
        True for pixels whose centers are in the ellipse.
    """
    y, x = (((np.arange(n) + 0.5) / n - c) / a for n, c, a in zip(shape, center, axes, strict=True))
    return y[:, None] ** 2 + x[None, :] ** 2 <= 1


class FaceMask(ImageFilter):
    r"""Elliptical mask; pixels outside are filled with the mean gray level inside.

    A pixel at (y, x), as fractions of the height and width of the image, is kept if

    .. math:: \left(\frac{y - y_0}{a_y}\right)^2 + \left(\frac{x - x_0}{a_x}\right)^2 \le 1

    This hides hair, background and clothes in the corners of a crop.

    Parameters
    ----------
    center : tuple of two float, default=(0.5, 0.5)
        Center (y_0, x_0).
    axes : tuple of two float, default=(0.6, 0.5)
        Half axes (a_y, a_x).
    fill : float or None, default=None
        Gray level outside the ellipse, on the scale of the images: 0..255 for uint8, 0..1 for
        floats in 0..1. None means the mean inside.
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples; None treats a sample as one row of pixels.
    n_jobs : int or None, default=None
        Number of threads.

    Attributes
    ----------
    image_shape_, output_shape_ : tuple of two int
        Height and width of the images.
    n_features_in_ : int
        Number of pixels per image, height times width.
    feature_names_in_ : ndarray of str
        Names of the features seen in fit; only available if X is a DataFrame.
    mask_ : ndarray of shape `image_shape_`, bool
        True for the pixels that are kept.

    References
    ----------
    H. A. Rowley, S. Baluja, T. Kanade (1998). Neural network-based face detection. IEEE
    Transactions on Pattern Analysis and Machine Intelligence 20, 23-38 (the oval mask).
    :doi:`10.1109/34.655647`

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.preprocessing import FaceMask
    >>> masked = FaceMask().fit_transform(make_faces(4, random_state=0).images)
    >>> bool((masked[:, 0, 0] == masked[:, -1, -1]).all())
    True
    """

    _parameter_constraints = {
        **ImageFilter._parameter_constraints,
        "center": ["array-like"],
        "axes": ["array-like"],
        "fill": [Interval(Real, None, None, closed="neither"), None],
    }

    def __init__(
        self, center=(0.5, 0.5), axes=(0.6, 0.5), *, fill=None, image_shape=None, n_jobs=None
    ):
        self.center = center
        self.axes = axes
        self.fill = fill
        self.image_shape = image_shape
        self.n_jobs = n_jobs

    def _check_images(self, images):
        if images.dtype == np.uint8:
            self._check_fill(255)
        elif self.fill is not None and in_unit_range(images).all():
            self._check_fill(1)

    def _check_fill(self, highest):
        if self.fill is not None and not 0 <= self.fill <= highest:
            raise ValueError(
                f"fill must be in 0..{highest} for images in 0..{highest}; got {self.fill}."
            )

    def _output_shape(self):
        for name in ("center", "axes"):
            value = getattr(self, name)
            if len(value) != 2 or not all(isinstance(v, Real) and np.isfinite(v) for v in value):
                raise ValueError(f"{name} must be two finite numbers; got {value!r}.")
        if not min(self.axes) > 0:
            raise ValueError(f"axes must be above 0; got {self.axes!r}.")
        if not self.mask_.any():
            raise ValueError(
                "center and axes must describe an ellipse that covers at least one pixel of images "
                f"of shape {self.image_shape_}; got {self.center!r} and {self.axes!r}."
            )
        return self.image_shape_

    @property
    def mask_(self):
        """Mask of the pixels that are kept, of shape `image_shape_`."""
        check_is_fitted(self)
        return ellipse(self.image_shape_, self.center, self.axes)

    def _filter(self, images):
        if images.dtype == np.uint8:
            self._check_fill(255)
        fill, mask = self.fill, self.mask_
        if fill is None:
            fill = images[:, mask].mean(axis=1, dtype=np.float64)[:, None, None]
        if images.dtype == np.uint8:
            fill = np.rint(fill)
        return np.where(mask, images, np.asarray(fill, dtype=images.dtype))
