"""Detection with OpenCV's cascades of Haar features, which are loaded once per thread."""

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

# Cascades are not thread-safe and cannot be pickled: they are cached per thread.
_LOADED = threading.local()
PROFILE = "haarcascade_profileface.xml"
# Range of the fine search around a coarse hit: the margin on each side, as a fraction of the box,
# and the factor between the size of the hit and the smallest and largest size. Narrower ranges miss
# faces.
_AROUND, _SIZES = 0.5, 1.5
# Boxes with a larger intersection over union are the same face. The threshold is low, as the boxes
# of two searches, or of the frontal and the profile cascade, differ.
ONE_FACE = 0.3


def load_cascade(name):
    """Load a cascade, once per thread.

    Parameters
    ----------
    name : str or path-like
        Path of a cascade file, or the name of one of OpenCV's cascades, which is looked up in the
        folder given by the environment variable FERTOOLS_CASCADES, and then in OpenCV's folder.

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
    folder = os.environ.get("FERTOOLS_CASCADES")
    key = (str(name), folder)
    if key not in cascades:
        cascades[key] = _read_cascade(_find_cascade(name, folder))
    return cascades[key]


def _find_cascade(name, user_folder):
    shipped = getattr(getattr(cv2, "data", None), "haarcascades", None)
    folders = [folder for folder in (user_folder, shipped) if folder]
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
            "folder with OpenCV's haarcascade_*.xml files (from the folder data/haarcascades of "
            f"its source code), or install OpenCV 4 with: {REPAIR_OPENCV}"
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
            # OpenCV crashes on names that are not UTF-8, and on Windows fails for most that are.
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
    """Run a cascade on an image.

    Parameters
    ----------
    cascade : str or path-like
        Cascade, as accepted by `load_cascade`.
    gray : ndarray of shape (h, w), uint8
        Image.
    tighten : bool, default=False
        Whether to replace each face by the largest face detected inside its box, if there is one.
    coarse_to_fine : bool, default=False
        Whether to search the reduced image first, and then the neighborhood of its hits.
    **settings
        Parameters of OpenCV's `detectMultiScale3`.

    Returns
    -------
    list of Detection
        Faces, largest first.
    """
    search = _search_coarse_to_fine if coarse_to_fine else _search
    faces = search(cascade, gray, settings)
    if not tighten:
        return faces
    return [_tighten(cascade, gray, face, settings) for face in faces]


def find_profiles(gray, **settings):
    """Run the profile cascade on an image and its mirror image.

    Parameters
    ----------
    gray : ndarray of shape (h, w), uint8
        Image.
    **settings
        Parameters of `find_faces`.

    Returns
    -------
    list of Detection
        Faces; a face may be detected in both images.
    """
    mirrored = find_faces(PROFILE, gray[:, ::-1], **settings)
    faces = [face._replace(x=gray.shape[1] - face.x - face.width) for face in mirrored]
    faces += find_faces(PROFILE, gray, **settings)
    return [face._replace(view="profile") for face in faces]


def largest_first(faces):
    """Sort faces by decreasing size, then by decreasing score, then by position."""
    return sorted(faces, key=lambda f: (-f.width * f.height, -f.score, f.y, f.x))


def best_first(faces):
    """Sort faces by view, frontal first, then by decreasing score, then by position."""
    return sorted(faces, key=lambda f: (f.view, -f.score, f.y, f.x))


def _search(cascade, gray, settings):
    boxes, _, weights = load_cascade(cascade).detectMultiScale3(
        np.ascontiguousarray(gray), outputRejectLevels=True, **settings
    )
    found = zip(boxes, np.ravel(weights), strict=True)
    return largest_first([Detection(*map(int, box), float(weight)) for box, weight in found])


def _search_coarse_to_fine(cascade, gray, settings):
    """Search the reduced image, and then the neighborhood of each hit at full size.

    The image is reduced until `minSize` is the window of the cascade. OpenCV moves windows smaller
    than twice that of the cascade by two pixels, and larger ones by one: at half the size, faces of
    two to four windows are searched at a quarter of the positions.
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
    # Hits are repeated, as groups with a single hit are dropped.
    boxes, _ = cv2.groupRectangles([tuple(hit) for hit in hits] * 2, 1, 0.2)
    faces = []
    for box in np.reshape(boxes, (-1, 4)) / scale:
        faces += _search_near(cascade, gray, box, settings)
    return largest_first(suppress(best_first(faces), ONE_FACE))


def _search_near(cascade, gray, box, settings):
    corner, sides = box[:2], box[2:]
    left, top = np.maximum(corner - _AROUND * sides, 0).astype(int).tolist()
    right, bottom = np.ceil(corner + (1 + _AROUND) * sides).astype(int).tolist()
    limits = {
        name: tuple(size.astype(int).tolist())
        for name, size in (("minSize", sides / _SIZES), ("maxSize", sides * _SIZES))
    }
    found = _search(cascade, gray[top:bottom, left:right], settings | limits)
    return [face._replace(x=left + face.x, y=top + face.y) for face in found]


def _tighten(cascade, gray, face, settings):
    x, y, width, height = face.box
    inside = find_faces(cascade, gray[y : y + height, x : x + width], **settings)
    return inside[0]._replace(x=x + inside[0].x, y=y + inside[0].y) if inside else face
