"""Resizing of images."""

from numbers import Integral

import numpy as np
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from .._utils.images import check_intensities, resize, to_gray
from .._utils.validation import as_pixels, holds_images, is_sequence
from ..base import ImageFilter


class ImageResizer(ImageFilter):
    """Resize images by area averaging and linear interpolation.

    Sides that shrink are resized by averaging over areas, sides that grow by linear interpolation.
    If one side shrinks and the other grows, averaging comes first.

    Lists may contain images of different sizes, or paths of image files.

    Parameters
    ----------
    size : int or tuple of two int, default=48
        Height and width of the output in pixels; an int means a square.
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples; by default, they are single lines of pixels.
    n_jobs : int or None, default=None
        Number of threads.

    Attributes
    ----------
    image_shape_ : tuple of two int
        Height and width of the images seen in fit, or `output_shape_` if their sizes differed.
    output_shape_ : tuple of two int
        Height and width of the resized images.
    n_features_in_ : int
        Number of pixels of the images seen in fit.
    feature_names_in_ : ndarray of str
        Names of the columns of X; only available if X is a DataFrame.

    References
    ----------
    W. K. Pratt (2007). Digital image processing, 4th edition, section 13.5.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.preprocessing import ImageResizer
    >>> ImageResizer((64, 32)).fit_transform(make_faces(4, random_state=0).images).shape
    (4, 64, 32)
    """

    _parameter_constraints = {
        **ImageFilter._parameter_constraints,
        "size": [Interval(Integral, 1, None, closed="left"), "array-like"],
    }

    def __init__(self, size=48, *, image_shape=None, n_jobs=None):
        self.size = size
        self.image_shape = image_shape
        self.n_jobs = n_jobs

    def fit(self, X, y=None):
        """Learn the size of the images.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width), or \
                sequence of images or paths
            Images; those in a list may differ in size.
        y : None
            Ignored.

        Returns
        -------
        self : object
        """
        self._validate_params()
        resized = self._resize_sequence(X)
        return super().fit(X if resized is None else resized)

    def transform(self, X):
        """Resize the images.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width), or \
                sequence of images or paths
            Images; those in a list may differ in size, those in an array must have the size seen
            in fit.

        Returns
        -------
        ndarray of shape (n_samples, height, width) or (n_samples, height * width)
            Resized images, flattened if `X` is.
        """
        check_is_fitted(self)
        resized = self._resize_sequence(X, self.image_shape_)
        return super().transform(X) if resized is None else resized

    def _resize_sequence(self, X, shape=None):
        """Resize a list of images; return None if `X` is an array, or all images have one shape."""
        if not (is_sequence(X) and holds_images(X)):
            return None
        images = [to_gray(image, f"X[{index}]") for index, image in enumerate(X)]
        shapes = {image.shape for image in images}
        if len(shapes) == 1 and shape in (None, *shapes):
            return None
        target = self._output_shape()
        resized = []
        for image in images:
            pixels = as_pixels(image[None])
            check_intensities(pixels, "X")
            resized.append(resize(pixels[0], target))
        resized = np.stack(resized)
        return resized if resized.dtype == np.uint8 else resized.astype(np.float32)

    def _output_shape(self):
        shape = (self.size, self.size) if np.ndim(self.size) == 0 else tuple(self.size)
        if len(shape) != 2 or not all(isinstance(n, Integral) and 0 < n <= 4096 for n in shape):
            raise ValueError(f"size must be one or two integers in 1..4096; got {self.size!r}.")
        return tuple(int(n) for n in shape)

    def _filter(self, images):
        return np.stack([resize(image, self.output_shape_) for image in images])
