"""Validate the images that are passed to estimators."""

import math
import warnings

import numpy as np
from PIL import Image
from sklearn.utils.validation import check_array, validate_data

from .image_sources import is_image_source
from .images import (
    LONGEST_SIGNAL,
    check_intensities,
    integers_to_uint8,
    is_signal,
    load_image,
    to_gray,
    to_uint8,
)

# Smallest side for which a 2-D array looks like one image.
_SMALLEST_PHOTO = 24


def as_pixels(images, name="X"):
    """Convert pixels to a dtype that descriptors support: uint8, float32 or float64.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        Pixels. Integers become uint8, booleans float64, and other floats float32 or float64.
    name : str, default="X"
        Name of the parameter in error messages.

    Returns
    -------
    ndarray of shape (n, h, w)
        Pixels.

    Raises
    ------
    ValueError
        If integers are not in 0..255.
    """
    if images.dtype == np.uint8:
        return images
    if np.issubdtype(images.dtype, np.floating):
        return images.astype(np.float32 if images.itemsize <= 4 else np.float64, copy=False)
    if images.dtype == bool:
        return images.astype(np.float64)
    return integers_to_uint8(images, name)


def _signals(rows):
    """Convert signals as in `as_pixels`; integers beyond 0..255 are divided by 255."""
    if np.issubdtype(rows.dtype, np.integer) and (rows.min() < 0 or rows.max() > 255):
        return rows / 255
    return as_pixels(rows)


def is_sequence(X):
    """Return whether `X` is a list, a tuple, a Series or a 1-D array of objects."""
    if isinstance(X, (list, tuple)):
        return True
    dtype = getattr(X, "dtype", None)
    is_numeric = isinstance(dtype, np.dtype) and dtype.kind not in "OUS"
    return getattr(X, "ndim", 2) == 1 and not is_numeric


def _is_image(item):
    is_file = is_image_source(item) or isinstance(item, Image.Image)
    return item is None or is_file or np.ndim(item) > 1


def image_column(X):
    """Return the only column of a table of images or image files; return other `X` unchanged.

    A table is a DataFrame or a 2-D array.
    """
    if getattr(X, "ndim", None) != 2 or X.shape[1] != 1:
        return X
    if hasattr(X, "iloc"):
        column = X.iloc[:, 0]
    elif isinstance(X, np.ndarray):
        column = X[:, 0]
    else:
        return X
    return column if is_sequence(column) and holds_images(column) else X


def holds_images(X):
    """Return whether `X` contains images or image files rather than flattened samples."""
    X = image_column(X)
    if is_sequence(X):
        return len(X) > 0 and _is_image(next(iter(X)))
    return getattr(X, "ndim", 2) > 2


def load_images(X, name="X"):
    """Load a sequence of images of any sizes.

    Parameters
    ----------
    X : list, tuple, Series or 1-D array
        Arrays, paths, bytes, file objects or Pillow images.
    name : str, default="X"
        Name of the parameter in error messages.

    Returns
    -------
    list of ndarray
        Arrays are returned unchanged; files and Pillow images are read as gray uint8 images.
    """
    images = (
        to_gray(image, f"{name}[{index}]")
        if is_image_source(image) or isinstance(image, Image.Image)
        else load_image(image, f"{name}[{index}]")
        for index, image in enumerate(X)
    )
    return list(images)


def to_one_scale(images, name="X"):
    """Convert images to gray uint8 if some are booleans, integers or floats and others are not.

    Parameters
    ----------
    images : list of ndarray
        Gray or color images.
    name : str, default="X"
        Name of the parameter in error messages.

    Returns
    -------
    list of ndarray
        Images of one kind of dtype.

    Raises
    ------
    ValueError
        If the kinds differ and an image is on another scale, such as the response of a filter.
    """
    first = images[0].dtype
    other = next((k for k, image in enumerate(images) if image.dtype.kind != first.kind), None)
    if other is None:
        return images
    try:
        return [to_uint8(image, f"{name}[{index}]") for index, image in enumerate(images)]
    except ValueError as error:
        raise ValueError(
            f"{name} must hold images of one dtype, or intensities only; got {first} at 0 and "
            f"{images[other].dtype} at {other}. {error}"
        ) from error


