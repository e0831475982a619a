"""Localization of the largest face of each image."""

from functools import partial
from numbers import Integral, Real
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from .._utils.images import resize, to_uint8
from .._utils.parallel import N_JOBS, parallel_map
from .._utils.pixel_columns import PixelColumns
from .._utils.pixels import gray_levels
from .._utils.validation import (
    holds_images,
    image_column,
    refuse_color_image,
    validate_images,
)
from ._crop_square import crop_square
from ._detector_protocol import detect_faces
from ._eye_alignment import crop_face
from ._viola_jones_detector import ViolaJonesDetector


class FaceLocalizer(PixelColumns, TransformerMixin, BaseEstimator):
    """Crop the largest face of each image.

    The crops are of shape `(n, size, size)` for lists and arrays of images, and of shape
    `(n, size * size)` for flattened images.

    Parameters
    ----------
    detector : object or None, default=None
        Object with a method ``detect(image)`` that accepts a gray uint8 image and returns one entry
        per face: x, y, width and height in pixels, and optionally a score. An entry is a tuple, a
        list, an array or an object with these attributes; numbers may be floats. The largest face
        is used. None means ``ViolaJonesDetector()``.
    size : int, default=48
        Side of the crops in pixels.
    margin : float, default=0.0
        Margin on each side of the face, as a fraction of the longer side of its box.
    align : bool, default=False
        Whether to rotate the crops so that the eye line is horizontal. This requires that OpenCV's
        cascade detects both eyes, on a line at most 30 degrees from horizontal and at a distance
        of 0.25 to 0.6 of the longer side of the box.
    on_missing : {"center", "whole", "raise"}, default="center"
        Crop of images without a face: the largest central square, or the whole image resized to a
        square; "raise" raises an error.
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples; None treats a sample as one row of pixels.
    n_jobs : int or None, default=None
        Number of threads.

    Attributes
    ----------
    found_ : ndarray of shape (n_samples,), bool
        Mask of the images seen in fit in which a face was detected.
    coverage_ : float
        Proportion of these images.
    output_shape_ : tuple of two int
        Height and width of the crops.
    image_shape_ : tuple of two int
        Height and width of the images seen in fit; only available if X is flattened.
    n_features_in_ : int
        Number of pixels per image; only available if X is flattened.
    feature_names_in_ : ndarray of str
        Names of the features seen in fit; only available if X is a DataFrame.

    Examples
    --------
    >>> from skimage.data import astronaut
    >>> from fertools.detection import FaceLocalizer
    >>> FaceLocalizer().fit_transform([astronaut(), astronaut()[:300]]).shape
    (2, 48, 48)
    """

    _parameter_constraints = {
        "detector": [HasMethods("detect"), None],
        "size": [Interval(Integral, 2, 4096, closed="both")],
        "margin": [Interval(Real, -0.5, None, closed="neither")],
        "align": ["boolean"],
        "on_missing": [StrOptions({"center", "whole", "raise"})],
        "image_shape": ["array-like", None],
        "n_jobs": N_JOBS,
    }

    def __init__(
        self,
        detector=None,
        *,
        size=48,
        margin=0.0,
        align=False,
        on_missing="center",
        image_shape=None,
        n_jobs=None,
    ):
        self.detector = detector
        self.size = size
        self.margin = margin
        self.align = align
        self.on_missing = on_missing
        self.image_shape = image_shape
        self.n_jobs = n_jobs

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Detect the faces, and compute the proportion of images with a face.

        Parameters
        ----------
        X : list of images, or array-like of shape (n, h, w), (n, h, w, 3) or (n, n_pixels)
            Images; those in a list may differ in size.
        y : None
            Ignored.

        Returns
        -------
        self : object
        """
        self._fit(X)
        return self

    def fit_transform(self, X: ArrayLike, y: ArrayLike | None = None) -> NDArray:
        """Fit, and crop the faces; each image is searched once.

        Parameters
        ----------
        X : list of images, or array-like of shape (n, h, w), (n, h, w, 3) or (n, n_pixels)
            Images; those in a list may differ in size.
        y : None
            Ignored.

        Returns
        -------
        ndarray of shape (n, size, size) or (n, size * size), uint8
            Crops.
        """
        return self._fit(X)

    def transform(self, X: ArrayLike) -> NDArray:
        """Crop the faces.

        Parameters
        ----------
        X : list of images, or array-like of shape (n, h, w), (n, h, w, 3) or (n, n_pixels)
            Images; those in a list may differ in size.

        Returns
        -------
        ndarray of shape (n, size, size) or (n, size * size), uint8
            Crops.
        """
        return self.locate(X)[0]

    def locate(self, X: ArrayLike) -> tuple[NDArray, NDArray]:
        """Crop the faces, and return in which images a face was detected.

        Parameters
        ----------
        X : list of images, or array-like of shape (n, h, w), (n, h, w, 3) or (n, n_pixels)
            Images; those in a list may differ in size.

        Returns
        -------
        crops : ndarray of shape (n, size, size) or (n, size * size), uint8
            Crops.
        found : ndarray of shape (n,), bool
            True for the images in which a face was detected.
        """
        check_is_fitted(self)
        self._validate_params()
        return self._locate(X, reset=False)

    def _fit(self, X):
        self._validate_params()
        crops, self.found_ = self._locate(X, reset=True)
        self.coverage_ = float(self.found_.mean())
        self._are_rows = crops.ndim == 2
        self.output_shape_ = (self.size, self.size)
        return crops

    def _locate(self, X, *, reset):
        images, are_rows = self._images(X, reset)
        detector = ViolaJonesDetector() if self.detector is None else self.detector
        crop = partial(self._crop, detector)
        crops, found = zip(*parallel_map(crop, enumerate(images), n_jobs=self.n_jobs), strict=True)
        crops, found = np.stack(crops), np.array(found)
        return (crops.reshape(len(crops), -1) if are_rows else crops), found

    def _images(self, X, reset):
        """Return gray uint8 images, and whether `X` is flattened."""
        X = image_column(X)
        are_rows = not holds_images(X)
        if not reset and are_rows != self._are_rows:
            kinds = {True: "flattened images", False: "images"}
            raise ValueError(
                f"X must hold {kinds[self._are_rows]}, as in fit; got {kinds[are_rows]}."
            )
        if are_rows:
            return gray_levels(validate_images(self, X, reset=reset)), True
        if len(X) == 0:
            raise ValueError("X must hold at least one image; got 0 sample(s).")
        if isinstance(X, np.ndarray):
            refuse_color_image(X.shape)
        return [to_uint8(image, f"X[{index}]") for index, image in enumerate(X)], False

    def _crop(self, detector, numbered_image):
        index, image = numbered_image
        faces = detect_faces(detector, image)
        if faces:
            return crop_face(image, faces[0].box, self.size, self.margin, self.align), True
        if self.on_missing == "raise":
            h, w = image.shape
            raise ValueError(f"X[{index}] must show a face; found none in {h}x{w} pixels.")
        if self.on_missing == "whole":
            return resize(image, (self.size, self.size)), False
        h, w = image.shape
        side = min(h, w)
        box = ((w - side) // 2, (h - side) // 2, side, side)
        return crop_square(image, box, self.size), False

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = []
        return tags
