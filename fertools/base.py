"""Base classes of image descriptors and image filters."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from ._utils.parallel import N_JOBS, map_chunks, one_blas_thread
from ._utils.validation import holds_images, validate_images

__all__ = ["GROUP_DTYPE", "ImageTransformer", "cell_box"]

# One row a feature: the descriptor it belongs to and the part of the face it looks at, as a box
# in fractions of the height and the width.
GROUP_DTYPE = np.dtype(
    [("descriptor", "U32"), ("y0", "f4"), ("x0", "f4"), ("y1", "f4"), ("x1", "f4")]
)
WHOLE = (0.0, 0.0, 1.0, 1.0)


def name_groups(blocks):
    """Turn `(descriptor, box, names)` blocks into feature names and a `GROUP_DTYPE` array."""
    names = np.array([name for _, _, block in blocks for name in block], dtype=object)
    rows = [(descriptor, *box) for descriptor, box, block in blocks for _ in block]
    return names, np.array(rows, dtype=GROUP_DTYPE)


def cell_box(y, x, grid):
    """Return the box of a cell of a grid.

    Parameters
    ----------
    y, x : int
        Row and column of the cell.
    grid : tuple of two int
        Number of rows and columns.

    Returns
    -------
    tuple of four float
        y0, x0, y1 and x1, in fractions of the height and width of the image.
    """
    return (y / grid[0], x / grid[1], (y + 1) / grid[0], (x + 1) / grid[1])


class ImageTransformer(TransformerMixin, BaseEstimator):
    """Base class of the descriptors: gray images in, float32 rows out.

    A descriptor is stateless but for the size of its images. A subclass writes two methods:

    `_describe(images)`
        A pure function of a chunk of images `(n, h, w)`: the rows `(n, n_features)`.
    `_blocks()`
        A list of `(descriptor, box, names)`, in the order of the columns.

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
    n_features_in_ : int
        Height times width.
    feature_names_in_ : ndarray of str
        Only where X was a DataFrame.
    """

    _parameter_constraints = {"image_shape": ["array-like", None], "n_jobs": N_JOBS}
    # At most what `_describe` holds for an image; chunks are cut so that they fit in the working
    # memory. A descriptor that keeps many maps of an image says more.
    _bytes_per_pixel = 1024
    _bytes_per_feature = 64

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
        self._check_geometry()
        self._n_features_out = sum(len(names) for _, _, names in self._blocks())
        return self

    def transform(self, X):
        """Describe the images.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images of the size seen in fit.

        Returns
        -------
        ndarray of shape (n_samples, n_features), float32, C-contiguous
        """
        check_is_fitted(self)
        self._check_parameters()
        images = validate_images(self, X, reset=False)
        row_bytes = (
            self._bytes_per_pixel * self.n_features_in_
            + self._bytes_per_feature * self._n_features_out
        )
        # The products of a chunk are too small to be shared among threads.
        with one_blas_thread():
            return map_chunks(
                self._describe_contiguous,
                images,
                self._n_features_out,
                n_jobs=self.n_jobs,
                row_bytes=row_bytes,
            )

    def _describe_contiguous(self, images):
        # Kernels are compiled for each layout that they meet: let them meet one.
        values = self._describe(np.require(images, requirements=("C", "W")))
        if values.shape != (len(images), self._n_features_out):
            raise ValueError(
                f"The parameters of {type(self).__name__} must not change the number of features "
                f"after fit; got {values.shape[1]} features, fitted with {self._n_features_out}. "
                "Call fit again."
            )
        return values

    def get_feature_names_out(self, input_features=None):
        """Name the columns of the output.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str
        """
        check_is_fitted(self)
        return name_groups(self._blocks())[0]

    @property
    def groups_(self):
        """Structured array: for each feature its `descriptor` and box `y0, x0, y1, x1`."""
        check_is_fitted(self)
        return name_groups(self._blocks())[1]

    def _check_parameters(self):
        """Validate the parameters of a fitted descriptor, which `set_params` may have changed."""
        self._validate_params()
        self._check_geometry()

    def _check_geometry(self):
        """Raise ValueError where the parameters do not go with `image_shape_`."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = []
        return tags


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
    _dtype: type | None = None

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
