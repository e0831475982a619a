"""An ellipse around the face, with what is outside painted over."""

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval

from ..base import ImageFilter


def ellipse(shape, center, axes):
    """Say which pixels lie in an ellipse.

    Parameters
    ----------
    shape : tuple of two int
        Height and width.
    center, axes : tuple of two float
        Center (y, x) and half axes (vertical, horizontal), in heights and widths of the image.

    Returns
    -------
    ndarray of shape `shape`, bool
    """
    y, x = (((np.arange(n) + 0.5) / n - c) / a for n, c, a in zip(shape, center, axes, strict=True))
    return y[:, None] ** 2 + x[None, :] ** 2 <= 1


class FaceMask(ImageFilter):
    r"""Keep an ellipse of each image, and paint the rest with the mean gray of the ellipse.

    A pixel at (y, x), in heights and widths of the image, is kept where

    .. math:: \left(\frac{y - y_0}{a_y}\right)^2 + \left(\frac{x - x_0}{a_x}\right)^2 \le 1

    Hair, background and clothes in the corners of a crop then say nothing.

    Parameters
    ----------
    center : tuple of two float, default=(0.5, 0.5)
        Center (y_0, x_0).
    axes : tuple of two float, default=(0.6, 0.5)
        Half axes (a_y, a_x).
    fill : float or None, default=None
        What the rest is painted with, on the scale of the images; None is the mean inside.
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
    mask_ : ndarray of shape `image_shape_`, bool
        The pixels that are kept.

    References
    ----------
    H. A. Rowley, S. Baluja, T. Kanade (1998). Neural network-based face detection. IEEE
    Transactions on Pattern Analysis and Machine Intelligence 20, 23-38: its oval mask.
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

    def _output_shape(self):
        for name in ("center", "axes"):
            value = getattr(self, name)
            if len(value) != 2 or not all(isinstance(v, Real) and np.isfinite(v) for v in value):
                raise ValueError(f"{name} must be two finite numbers; got {value!r}.")
        if not min(self.axes) > 0:
            raise ValueError(f"axes must be above 0; got {self.axes!r}.")
        self.mask_ = ellipse(self.image_shape_, self.center, self.axes)
        if not self.mask_.any():
            raise ValueError(
                f"center and axes must keep a pixel of {self.image_shape_}; "
                f"got {self.center!r} and {self.axes!r}."
            )
        return self.image_shape_

    def _filter(self, images):
        fill = self.fill
        if fill is None:
            fill = images[:, self.mask_].mean(axis=1, dtype=np.float64)[:, None, None]
        if images.dtype == np.uint8:
            fill = np.rint(fill)
        return np.where(self.mask_, images, np.asarray(fill, dtype=images.dtype))