def stack_images(X, name="X"):
    """Stack a sequence of images or image files to one array; return other `X` unchanged.

    Parameters
    ----------
    X : object
        Sequence as in `load_images`, a table as in `image_column`, or any other input.
    name : str, default="X"
        Name of the parameter in error messages.

    Returns
    -------
    object
        Array of the images, or `X`. The images are gray if some are in color and others are not,
        and gray uint8 if some are booleans, integers or floats and others are not.

    Raises
    ------
    ValueError
        If the images differ in size or scale, or if `X` is a single path.
    """
    if is_image_source(X):
        shown = repr(X) if len(repr(X)) < 100 else f"{repr(X)[:100]}..."
        raise ValueError(f"{name} must be a list of images or paths; got {shown} alone.")
    X = image_column(X)
    if not (is_sequence(X) and holds_images(X)):
        return X
    images = to_one_scale(load_images(X, name), name)
    if len({image.shape for image in images}) > 1:
        images = [to_gray(image, f"{name}[{index}]") for index, image in enumerate(images)]
    shapes = [image.shape for image in images]
    for index, shape in enumerate(shapes):
        if shape != shapes[0]:
            raise ValueError(
                f"{name} must hold images of one shape; got {shapes[0]} at 0 and {shape} at "
                f"{index}. FaceLocalizer and ImageResizer return images of one size."
            )
    return np.stack(images)


def _to_gray_batch(images):
    """Convert (n, h, w), (n, h, w, 1), (n, h, w, 3) or (n, h, w, 4) to (n, h, w)."""
    if images.ndim == 3:
        return images
    if images.ndim == 4 and images.shape[3] == 1:
        return images[..., 0]
    if images.ndim == 4 and images.shape[3] in (3, 4):
        return np.stack([to_gray(image, "X") for image in images])
    raise ValueError(
        "X must be of shape (n_samples, height, width), (n_samples, height, width, 3) or "
        f"(n_samples, height * width); got {images.shape}."
    )


def validate_images(estimator, X, *, reset):
    """Validate images with the input checks of scikit-learn, and convert them to gray.

    Parameters
    ----------
    estimator : BaseEstimator
        Estimator. Its parameter `image_shape` is the height and width of flattened samples. If
        `reset` is True, `image_shape_` and `n_features_in_` are set; otherwise, the images must
        match them.
    X : array-like of shape (n, h, w), (n, h, w, 3) or (n, h * w), or list of paths, or DataFrame \
            of one column of images or paths
        Integers in 0..255 or floats in 0..1. Floats with negative values are responses of a filter
        and may have any scale, as may samples of up to 64 values without `image_shape`. A list of
        images or image files is stacked.
    reset : bool
        Whether the call is in `fit`.

    Returns
    -------
    ndarray of shape (n, h, w), uint8 or floating
        Gray pixels.

    Raises
    ------
    ValueError
        If the shape is not one of the above or differs from that in fit, if a pixel is NaN or
        infinite, if there are no images, if an image is a single pixel, if intensities are on
        another scale, or if `X` is a single image.

    Warns
    -----
    UserWarning
        If samples without `image_shape` have the length of flattened square images, or if `X` has
        the shape of a single image.
    """
    X = stack_images(X)
    shape = X.shape if hasattr(X, "shape") else np.asarray(X).shape
    if shape == (0,):
        raise ValueError("X must hold at least one image; got none.")
    if not reset:
        _refuse_single_image(shape, estimator)
    if len(shape) < 3:
        rows = validate_data(estimator, X, dtype="numeric", reset=reset)
        images = rows.reshape(-1, *_row_shape(estimator, rows.shape, reset))
    else:
        images = check_array(
            X, ensure_2d=False, allow_nd=True, dtype="numeric", estimator=estimator, input_name="X"
        )
        if reset:
            refuse_color_image(images.shape)
        images = _to_gray_batch(images)
        if images.size == 0:
            raise ValueError(f"X must hold images of at least one pixel; got shape {images.shape}.")
        if not reset and images.shape[1:] != estimator.image_shape_:
            raise ValueError(
                f"X must hold images of {_by(estimator.image_shape_)} pixels (height x width), as "
                f"in fit; got {_by(images.shape[1:])}."
            )
        # Only the number of pixels matters; reshaping all images could copy them.
        first = images[:1].reshape(1, -1)
        validate_data(estimator, first, skip_check_array=True, reset=reset)
    height, width = images.shape[1:]
    if height * width < 2:
        raise ValueError(
            "X must hold images of at least 2 pixels; got images of 1x1 pixel (n_features = 1)."
        )
    if is_signal(images):
        images = _signals(images)
    else:
        images = as_pixels(images)
        check_intensities(images, "X")
    if reset:
        estimator.image_shape_ = (int(height), int(width))
    return images


