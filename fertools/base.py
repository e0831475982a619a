"""Base classes of image descriptors and image filters."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from ._utils.parallel import N_JOBS, map_chunks, one_blas_thread
from ._utils.pixel_columns import PixelColumns
from ._utils.validation import holds_images, validate_images

__all__ = ["GROUP_DTYPE", "ImageTransformer", "cell_box"]

# Name of the descriptor and bounding box of a feature, in fractions of the image height and width.
GROUP_DTYPE = np.dtype(
    [("descriptor", "U32"), ("y0", "f4"), ("x0", "f4"), ("y1", "f4"), ("x1", "f4")]
)
WHOLE = (0.0, 0.0, 1.0, 1.0)


def name_groups(blocks):
    """Convert blocks `(descriptor, box, names)` to feature names and a `GROUP_DTYPE` array."""
    names = np.array([name for _, _, block in blocks for name in block], dtype=object)
    rows = [(descriptor, *box) for descriptor, box, block in blocks for _ in block]
    return names, np.array(rows, dtype=GROUP_DTYPE)


def cell_box(y: int, x: int, grid: tuple[int, int]) -> tuple[float, float, float, float]:
    """Return the bounding box of a cell of a grid.

    Parameters
    ----------
    y, x : int
        Row and column of the cell.
    grid : tuple of two int
        Number of rows and columns of the grid.

    Returns
    -------
    tuple of four float
        Bounding box (y0, x0, y1, x1) in fractions of the height and width of the image.

    Examples
    --------
    >>> from fertools.base import cell_box
    >>> cell_box(1, 0, (2, 4))
    (0.5, 0.0, 1.0, 0.25)
    """
    return (y / grid[0], x / grid[1], (y + 1) / grid[0], (x + 1) / grid[1])


class ImageTransformer(TransformerMixin, BaseEstimator):
    """Base class of image descriptors, transformers from images to features.

    The base class validates images, converts them to gray, distributes chunks of them over
    threads, and provides feature names. A subclass implements two methods:

    `_describe(images)`
        Return the features, an array of shape (n, n_features), of a chunk of gray images of shape
        (n, height, width). The features of an image must not depend on the other images.
    `_blocks()`
        Return a list of tuples (descriptor, box, names), one per block of consecutive features:
        the name of the descriptor, the bounding box of the block in fractions of the image (see
        :func:`cell_box`) and the names of its features. Only called on fitted descriptors.

    A subclass may extend `_parameter_constraints` and implement `_check_geometry`, which raises
    ValueError if the parameters are not valid for images of shape `image_shape_`.

    Parameters
    ----------
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples; None treats a sample as one row of pixels.
    n_jobs : int or None, default=None
        Number of threads.

    Attributes
    ----------
    image_shape_ : tuple of two int
        Height and width of the images seen in fit.
    n_features_in_ : int
        Number of pixels per image, height times width.
    feature_names_in_ : ndarray of str
        Names of the features seen in fit; only available if X is a DataFrame.
    groups_ : ndarray of shape (n_features,)
        Name of the descriptor and bounding box of each feature.

    Examples
    --------
    >>> import numpy as np
    >>> from fertools.base import ImageTransformer
    >>> class MeanGrayLevel(ImageTransformer):
    ...     def __init__(self, *, image_shape=None, n_jobs=None):
    ...         self.image_shape = image_shape
    ...         self.n_jobs = n_jobs
    ...
    ...     def _describe(self, images):
    ...         return images.mean(axis=(1, 2), dtype=np.float32)[:, None]
    ...
    ...     def _blocks(self):
    ...         return [("mean", (0, 0, 1, 1), ["mean"])]
    >>> MeanGrayLevel().fit_transform(np.ones((2, 48, 48))).shape
    (2, 1)
    """

    _parameter_constraints = {"image_shape": ["array-like", None], "n_jobs": N_JOBS}
    # Upper bounds of the memory that `_describe` needs per image. Chunks are sized to fit into
    # scikit-learn's working memory.
    _bytes_per_pixel = 1024
    _bytes_per_feature = 64

    def _describe(self, images):
        """Return the features of a chunk of images.

        Parameters
        ----------
        images : ndarray of shape (n, height, width), uint8 or floating
            Gray images; floating values are on the scale 0..1.

        Returns
        -------
        ndarray of shape (n, n_features)
        """
        raise NotImplementedError(f"{type(self).__name__} must implement _describe.")

    def _blocks(self):
        """Return name of the descriptor, box and feature names of each block of features.

        Returns
        -------
        list of (str, tuple of four float, list of str)
        """
        raise NotImplementedError(f"{type(self).__name__} must implement _blocks.")

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
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
            Fitted descriptor.
        """
        self._validate_params()
        validate_images(self, X, reset=True)
        self._check_geometry()
        self._n_features_out = sum(len(names) for _, _, names in self._blocks())
        return self

    def transform(self, X: ArrayLike) -> NDArray:
        """Compute the features of images.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images of the size seen in fit.

        Returns
        -------
        ndarray of shape (n_samples, n_features), float32, C-contiguous
            Features.
        """
        check_is_fitted(self)
        self._check_parameters()
        images = validate_images(self, X, reset=False)
        row_bytes = (
            self._bytes_per_pixel * self.n_features_in_
            + self._bytes_per_feature * self._n_features_out
        )
        # Matrix products of a chunk are too small to benefit from threads.
        with one_blas_thread():
            return map_chunks(
                self._describe_contiguous,
                images,
                self._n_features_out,
                n_jobs=self.n_jobs,
                row_bytes=row_bytes,
            )

    def _describe_contiguous(self, images):
        # A single memory layout avoids compiling functions more than once.
        values = self._describe(np.require(images, requirements=("C", "W")))
        if values.shape != (len(images), self._n_features_out):
            raise ValueError(
                f"The parameters of {type(self).__name__} must not change the number of features "
                f"after fit; got {values.shape[1]} features, fitted with {self._n_features_out}. "
                "Call fit again."
            )
        return values

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray:
        """Return the names of the features.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str
            Names of the features.
        """
        check_is_fitted(self)
        return name_groups(self._blocks())[0]

    @property
    def groups_(self) -> NDArray:
        """Structured array with the `descriptor` and the box `y0, x0, y1, x1` of each feature."""
        check_is_fitted(self)
        return name_groups(self._blocks())[1]

    def _check_parameters(self):
        """Validate the parameters again, as `set_params` may have changed them after fit."""
        self._validate_params()
        self._check_geometry()

    def _check_geometry(self):
        """Raise ValueError if the parameters are not valid for images of `image_shape_`."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = []
        return tags


class ImageFilter(PixelColumns, TransformerMixin, BaseEstimator):
    """Base class of transformers from images to images.

    The output is flattened if the input is. A subclass implements one method, `_filter(images)`,
    which returns an array of shape (n, *output_shape_) for a chunk of gray images of shape
    (n, height, width). It sets `_dtype` if the output dtype is fixed, and implements
    `_output_shape` if the output shape differs from the input shape. For use within fertools.

    Parameters
    ----------
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples; None treats a sample as one row of pixels.
    n_jobs : int or None, default=None
        Number of threads.

    Attributes
    ----------
    image_shape_ : tuple of two int
        Height and width of the images seen in fit.
    output_shape_ : tuple of two int
        Height and width of the returned images.
    n_features_in_ : int
        Number of pixels per image, height times width.
    feature_names_in_ : ndarray of str
        Names of the features seen in fit; only available if X is a DataFrame.
    """

    _parameter_constraints = {"image_shape": ["array-like", None], "n_jobs": N_JOBS}
    # None: uint8 stays uint8, floats become float32.
    _dtype: type | None = None

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
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
        images = validate_images(self, X, reset=True)
        self._are_rows = not holds_images(X)
        self.output_shape_ = self._output_shape()
        self._check_images(images)
        return self

    def _check_images(self, images):
        """Raise a ValueError if a parameter does not suit the images of fit."""

    def transform(self, X: ArrayLike) -> NDArray:
        """Filter the images.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images of the size seen in fit.

        Returns
        -------
        ndarray of shape (n_samples, height, width) or (n_samples, height * width)
            Filtered images, with as many dimensions as `X`.
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
        """Validate the parameters again, as `set_params` may have changed them after fit."""
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
