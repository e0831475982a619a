"""OpenCV's cascades of Haar features, loaded once a thread and run over one image."""

import threading
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from ._boxes import suppress
from ._crops import resized

# A cascade keeps state while it detects: one a thread, and none on an estimator.
_LOADED = threading.local()
_PROFILE = "haarcascade_profileface.xml"
# The fine search around a coarse hit: how far beyond its box on each side, as a share of it, and by
# what factor its sizes lie below and above. Narrower ranges lose faces.
_AROUND, _SIZES = 0.5, 1.5
# Two boxes that share more of their joint area are one face; boxes of two searches, and of a
# frontal and a profile cascade, sit differently on it.
ONE_FACE = 0.3


class Detection(NamedTuple):
    """A face in an image: its box in pixels, and how sure the cascade is of it.

    Attributes
    ----------
    x, y : int
        Left and top of the box.
    width, height : int
        Its sides.
    score : float or None
        Confidence of the detector, or None if a custom detector returns none. For cascades, the
        sum of the weak classifiers of the last stage: larger is surer, without a unit, and
        comparable among faces of one view only.
    view : {"frontal", "profile"}
        Which cascade found it.
    """

    x: int
    y: int
    width: int
    height: int
    score: float | None
    view: str = "frontal"

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


def find_faces(cascade, grey, *, tighten=False, coarse_to_fine=False, **settings):
    """Run one cascade over one image.

    Parameters
    ----------
    cascade : str or path-like
        As `load_cascade` takes it.
    grey : ndarray of shape (h, w), uint8
    tighten : bool, default=False
        Take the largest face inside each box in its place, where there is one.
    coarse_to_fine : bool, default=False
        Search around what a search of the reduced image finds.
    **settings
        As OpenCV's `detectMultiScale3` takes them.

    Returns
    -------
    list of Detection
        Largest first.
    """
    search = _around_coarse_hits if coarse_to_fine else _search
    faces = search(cascade, grey, settings)
    if not tighten:
        return faces
    return [_tightest(cascade, grey, face, settings) for face in faces]


def find_profiles(grey, **settings):
    """Run the cascade of faces in profile over an image and its mirror image.

    Parameters
    ----------
    grey : ndarray of shape (h, w), uint8
    **settings
        As `find_faces` takes them.

    Returns
    -------
    list of Detection
        A face may be found in both images.
    """
    mirrored = find_faces(_PROFILE, grey[:, ::-1], **settings)
    faces = [face._replace(x=grey.shape[1] - face.x - face.width) for face in mirrored]
    faces += find_faces(_PROFILE, grey, **settings)
    return [face._replace(view="profile") for face in faces]


def largest_first(faces):
    """Sort faces: largest first, then the surer, then the upper left."""
    return sorted(faces, key=lambda f: (-f.width * f.height, -f.score, f.y, f.x))


def surest_first(faces):
    """Sort faces: frontal ones first, each view by its score, then the upper left."""
    return sorted(faces, key=lambda f: (f.view, -f.score, f.y, f.x))


def _search(cascade, grey, settings):
    boxes, _, weights = load_cascade(cascade).detectMultiScale3(
        np.ascontiguousarray(grey), outputRejectLevels=True, **settings
    )
    found = zip(boxes, np.ravel(weights), strict=True)
    return largest_first([Detection(*map(int, box), float(weight)) for box, weight in found])


def _around_coarse_hits(cascade, grey, settings):
    """Search at full size around every hit in an image reduced until `minSize` is the window.

    OpenCV moves windows below twice the cascade's by two pixels, larger ones by one: in the image
    at half the size, faces of two to four windows are searched in a quarter of the places.
    """
    window = np.array(load_cascade(cascade).getOriginalWindowSize())
    smallest = np.array(settings.get("minSize", window))
    scale = (window / smallest).max()
    if scale >= 1:
        return _search(cascade, grey, settings)
    limits = {
        name: tuple(max(1, round(side * scale)) for side in settings[name])
        for name in ("minSize", "maxSize")
        if name in settings
    }
    reduced = resized(grey, *(max(1, round(side * scale)) for side in grey.shape))
    coarse = settings | limits | {"minNeighbors": 0}
    hits = load_cascade(cascade).detectMultiScale(reduced, **coarse)
    # Each hit is there twice, as groups of one are dropped.
    places, _ = cv2.groupRectangles([tuple(hit) for hit in hits] * 2, 1, 0.2)
    faces = []
    for place in np.reshape(places, (-1, 4)) / scale:
        faces += _near(cascade, grey, place, settings)
    return largest_first(suppress(surest_first(faces), ONE_FACE))


def _near(cascade, grey, place, settings):
    corner, sides = place[:2], place[2:]
    left, top = np.maximum(corner - _AROUND * sides, 0).astype(int).tolist()
    right, bottom = np.ceil(corner + (1 + _AROUND) * sides).astype(int).tolist()
    limits = {
        name: tuple(size.astype(int).tolist())
        for name, size in (("minSize", sides / _SIZES), ("maxSize", sides * _SIZES))
    }
    found = _search(cascade, grey[top:bottom, left:right], settings | limits)
    return [face._replace(x=left + face.x, y=top + face.y) for face in found]


def _tightest(cascade, grey, face, settings):
    x, y, width, height = face.box
    inside = find_faces(cascade, grey[y : y + height, x : x + width], **settings)
    return inside[0]._replace(x=x + inside[0].x, y=y + inside[0].y) if inside else face
