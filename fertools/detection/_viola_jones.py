"""Viola-Jones localisation through OpenCV's cascades."""

import threading
from numbers import Integral, Real
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import validate_data

from .._images import to_uint8

# A cascade keeps state while it detects: one a thread, and none on the estimator.
_LOADED = threading.local()


class Detection(NamedTuple):
    """A face in an image: its box in pixels, and how sure the cascade is of it.

    Attributes
    ----------
    x, y : int
        Left and top of the box.
    width, height : int
        Its sides.
    score : float
        The sum of the last stage's weak classifiers, the cascade's level weight: without a unit,
        larger is surer.
    """

    x: int
    y: int
    width: int
    height: int
    score: float

    @property
    def box(self):
        """The box as (x, y, width, height)."""
        return self[:4]


def load_cascade(name):
    """Load a cascade once a thread.

    Parameters
    ----------
    name : str or path-like
        A file that OpenCV ships, or a path.

    Returns
    -------
    cv2.CascadeClassifier

    Raises
    ------
    ImportError
        Where the installed OpenCV has no cascades.
    ValueError
        Where there is no such cascade.
    """
    if not (hasattr(cv2, "CascadeClassifier") and hasattr(cv2, "data")):
        raise ImportError(
            f"OpenCV {cv2.__version__} has no CascadeClassifier or no Haar files; mend it with: "
            'pip install --force-reinstall --no-deps "opencv-python>=4.10,<5"'
        )
    cascades = _LOADED.__dict__.setdefault("cascades", {})
    key = str(name)
    if key not in cascades:
        path = Path(name)
        if not path.is_file():
            path = Path(cv2.data.haarcascades) / key
        if not path.is_file():
            raise ValueError(f"cascade must be a file, or one that OpenCV ships; got {key!r}.")
        try:
            cascade = cv2.CascadeClassifier(str(path))
            empty = cascade.empty()
        except (cv2.error, SystemError) as error:
            raise ValueError(f"cascade must be a cascade file; {key!r} cannot be read.") from error
        if empty:
            raise ValueError(f"cascade must be a cascade file; {key!r} cannot be read.")
        cascades[key] = cascade
    return cascades[key]


def holds_images(X):
    """Say whether `X` holds images, of one size or of many, and not flattened rows."""
    n_dims = 1 if isinstance(X, (list, tuple)) else getattr(X, "ndim", 2)
    return np.ndim(next(iter(X), 0)) > 1 if n_dims == 1 else n_dims > 2


class ViolaJonesDetector(BaseEstimator):
    """Find upright frontal faces with a boosted cascade of Haar features.

    Parameters
    ----------
    cascade : str, default="haarcascade_frontalface_default.xml"
        One of the cascades that OpenCV ships, or a path.
    scale_factor : float, default=1.1
        Factor between the sizes that are searched, above 1.
    min_neighbors : int, default=4
        Overlapping hits that make a face; fewer find more faces and more that are none.
    min_size, max_size : int or None, default=None
        Side of the smallest and the largest face in pixels.
    tighten : bool, default=False
        Detect a second time inside each box, and keep the largest box found there; where there is
        none, the first box stands.

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
    >>> from skimage.data import astronaut
    >>> from fertools.detection import ViolaJonesDetector
    >>> [face] = ViolaJonesDetector().detect(astronaut())
    >>> 150 < face.x < 200 and 50 < face.y < 100
    True
    """

    _parameter_constraints = {
        "cascade": [str, Path],
        "scale_factor": [Interval(Real, 1, None, closed="neither")],
        "min_neighbors": [Interval(Integral, 0, None, closed="left")],
        "min_size": [Interval(Integral, 1, None, closed="left"), None],
        "max_size": [Interval(Integral, 1, None, closed="left"), None],
        "tighten": ["boolean"],
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
    ):
        self.cascade = cascade
        self.scale_factor = scale_factor
        self.min_neighbors = min_neighbors
        self.min_size = min_size
        self.max_size = max_size
        self.tighten = tighten

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
        self._validate_params()
        load_cascade(self.cascade)
        if not holds_images(X):
            validate_data(self, X, dtype="numeric")
        return self

    def detect(self, image):
        """Find the faces of one image.

        Parameters
        ----------
        image : ndarray of shape (h, w), (h, w, 3) or (h, w, 4)
            uint8, or floats in 0..1.

        Returns
        -------
        list of Detection
            Largest first; of equal size, the surer, then the upper left. Empty where there is no
            face, as in an image smaller than the cascade's window.
        """
        self._validate_params()
        grey = np.ascontiguousarray(to_uint8(image))
        faces = self._run(grey)
        if self.tighten:
            faces = _sorted([self._tightened(grey, face) for face in faces])
        return faces

    def _run(self, grey):
        sizes = {
            name: (side, side)
            for name, side in (("minSize", self.min_size), ("maxSize", self.max_size))
            if side is not None
        }
        boxes, _, weights = load_cascade(self.cascade).detectMultiScale3(
            grey,
            scaleFactor=self.scale_factor,
            minNeighbors=self.min_neighbors,
            outputRejectLevels=True,
            **sizes,
        )
        found = zip(boxes, np.ravel(weights), strict=True)
        return _sorted([Detection(*map(int, box), float(weight)) for box, weight in found])

    def _tightened(self, grey, face):
        inside = grey[face.y : face.y + face.height, face.x : face.x + face.width]
        second = self._run(np.ascontiguousarray(inside))
        if not second:
            return face
        return second[0]._replace(x=face.x + second[0].x, y=face.y + second[0].y)

    def __sklearn_is_fitted__(self):
        return True

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.three_d_array = True
        return tags


def _sorted(faces):
    return sorted(faces, key=lambda f: (-f.width * f.height, -f.score, f.y, f.x))
