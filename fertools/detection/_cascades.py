"""OpenCV's cascades of Haar features, loaded once per thread and run over one image."""

import os
import threading
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from .._utils.images import resize
from .._utils.optional import REPAIR_OPENCV
from ._boxes import suppress
from ._detection import Detection

# A cascade keeps state while it detects: one a thread, and none on an estimator.
_LOADED = threading.local()
_PROFILE = "haarcascade_profileface.xml"
# The fine search around a coarse hit: how far beyond its box on each side, as a share of it, and by
# what factor its sizes lie below and above. Narrower ranges lose faces.
_AROUND, _SIZES = 0.5, 1.5
# Two boxes that share more of their joint area are one face; boxes of two searches, and of a
# frontal and a profile cascade, sit differently on it.
ONE_FACE = 0.3


def load_cascade(name):
    """Load a cascade, once per thread.

    Parameters
    ----------
    name : str or path-like
        Path of a cascade file; or the name of one of OpenCV's cascades, which is looked up in the
        folder that the environment variable FERTOOLS_CASCADES names, and then in OpenCV's folder.

    Returns
    -------
    cv2.CascadeClassifier

    Raises
    ------
    ImportError
        If the installed OpenCV has no cascade classifier.
    ValueError
        If the file does not exist or is not a cascade.
    """
    if not hasattr(cv2, "CascadeClassifier"):
        raise ImportError(
            f"OpenCV {getattr(cv2, '__version__', 'of an unknown version')} has no "
            f"CascadeClassifier. Repair it with: {REPAIR_OPENCV}"
        )
    cascades = _LOADED.__dict__.setdefault("cascades", {})
    own = os.environ.get("FERTOOLS_CASCADES")
    key = (str(name), own)
    if key not in cascades:
        cascades[key] = _read_cascade(_find_cascade(name, own))
    return cascades[key]


def _find_cascade(name, own):
    shipped = getattr(getattr(cv2, "data", None), "haarcascades", None)
    folders = [folder for folder in (own, shipped) if folder]
    candidates = [Path(name), *(Path(folder) / name for folder in folders)]
    for path in candidates:
        if path.is_file():
            return path
    if shipped and any(Path(shipped).glob("*.xml")):
        hint = ""
    else:
        hint = (
            f" OpenCV {getattr(cv2, '__version__', '')} was installed without cascade files: pass "
            "the path of a cascade file, set the environment variable FERTOOLS_CASCADES to a "
            "folder that holds OpenCV's haarcascade_*.xml files (they are in the folder "
            f"data/haarcascades of its source code), or install OpenCV 4 with: {REPAIR_OPENCV}"
        )
    raise ValueError(
        f"cascade must be the path of a file or the name of one of OpenCV's cascades; got "
        f"{str(name)!r}.{hint}"
    )


def _read_cascade(path):
    error = ValueError(f"cascade must be a cascade file; {str(path)!r} cannot be read.")
    try:
        if str(path).isascii():
            cascade = cv2.CascadeClassifier(str(path))
        else:
            # OpenCV crashes on names that are not UTF-8, and on Windows fails on most others.
            with TemporaryDirectory() as folder:
                copy = Path(folder) / "cascade.xml"
                copy.write_bytes(path.read_bytes())
                cascade = cv2.CascadeClassifier(str(copy))
        is_empty = cascade.empty()
    except (cv2.error, SystemError, OSError) as cause:
        raise error from cause
    if is_empty:
        raise error
    return cascade


def find_faces(cascade, gray, *, tighten=False, coarse_to_fine=False, **settings):
    """Run one cascade over one image.

    Parameters
    ----------
    cascade : str or path-like
        As `load_cascade` takes it.
    gray : ndarray of shape (h, w), uint8
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
    faces = search(cascade, gray, settings)
    if not tighten:
        return faces
    return [_tightest(cascade, gray, face, settings) for face in faces]


def find_profiles(gray, **settings):
    """Run the cascade of faces in profile over an image and its mirror image.

    Parameters
    ----------
    gray : ndarray of shape (h, w), uint8
    **settings
        As `find_faces` takes them.

    Returns
    -------
    list of Detection
        A face may be found in both images.
    """
    mirrored = find_faces(_PROFILE, gray[:, ::-1], **settings)
    faces = [face._replace(x=gray.shape[1] - face.x - face.width) for face in mirrored]
    faces += find_faces(_PROFILE, gray, **settings)
    return [face._replace(view="profile") for face in faces]


def largest_first(faces):
    """Sort faces: largest first, then the surer, then the upper left."""
    return sorted(faces, key=lambda f: (-f.width * f.height, -f.score, f.y, f.x))


def surest_first(faces):
    """Sort faces: frontal ones first, each view by its score, then the upper left."""
    return sorted(faces, key=lambda f: (f.view, -f.score, f.y, f.x))


def _search(cascade, gray, settings):
    boxes, _, weights = load_cascade(cascade).detectMultiScale3(
        np.ascontiguousarray(gray), outputRejectLevels=True, **settings
    )
    found = zip(boxes, np.ravel(weights), strict=True)
    return largest_first([Detection(*map(int, box), float(weight)) for box, weight in found])


def _around_coarse_hits(cascade, gray, settings):
    """Search at full size around every hit in an image reduced until `minSize` is the window.

    OpenCV moves windows below twice the cascade's by two pixels, larger ones by one: in the image
    at half the size, faces of two to four windows are searched in a quarter of the places.
    """
    window = np.array(load_cascade(cascade).getOriginalWindowSize())
    smallest = np.array(settings.get("minSize", window))
    scale = (window / smallest).max()
    if scale >= 1:
        return _search(cascade, gray, settings)
    limits = {
        name: tuple(max(1, round(side * scale)) for side in settings[name])
        for name in ("minSize", "maxSize")
        if name in settings
    }
    reduced = resize(gray, tuple(max(1, round(side * scale)) for side in gray.shape))
    coarse = settings | limits | {"minNeighbors": 0}
    hits = load_cascade(cascade).detectMultiScale(reduced, **coarse)
    # Each hit is there twice, as groups of one are dropped.
    places, _ = cv2.groupRectangles([tuple(hit) for hit in hits] * 2, 1, 0.2)
    faces = []
    for place in np.reshape(places, (-1, 4)) / scale:
        faces += _near(cascade, gray, place, settings)
    return largest_first(suppress(surest_first(faces), ONE_FACE))


def _near(cascade, gray, place, settings):
    corner, sides = place[:2], place[2:]
    left, top = np.maximum(corner - _AROUND * sides, 0).astype(int).tolist()
    right, bottom = np.ceil(corner + (1 + _AROUND) * sides).astype(int).tolist()
    limits = {
        name: tuple(size.astype(int).tolist())
        for name, size in (("minSize", sides / _SIZES), ("maxSize", sides * _SIZES))
    }
    found = _search(cascade, gray[top:bottom, left:right], settings | limits)
    return [face._replace(x=left + face.x, y=top + face.y) for face in found]


def _tightest(cascade, gray, face, settings):
    x, y, width, height = face.box
    inside = find_faces(cascade, gray[y : y + height, x : x + width], **settings)
    return inside[0]._replace(x=x + inside[0].x, y=y + inside[0].y) if inside else face
