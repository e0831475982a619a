"""Viola-Jones face detection."""

from collections.abc import Iterable, Iterator
from numbers import Integral, Real
from os import PathLike
from pathlib import Path
from typing import BinaryIO, Self

import cv2
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import validate_data

from .._utils.images import resize
from .._utils.validation import holds_images
from ._boxes import suppress
from ._cascades import (
    ONE_FACE,
    best_first,
    find_faces,
    find_profiles,
    largest_first,
    load_cascade,
)
from ._detection import Detection
from ._detection_result import DetectionResult
from ._map_images import load_gray, map_images
from ._octaves import find_faces_by_octave, find_profiles_by_octave, reduced_size
from ._verification import verify_faces


def _to_original(face, scale, frame):
    """Map a face from the searched image to the original image."""
    box = (face.x - frame, face.y - frame, face.width, face.height)
    x, y, width, height = (round(value / scale) for value in box)
    return face._replace(x=x, y=y, width=width, height=height)


# Constraint of lengths in pixels; larger images exceed OpenCV's buffers.
_SIDE = [Interval(Integral, 1, 2**15, closed="both"), None]


class ViolaJonesDetector(BaseEstimator):
    """Viola-Jones detector of upright faces, a boosted cascade of Haar features.

    The default parameters for images of up to `max_side` pixels are those of [2]_. Boxes and sizes
    are in pixels of the original image, even if it is resized for the search.

    Parameters
    ----------
    cascade : str, Path or list of these, default="haarcascade_frontalface_default.xml"
        Path of a cascade file, or the name of one of OpenCV's cascades, which is looked up in the
        folder given by the environment variable FERTOOLS_CASCADES, and then in the folder of the
        installed OpenCV. OpenCV 5 is installed without these files. The faces of several cascades
        are merged.
    scale_factor : float, default=1.1
        Factor between successive search sizes, at least 1.01.
    min_neighbors : int, default=4
        Minimum number of overlapping hits per face; smaller values yield more faces and more false
        detections.
    min_size, max_size : int or None, default=None
        Side of the smallest and of the largest face in pixels.
    tighten : bool, default=False
        Whether to search a second time inside each box, and to replace it by the largest box
        detected there, if any.
    coarse_to_fine : bool, default=False
        Whether to search the image reduced until `min_size` is the window of the cascade, and then
        the neighborhood of each hit at full size. This is faster and detects nearly the same faces,
        with boxes that differ by a few pixels. No two boxes have an intersection over union above
        0.3. `min_size` and `max_size` limit the hits; the final boxes may be smaller or larger by a
        factor of up to 1.5. If `min_size` is not above the window, 24 pixels for the default
        cascade, the full search is used.
    octaves : bool, default=False
        Whether to search each doubling of the face size in an image reduced by half, with a border
        of repeated pixels of half a window around each. This takes about half as long as the full
        search and detects more faces at the edge of the image, with more false detections:
        combine it with `min_face_probability`. The steps from the second doubling on are half as
        large. The score of a face is its number of hits. It replaces `coarse_to_fine` and
        `tighten`.
    min_face_probability : float or None, default=None
        Smallest probability that a box shows a face, according to the shipped
        :class:`FaceVerifier`. Other boxes are dropped, and the boxes of a face are merged to their
        mean. With verification, smaller values of `min_neighbors` and more cascades find more
        faces. None means no verification.
    profile : bool, default=False
        Whether to detect faces in profile as well, in the image and in its mirror image, as
        OpenCV's cascade is trained on one side. Of boxes with an intersection over union above
        0.3, the frontal one is kept, or the one with the higher score if both are of the same
        view.
    border : float, default=0.0
        Width of a border of repeated pixels that is added to the image, as a fraction of its
        shorter side. Faces at the edge of the image are then detected, and their boxes may extend
        beyond it.
    min_side : int or None, default=None
        Minimum length of the longer side; smaller images are enlarged for the search, by linear
        interpolation.
    max_side : int or None, default=1024
        Maximum length of the longer side; larger images are reduced for the search, by area
        averaging. This is faster and yields fewer false detections, but the smallest face that can
        be detected is larger as well: 94 pixels in a photo of 4,000 pixels. None means no limit.

    Attributes
    ----------
    n_features_in_ : int
        Number of pixels per image; only available if X is flattened.
    feature_names_in_ : ndarray of str
        Names of the features seen in fit; only available if X is a DataFrame.

    Notes
    -----
    The detector is stateless: `fit` only validates its input.

    References
    ----------
    .. [1] P. Viola, M. Jones (2001). Rapid object detection using a boosted cascade of simple
       features. CVPR, I-511. :doi:`10.1109/CVPR.2001.990517`
    .. [2] S. Kundu (2021). Sentiment analysis: face emotion detection project, report I. National
       Institute for Industrial Training.

    Examples
    --------
    >>> from skimage.data import astronaut, camera
    >>> from fertools.detection import ViolaJonesDetector
    >>> [face] = ViolaJonesDetector().detect(astronaut())
    >>> 150 < face.x < 200 and 50 < face.y < 100
    True
    >>> [cameraman] = ViolaJonesDetector(profile=True).detect(camera())
    >>> cameraman.view
    'profile'
    """

    _parameter_constraints = {
        "cascade": [str, Path, list, tuple],
        # OpenCV keeps all scales of an image in memory, gigabytes at smaller factors.
        "scale_factor": [Interval(Real, 1.01, 1000, closed="both")],
        "min_neighbors": [Interval(Integral, 0, 2**31 - 1, closed="both")],
        "min_size": _SIDE,
        "max_size": _SIDE,
        "tighten": ["boolean"],
        "coarse_to_fine": ["boolean"],
        "octaves": ["boolean"],
        "min_face_probability": [Interval(Real, 0, 1, closed="both"), None],
        "profile": ["boolean"],
        "border": [Interval(Real, 0, 1, closed="both")],
        "min_side": _SIDE,
        "max_side": _SIDE,
    }

    def __init__(
        self,
        cascade="haarcascade_frontalface_default.xml",
        *,
        scale_factor=1.1,
        min_neighbors=4,
        min_size=None,
        max_size=None,
        tighten=False,
        coarse_to_fine=False,
        octaves=False,
        min_face_probability=None,
        profile=False,
        border=0.0,
        min_side=None,
        max_side=1024,
    ):
        self.cascade = cascade
        self.scale_factor = scale_factor
        self.min_neighbors = min_neighbors
        self.min_size = min_size
        self.max_size = max_size
        self.tighten = tighten
        self.coarse_to_fine = coarse_to_fine
        self.octaves = octaves
        self.min_face_probability = min_face_probability
        self.profile = profile
        self.border = border
        self.min_side = min_side
        self.max_side = max_side

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Validate the parameters and the input.

        Parameters
        ----------
        X : list of images, or array-like of shape (n, h, w), (n, h, w, 3) or (n, n_pixels)
            Images; only flattened images are validated, and set `n_features_in_`.
        y : None
            Ignored.

        Returns
        -------
        self : object
        """
        self._check()
        if not holds_images(X):
            validate_data(self, X, dtype="numeric")
        return self

    def detect(self, image: ArrayLike | PathLike | BinaryIO) -> list[Detection]:
        """Detect the faces of an image.

        Parameters
        ----------
        image : ndarray of shape (h, w), (h, w, 3) or (h, w, 4), path, bytes or binary file object
            Gray, RGB or RGBA pixels, uint8 or floats in 0..1; or an encoded image, which is rotated
            according to its EXIF orientation.

        Returns
        -------
        list of Detection
            Faces by decreasing size, then by decreasing score, then by position. The list is empty
            if no face is detected, for example in images smaller than the window of the cascade.

        Raises
        ------
        ImageReadError
            If a file cannot be read.
        ValueError
            If an array is not an image, or a parameter is invalid.
        """
        self._check()
        gray = load_gray(image)
        scale = self._search_scale(max(gray.shape))
        if scale != 1:
            gray = resize(gray, tuple(max(1, round(side * scale)) for side in gray.shape))
        frame = round(self.border * min(gray.shape))
        gray = cv2.copyMakeBorder(gray, frame, frame, frame, frame, cv2.BORDER_REPLICATE)
        faces = self._propose(gray, scale)
        if self.min_face_probability is not None:
            faces = verify_faces(gray, faces, self.min_face_probability)
        elif self.profile or len(self._cascades()) > 1:
            faces = suppress(best_first(faces), ONE_FACE)
        return largest_first([_to_original(face, scale, frame) for face in faces])

    def _propose(self, gray, scale):
        """Return the faces of all cascades, before they are verified and merged."""
        settings = self._settings(scale)
        if not self.octaves:
            faces = [
                f for cascade in self._cascades() for f in find_faces(cascade, gray, **settings)
            ]
            return faces + (find_profiles(gray, **settings) if self.profile else [])
        settings = {
            "scale_factor": self.scale_factor,
            "min_neighbors": self.min_neighbors,
            "min_size": reduced_size(self.min_size, scale, self._cascades()),
            "max_size": settings.get("maxSize", (None,))[0],
        }
        faces = find_faces_by_octave(self._cascades(), gray, **settings)
        if self.profile:
            faces += find_profiles_by_octave(gray, **settings)
        return faces

    def _cascades(self):
        return [self.cascade] if isinstance(self.cascade, (str, Path)) else list(self.cascade)

    def detect_many(
        self,
        inputs: Iterable[ArrayLike | PathLike | BinaryIO],
        *,
        n_jobs: int | None = None,
        progress: bool = False,
    ) -> Iterator[DetectionResult]:
        """Detect the faces of many images; a failing image yields an error record.

        Parameters
        ----------
        inputs : iterable of images
            Arrays, paths, bytes or file objects, as accepted by `detect`. An iterator is read in
            small batches.
        n_jobs : int or None, default=None
            Number of parallel jobs over images: threads, or what `joblib.parallel_config` selects.
        progress : bool, default=False
            Whether to show a progress bar on standard error.

        Returns
        -------
        iterator of DetectionResult
            Results in the order of the inputs; `faces` is the result of `detect`. Images are
            searched while the iterator is read.

        Raises
        ------
        ValueError
            If `inputs` is a single image, or a parameter is invalid.
        TypeError
            If `inputs` is not iterable.

        Examples
        --------
        >>> from skimage.data import astronaut
        >>> from fertools.detection import ViolaJonesDetector
        >>> results = ViolaJonesDetector().detect_many([astronaut(), "none.jpg"])
        >>> [(result.status, len(result.faces)) for result in results]
        [('ok', 1), ('missing', 0)]
        """
        self._check()
        return map_images(self.detect, inputs, n_jobs=n_jobs, progress=progress)

    def _check(self):
        self._validate_params()
        if None not in (self.min_side, self.max_side) and self.min_side > self.max_side:
            raise ValueError(
                f"min_side must be at most max_side, {self.max_side}; got {self.min_side}."
            )
        if self.octaves and (self.coarse_to_fine or self.tighten):
            raise ValueError(
                "octaves must not be combined with coarse_to_fine or tighten; got octaves=True, "
                f"coarse_to_fine={self.coarse_to_fine}, tighten={self.tighten}."
            )
        cascades = self._cascades()
        if not cascades or not all(isinstance(name, (str, Path)) for name in cascades):
            raise ValueError(
                "cascade must be the path or name of a cascade, or a list of at least one; got "
                f"{self.cascade!r}."
            )
        for cascade in cascades:
            load_cascade(cascade)

    def _search_scale(self, side):
        """Return the scale of the search for an image with the longer side `side`."""
        enlarged = max(side, self.min_side or side)
        return min(enlarged, self.max_side or enlarged) / side

    def _settings(self, scale):
        sizes = {
            name: (max(1, round(side * scale)),) * 2
            for name, side in (("minSize", self.min_size), ("maxSize", self.max_size))
            if side is not None
        }
        return {
            "scaleFactor": self.scale_factor,
            "minNeighbors": self.min_neighbors,
            "tighten": self.tighten,
            "coarse_to_fine": self.coarse_to_fine,
            **sizes,
        }

    def __sklearn_is_fitted__(self):
        return True

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.three_d_array = True
        return tags
