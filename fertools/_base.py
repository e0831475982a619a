"""The gate for images, and the base class of every descriptor."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from ._compiled import compiled
from ._images import to_grey
from ._parallel import N_JOBS, map_chunks, one_blas_thread

# One row a feature: the descriptor it belongs to and the part of the face it looks at, as a box
# in fractions of the height and the width.
GROUP_DTYPE = np.dtype(
    [("descriptor", "U32"), ("y0", "f4"), ("x0", "f4"), ("y1", "f4"), ("x1", "f4")]
)
WHOLE = (0.0, 0.0, 1.0, 1.0)


def as_pixels(images):
    """Bring pixels to one of the forms that descriptors read: uint8, float32 or float64.

    Integers in 0..255 become uint8; booleans, and other integers v as v / 255, become float64.
    Floats of another size or byte order become the nearest of the two, which kernels know.
    """
    if images.dtype == np.uint8:
        return images
    if np.issubdtype(images.dtype, np.floating):
        return images.astype(np.float32 if images.itemsize <= 4 else np.float64, copy=False)
    if images.dtype == bool:
        return images.astype(np.float64)
    if images.size and images.min() >= 0 and images.max() <= 255:
        return images.astype(np.uint8)
    return images / 255


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


def grey_levels(images):
    """Return uint8: floats in 0..1 as 255 v, others stretched to the full range image by image.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
    """
    if images.dtype == np.uint8:
        return images
    low = images.min(axis=(1, 2), keepdims=True).astype(np.float64)
    high = images.max(axis=(1, 2), keepdims=True).astype(np.float64)
    outside = (low < 0) | (high > 1)
    low = np.where(outside, low, 0)
    span = np.where(outside, np.maximum(high - low, np.finfo(np.float64).tiny), 1)
    return np.rint((images - low) / span * 255).astype(np.uint8)


def holds_images(X):
    """Say whether `X` holds images, of one size or of many, and not flattened rows."""
    n_dims = 1 if isinstance(X, (list, tuple)) else getattr(X, "ndim", 2)
    return np.ndim(next(iter(X), 0)) > 1 if n_dims == 1 else n_dims > 2


def stack_images(X, name="X"):
    """Make one array of a sequence of images; anything but a list or tuple passes unchanged."""
    if not isinstance(X, (list, tuple)) or len(X) == 0 or np.ndim(X[0]) < 2:
        return X
    shapes = [np.shape(image) for image in X]
    for index, shape in enumerate(shapes):
        if shape != shapes[0]:
            raise ValueError(
                f"{name} must hold images of one shape; got {shapes[0]} at 0 and {shape} at "
                f"{index}. FaceLocalizer makes crops of one size."
            )
    return np.stack([np.asarray(image) for image in X])


def _to_grey_batch(images):
    """Convert (n, h, w), (n, h, w, 1), (n, h, w, 3) or (n, h, w, 4) to (n, h, w)."""
    if images.ndim == 3:
        return images
    if images.ndim == 4 and images.shape[3] == 1:
        return images[..., 0]
    if images.ndim == 4 and images.shape[3] in (3, 4):
        return np.stack([to_grey(image, "X") for image in images])
    raise ValueError(
        "X must be of shape (n_samples, height, width), (n_samples, height, width, 3) or "
        f"(n_samples, height * width); got {images.shape}."
    )


def validate_images(estimator, X, *, reset):
    """Take images in every accepted form through scikit-learn's own input checks.

    Parameters
    ----------
    estimator : BaseEstimator
        Its parameter `image_shape` says how flattened rows unfold. With `reset` it learns
        `image_shape_` and `n_features_in_`; otherwise the images are held against them.
    X : array-like of shape (n, h, w), (n, h, w, 3) or (n, h * w)
        uint8, any finite float, or integers on the scale 0..255. A list of images is stacked.
    reset : bool
        True in fit.

    Returns
    -------
    ndarray of shape (n, h, w), uint8 or floating
        Grey pixels.

    Raises
    ------
    ValueError
        When the shape is none of the above or not that of fit, when a pixel is NaN or infinite,
        when there are no images, or when an image is a single pixel.
    """
    X = stack_images(X)
    n_dims = X.ndim if hasattr(X, "ndim") else np.asarray(X).ndim
    if n_dims < 3:
        rows = validate_data(estimator, X, dtype="numeric", reset=reset)
        images = rows.reshape(-1, *_row_shape(estimator, rows.shape[1], reset))
    else:
        images = check_array(
            X, ensure_2d=False, allow_nd=True, dtype="numeric", estimator=estimator, input_name="X"
        )
        images = _to_grey_batch(images)
        if images.size == 0:
            raise ValueError(f"X must hold images of at least one pixel; got shape {images.shape}.")
        if not reset and images.shape[1:] != estimator.image_shape_:
            raise ValueError(
                f"X must hold images of {_by(estimator.image_shape_)} pixels (height x width), as "
                f"in fit; got {_by(images.shape[1:])}."
            )
        # One image says how many pixels there are; of a strided view all would be copied.
        first = images[:1].reshape(1, -1)
        validate_data(estimator, first, skip_check_array=True, reset=reset)
    height, width = images.shape[1:]
    if height * width < 2:
        raise ValueError(
            "X must hold images of at least 2 pixels; got images of 1x1 pixel (n_features = 1)."
        )
    if reset:
        estimator.image_shape_ = (int(height), int(width))
    return as_pixels(images)


def _row_shape(estimator, n_pixels, reset):
    shape = getattr(estimator, "image_shape", None)
    if not reset:
        return estimator.image_shape_
    if shape is None:
        return (1, n_pixels)
    if len(shape) != 2 or shape[0] * shape[1] != n_pixels:
        raise ValueError(
            f"image_shape must be (height, width) with height * width = {n_pixels}, the number of "
            f"values in a row of X; got {tuple(shape)}."
        )
    return tuple(int(side) for side in shape)


def _by(shape):
    return "x".join(str(side) for side in shape)


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
        return self._describe(np.require(images, requirements=("C", "W")))

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

    def _check_geometry(self):
        """Raise ValueError where the parameters do not go with `image_shape_`."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = []
        return tags
