"""Viola-Jones localization in images of any size."""

from numbers import Integral, Real
from pathlib import Path

import cv2
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import validate_data

from .._utils.images import resize
from .._utils.validation import holds_images
from ._boxes import suppress
from ._cascades import (
    ONE_FACE,
    find_faces,
    find_profiles,
    largest_first,
    load_cascade,
    surest_first,
)
from ._detection import Detection
from ._map_images import load_gray, map_images


def _in_photo(face, scale, frame):
    """Map a face from the image that was searched to the photo."""
    place = (face.x - frame, face.y - frame, face.width, face.height)
    return Detection(*(round(value / scale) for value in place), face.score, face.view)


# Constraint of lengths in pixels; larger images do not fit in OpenCV's buffers.
_SIDE = [Interval(Integral, 1, 2**15, closed="both"), None]


class ViolaJonesDetector(BaseEstimator):
    """Find upright faces with a boosted cascade of Haar features.

    Images of up to `max_side` pixels are by default searched in the published way. Boxes and sizes
    are in pixels of the image, whatever size the search runs at.

    Parameters
    ----------
    cascade : str, default="haarcascade_frontalface_default.xml"
        Path of a cascade file; or the name of one of OpenCV's cascades, which is looked up in the
        folder named by the environment variable FERTOOLS_CASCADES, and then in the folder of the
        installed OpenCV. OpenCV 5 is installed without these files.
    scale_factor : float, default=1.1
        Factor between the sizes that are searched, at least 1.01.
    min_neighbors : int, default=4
        Overlapping hits that make a face; fewer find more faces and more that are none.
    min_size, max_size : int or None, default=None
        Side of the smallest and the largest face in pixels.
    tighten : bool, default=False
        Detect a second time inside each box, and keep the largest box found there; where there is
        none, the first box stands.
    coarse_to_fine : bool, default=False
        Search the image reduced until `min_size` is the cascade's window, and then at full size
        around every hit there: faster, with nearly the same faces, whose boxes differ by a few
        pixels. No two overlap by more than 0.3 (intersection over union). The sizes bound the hits:
        the boxes found around them may be smaller or larger by a factor of up to 1.5. It takes a
        `min_size` above the window, of 24 pixels for the default cascade; else the search is the
        full one.
    profile : bool, default=False
        Look for faces in profile too, on the image and on its mirror image, as OpenCV's cascade
        knows one side. Of boxes that overlap by more than 0.3 (intersection over union) the
        frontal one stays, and of two of one view the surer.
    border : float, default=0.0
        Width of a frame of repeated pixels that is put around the image, as a share of its shorter
        side: faces that touch or cross the edge are found, and their boxes may leave the image.
    min_side : int or None, default=None
        Images whose longer side is below are searched enlarged to it, by linear interpolation.
    max_side : int or None, default=1024
        Images whose longer side is above are searched reduced to it, by means of areas: faster,
        and with fewer faces that are none. The smallest face that can be found grows too, to 94
        pixels in a photo of 4,000. None searches at full size.

    Attributes
    ----------
    n_features_in_ : int
        Only where X was rows of pixels.
    feature_names_in_ : ndarray of str
        Only where X was a DataFrame.

    Notes
    -----
    There is nothing to fit; `fit` only checks.

    References
    ----------
    P. Viola, M. Jones (2001). Rapid object detection using a boosted cascade of simple features.
    CVPR, I-511. :doi:`10.1109/CVPR.2001.990517`

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
        "cascade": [str, Path],
        # OpenCV keeps all scales of an image in memory: gigabytes at smaller factors.
        "scale_factor": [Interval(Real, 1.01, 1000, closed="both")],
        "min_neighbors": [Interval(Integral, 0, 2**31 - 1, closed="both")],
        "min_size": _SIDE,
        "max_size": _SIDE,
        "tighten": ["boolean"],
        "coarse_to_fine": ["boolean"],
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
        self.profile = profile
        self.border = border
        self.min_side = min_side
        self.max_side = max_side

    def fit(self, X, y=None):
        """Check the parameters and the input; nothing is learned.

        Parameters
        ----------
        X : list of images, or array-like of shape (n, h, w), (n, h, w, 3) or (n, n_pixels)
            Only flattened rows are looked at: `n_features_in_` is their length.
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

    def detect(self, image):
        """Find the faces of one image.

        Parameters
        ----------
        image : ndarray of shape (h, w), (h, w, 3) or (h, w, 4), path, bytes or binary file object
            Pixels in RGB order, uint8 or floats in 0..1; or an encoded image, which is rotated
            according to its EXIF orientation.

        Returns
        -------
        list of Detection
            Largest first; of equal size, the surer, then the upper left. Empty where there is no
            face, as in an image smaller than the cascade's window.

        Raises
        ------
        ImageReadError
            Where a file cannot be read.
        ValueError
            Where an array is no image, or a parameter is wrong.
        """
        self._check()
        gray = load_gray(image)
        scale = self._search_scale(max(gray.shape))
        if scale != 1:
            gray = resize(gray, tuple(max(1, round(side * scale)) for side in gray.shape))
        frame = round(self.border * min(gray.shape))
        gray = cv2.copyMakeBorder(gray, *[frame] * 4, cv2.BORDER_REPLICATE)
        settings = self._settings(scale)
        faces = find_faces(self.cascade, gray, **settings)
        if self.profile:
            faces = suppress(surest_first(faces + find_profiles(gray, **settings)), ONE_FACE)
        return largest_first([_in_photo(face, scale, frame) for face in faces])

    def detect_many(self, inputs, *, n_jobs=None, progress=False):
        """Find the faces of many images; a failing image yields an error record.

        Parameters
        ----------
        inputs : iterable of images
            Arrays, paths, bytes or file objects, as `detect` takes them. An iterator is read in
            small batches.
        n_jobs : int or None, default=None
            Number of parallel jobs over images: threads, or what `joblib.parallel_config` selects.
        progress : bool, default=False
            Show a progress bar on standard error.

        Returns
        -------
        iterator of DetectionResult
            One per input, in order; `faces` is the result of `detect`. Images are searched while
            the iterator is read.

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
        load_cascade(self.cascade)

    def _search_scale(self, side):
        """Return what an image with the longer side `side` is scaled by before the search."""
        wanted = max(side, self.min_side or side)
        return min(wanted, self.max_side or wanted) / side

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