def _row_shape(estimator, X_shape, reset):
    shape = getattr(estimator, "image_shape", None)
    n_pixels = X_shape[1]
    if not reset:
        return estimator.image_shape_
    if shape is None:
        _warn_if_flattened(X_shape)
        return (1, n_pixels)
    if len(shape) != 2 or shape[0] * shape[1] != n_pixels:
        raise ValueError(
            f"image_shape must be (height, width) with height * width = {n_pixels}, the number of "
            f"columns of X; got {tuple(shape)}."
        )
    return tuple(int(side) for side in shape)


def _warn_if_flattened(X_shape):
    """Warn if 2-D input looks like flattened square images, or like one image."""
    n_samples, n_pixels = X_shape
    fixes = []
    for n_channels, fix in [
        (1, "Set image_shape=({side}, {side}) if they are flattened {side}x{side} images."),
        (3, "Pass X.reshape(-1, {side}, {side}, 3) if they are flattened RGB images."),
    ]:
        side = math.isqrt(n_pixels // n_channels)
        if n_channels * side**2 == n_pixels > LONGEST_SIGNAL:
            fixes.append(fix.format(side=side))
    if n_samples >= _SMALLEST_PHOTO <= n_pixels and 0.5 <= n_samples / n_pixels <= 2:
        fixes.append("Pass X[np.newaxis] if X is one image.")
    if fixes:
        warnings.warn(
            f"The {n_samples} samples of X are treated as images of 1x{n_pixels} pixels (height x "
            f"width). {' '.join(fixes)}",
            UserWarning,
            stacklevel=5,
        )


def _refuse_single_image(X_shape, estimator):
    """Raise ValueError for one image instead of a batch."""
    shape, n_pixels = estimator.image_shape_, estimator.n_features_in_
    is_gray = X_shape == shape and X_shape[1] != n_pixels
    is_color = len(X_shape) == 3 and X_shape[:2] == shape and X_shape[2] in (1, 3, 4)
    if is_gray or (is_color and X_shape[1:] != shape):
        raise ValueError(
            f"X must be a batch of images; got one image of shape {X_shape}. Pass X[np.newaxis], "
            f"of shape {(1, *X_shape)}."
        )


def refuse_color_image(X_shape):
    """Raise ValueError if an array has the shape of one RGB image instead of a batch."""
    if len(X_shape) == 3 and X_shape[2] in (3, 4) and min(X_shape[:2]) >= _SMALLEST_PHOTO:
        raise ValueError(
            f"X must be a batch of images; got shape {X_shape}, the shape of one RGB image. "
            f"Pass X[np.newaxis], of shape {(1, *X_shape)}."
        )


def _by(shape):
    return "x".join(str(side) for side in shape)
