"""The base class of every descriptor."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from ._compiled import compiled
from ._images import OVERSHOOT
from ._parallel import N_JOBS, map_chunks, one_blas_thread
from ._validation import as_pixels, holds_images, stack_images, validate_images

__all__ = [
    "GROUP_DTYPE",
    "WHOLE",
    "ImageTransformer",
    "as_pixels",
    "cell_box",
    "grey_levels",
    "holds_images",
    "in_unit_range",
    "name_groups",
    "stack_images",
    "standardized",
    "unit_scale",
    "validate_images",
]

# One row a feature: the descriptor it belongs to and the part of the face it looks at, as a box
# in fractions of the height and the width.
GROUP_DTYPE = np.dtype(
    [("descriptor", "U32"), ("y0", "f4"), ("x0", "f4"), ("y1", "f4"), ("x1", "f4")]
)
WHOLE = (0.0, 0.0, 1.0, 1.0)


def unit_scale(images):
    """Return float32 intensities: uint8 v as v / 255, floats as they are."""
    if images.dtype == np.uint8:
        return images.astype(np.float32) / np.float32(255)
    return images.astype(np.float32, copy=False)


@compiled
def _standardize(rows, least, out):
    n, m = rows.shape
    for i in range(n):
        row, target = rows[i], out[i]
        total = 0.0
        for k in range(m):
            total += row[k]
        mean = total / m
        squares = 0.0
        for k in range(m):
            squares += (row[k] - mean) ** 2
        deviation = np.sqrt(squares / m)
        scale = 1 / deviation if deviation > least else 0.0
        for k in range(m):
            target[k] = (row[k] - mean) * scale


def standardized(images):
    """Scale each image to mean 0 and standard deviation 1; a flat image becomes zeros.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)

    Returns
    -------
    ndarray of shape (n, h, w), float32
    """
    # Below 1e-4 of a grey level, what is left is rounding and not a face.
    least = 1e-4 if images.dtype == np.uint8 else 1e-4 / 255
    out = np.empty(images.shape, dtype=np.float32)
    _standardize(images.reshape(len(images), -1), least, out.reshape(len(images), -1))
    return out


def in_unit_range(images):
    """Return which images of `(n, h, w)` hold floats in 0..1 only."""
    if images.dtype == np.uint8:
        return np.zeros(len(images), dtype=bool)
    low, high = images.min(axis=(1, 2)), images.max(axis=(1, 2))
    return (low >= -OVERSHOOT) & (high <= 1 + OVERSHOOT)


def grey_levels(images):
    """Convert to uint8: floats in 0..1 as 255 v; other images are stretched to the full range.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
    """
    if images.dtype == np.uint8:
        return images
    low = images.min(axis=(1, 2), keepdims=True).astype(np.float64)
    high = images.max(axis=(1, 2), keepdims=True).astype(np.float64)
    is_unit = in_unit_range(images)[:, None, None]
    low = np.where(is_unit, 0, low)
    span = np.where(is_unit, 1, np.maximum(high - low, np.finfo(np.float64).tiny))
    return np.rint((images - low) / span * 255).clip(0, 255).astype(np.uint8)


def name_groups(blocks):
    """Turn `(descriptor, box, names)` blocks into feature names and a `GROUP_DTYPE` array."""
    names = np.array([name for _, _, block in blocks for name in block], dtype=object)
    rows = [(descriptor, *box) for descriptor, box, block in blocks for _ in block]
    return names, np.array(rows, dtype=GROUP_DTYPE)


def cell_box(y, x, grid):
    """Return the box of cell (y, x) in a grid of (rows, columns), in fractions of the image."""
    return (y / grid[0], x / grid[1], (y + 1) / grid[0], (x + 1) / grid[1])


class ImageTransformer(TransformerMixin, BaseEstimator):
    """Base class of the descriptors: grey images in, float32 rows out.

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
