"""Resizing of images."""

from numbers import Integral
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from .._utils.images import check_intensities, resize, to_gray
from .._utils.validation import as_pixels, holds_images, image_column, is_sequence, to_one_scale
from ..base import ImageFilter


class ImageResizer(ImageFilter):
    """Resize images by area averaging and linear interpolation.

    Sides that shrink are resized by averaging over areas, sides that grow by linear interpolation.
    If one side shrinks and the other grows, averaging comes first.

    Lists, and DataFrames of one column, may contain images of different sizes, or paths of image
    files.

    Parameters
    ----------
    size : int or tuple of two int, default=48
        Height and width of the output in pixels; an int means a square.
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples; None treats a sample as one row of pixels.
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
        Names of the features seen in fit; only available if X is a DataFrame.

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

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
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
        return super().fit(self._resize_sequence(X)[0])

    def transform(self, X: ArrayLike) -> NDArray:
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
        images, are_resized = self._resize_sequence(X, self.image_shape_)
        return images if are_resized else super().transform(images)

    def _resize_sequence(self, X, shape=None):
        """Return the images, and whether they were resized.

        Images of a sequence are resized unless all have one shape, `shape` if it is not None.
        """
        X = image_column(X)
        if not (is_sequence(X) and holds_images(X)):
            return X, False
        images = to_one_scale([to_gray(image, f"X[{index}]") for index, image in enumerate(X)])
        shapes = {image.shape for image in images}
        if len(shapes) == 1 and shape in (None, *shapes):
            return np.stack(images), False
        target = self._output_shape()
        resized = []
        for index, image in enumerate(images):
            pixels = as_pixels(image[None])
            check_intensities(pixels, "X", index)
            resized.append(resize(pixels[0], target))
        resized = np.stack(resized)
        return resized if resized.dtype == np.uint8 else resized.astype(np.float32), True

    def _output_shape(self):
        shape = (self.size, self.size) if np.ndim(self.size) == 0 else tuple(self.size)
        if len(shape) != 2 or not all(isinstance(n, Integral) and 0 < n <= 4096 for n in shape):
            raise ValueError(f"size must be one or two integers in 1..4096; got {self.size!r}.")
        return tuple(int(n) for n in shape)

    def _filter(self, images):
        return np.stack([resize(image, self.output_shape_) for image in images])
