"""From photos of any size to face crops of one size."""

from functools import partial
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from .._utils.images import resize, to_uint8
from .._utils.parallel import N_JOBS, parallel_map
from .._utils.pixels import gray_levels
from .._utils.validation import holds_images, validate_images
from ..base import PixelColumns
from ._crop_square import crop_square
from ._detector_protocol import detect_faces
from ._eye_alignment import crop_face
from ._viola_jones_detector import ViolaJonesDetector


class FaceLocalizer(PixelColumns, TransformerMixin, BaseEstimator):
    """Cut the largest face out of each image.

    Images in, crops out: `(n, size, size)` for a list or an array of images, and flattened rows
    `(n, size * size)` for flattened rows.

    Parameters
    ----------
    detector : object or None, default=None
        Object with a method ``detect(image)`` that takes a gray uint8 image and returns one entry
        per face, with x, y, width, height in pixels and optionally a score. An entry is a tuple, a
        list, an array or an object with attributes of these names; numbers may be floats. The
        largest face is used. None means ``ViolaJonesDetector()``.
    size : int, default=48
        Side of the crops in pixels.
    margin : float, default=0.0
        What is added around the face on each side, as a share of the box.
    align : bool, default=False
        Turn the crop so that the eye line is level, where OpenCV's cascade finds both eyes and
        they make a pair: on a line at most 30 degrees from level, 0.25 to 0.6 of the box apart.
    on_missing : {"center", "whole", "raise"}, default="center"
        Without a face: take the largest central square, squeeze the whole image, or raise.
    image_shape : tuple of two int or None, default=None
        How flattened rows unfold; None means one line of pixels.
    n_jobs : int or None, default=None
        Threads over images.

    Attributes
    ----------
    found_ : ndarray of shape (n_samples,), bool
        In which images of fit there was a face.
    coverage_ : float
        Their share.
    output_shape_ : tuple of two int
        Height and width of the crops.
    image_shape_ : tuple of two int
        Height and width of the images in fit; only where X was rows of pixels.
    n_features_in_ : int
        Only where X was rows of pixels.
    feature_names_in_ : ndarray of str
        Only where X was a DataFrame.

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

    def fit(self, X, y=None):
        """Count in how many images there is a face.

        Parameters
        ----------
        X : list of images, or array-like of shape (n, h, w), (n, h, w, 3) or (n, n_pixels)
            Images of any sizes.
        y : None
            Ignored.

        Returns
        -------
        self : object
        """
        self._fit(X)
        return self

    def fit_transform(self, X, y=None):
        """Fit, and cut the faces out, with one detection an image.

        Parameters
        ----------
        X : list of images, or array-like of shape (n, h, w), (n, h, w, 3) or (n, n_pixels)
            Images of any sizes.
        y : None
            Ignored.

        Returns
        -------
        ndarray of shape (n, size, size) or (n, size * size), uint8
        """
        return self._fit(X)

    def transform(self, X):
        """Cut the faces out.

        Parameters
        ----------
        X : list of images, or array-like of shape (n, h, w), (n, h, w, 3) or (n, n_pixels)
            Images of any sizes.

        Returns
        -------
        ndarray of shape (n, size, size) or (n, size * size), uint8
        """
        return self.locate(X)[0]

    def locate(self, X):
        """Cut the faces out, and say where there was one.

        Parameters
        ----------
        X : list of images, or array-like of shape (n, h, w), (n, h, w, 3) or (n, n_pixels)
            Images of any sizes.

        Returns
        -------
        crops : ndarray of shape (n, size, size) or (n, size * size), uint8
        found : ndarray of shape (n,), bool
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
        """Return gray uint8 images, and whether they came as flattened rows."""
        are_rows = not holds_images(X)
        if not reset and are_rows != self._are_rows:
            kinds = {True: "flattened rows", False: "images"}
            raise ValueError(
                f"X must hold {kinds[self._are_rows]}, as in fit; got {kinds[are_rows]}."
            )
        if are_rows:
            return gray_levels(validate_images(self, X, reset=reset)), True
        if len(X) == 0:
            raise ValueError("X must hold at least one image; got 0 sample(s).")
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
