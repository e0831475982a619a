"""What puts out images: the base class of every filter."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from ._base import holds_images, validate_images
from ._parallel import N_JOBS, map_chunks


def _has_columns(estimator):
    return getattr(estimator, "_are_rows", True)


class PixelColumns:
    """Mixin of what puts out images: their pixels are columns only where they are flattened rows.

    The estimator sets `_are_rows` in fit, and has `output_shape_`, height and width of its images.
    """

    def set_output(self, *, transform=None):
        """Set the container of flattened rows; images stay an array.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"} or None, default=None

        Returns
        -------
        self : object
        """
        if _has_columns(self):
            super().set_output(transform=transform)
        return self

    @available_if(_has_columns)
    def get_feature_names_out(self, input_features=None):
        """Name the pixels, row by row; only where images are flattened rows.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str
        """
        check_is_fitted(self)
        height, width = self.output_shape_
        names = [f"pixel_{y}_{x}" for y in range(height) for x in range(width)]
        return np.array(names, dtype=object)


class ImageFilter(PixelColumns, TransformerMixin, BaseEstimator):
    """Base class of what turns each image into another: images in, images out.

    Flattened rows come out as flattened rows. A subclass writes `_filter(images)`, a pure function
    of a chunk of images `(n, h, w)` that returns one `(n, *output_shape_)`, and says its dtype.

    Parameters
    ----------
    image_shape : tuple of two int or None, default=None
        How flattened rows unfold; None means one line of pixels.
    n_jobs : int or None, default=None
        Threads over chunks of images.

    Attributes
    ----------
    image_shape_ : tuple of two int
        Height and width of the images seen in fit.
    output_shape_ : tuple of two int
        Height and width of the images put out.
    n_features_in_ : int
        Height times width of the images seen in fit.
    feature_names_in_ : ndarray of str
        Only where X was a DataFrame.
    """

    _parameter_constraints = {"image_shape": ["array-like", None], "n_jobs": N_JOBS}
    # None: uint8 stays uint8, floats become float32.
    _dtype = None

    def fit(self, X, y=None):
        """Learn the size of the images.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images.
        y : None
            Ignored.

        Returns
        -------
        self : object
        """
        self._validate_params()
        validate_images(self, X, reset=True)
        self._are_rows = not holds_images(X)
        self.output_shape_ = self._output_shape()
        return self

    def transform(self, X):
        """Filter the images.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images of the size seen in fit.

        Returns
        -------
        ndarray of shape (n_samples, height, width) or (n_samples, height * width)
            As many dimensions as `X` has.
        """
        check_is_fitted(self)
        self._check_parameters()
        images = validate_images(self, X, reset=False)
        height, width = self.output_shape_
        native = np.uint8 if images.dtype == np.uint8 else np.float32
        rows = map_chunks(
            lambda chunk: self._filter(chunk).reshape(len(chunk), -1),
            images,
            height * width,
            n_jobs=self.n_jobs,
            dtype=self._dtype or native,
        )
        return rows.reshape(-1, height, width) if holds_images(X) else rows

    def _check_parameters(self):
        """Validate the parameters of a fitted filter, which `set_params` may have changed."""
        self._validate_params()
        if tuple(self._output_shape()) != tuple(self.output_shape_):
            raise ValueError(
                f"The parameters of {type(self).__name__} must not change the size of its output "
                f"after fit; got {self._output_shape()}, fitted with {self.output_shape_}. "
                "Call fit again."
            )

    def _output_shape(self):
        return self.image_shape_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = []
        return tags
