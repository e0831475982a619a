"""Search for faces by octaves: each doubling of the size in an image reduced by half."""

import cv2
import numpy as np

from .._utils.images import resize
from ._cascades import PROFILE, largest_first, load_cascade
from ._detection import Detection

# Border of repeated pixels around each reduced image, as a fraction of the window of the cascade,
# so that faces are found of which up to a third is outside the image.
_BORDER = 0.5
# Finer steps find no more faces.
_SMALLEST_STEP = 1.05


def octave_hits(cascade, gray, *, min_size=None, max_size=None, scale_factor=1.15):
    """Return all hits of a cascade, before overlapping ones are grouped.

    The image is reduced until `min_size` is the window of the cascade, and searched for faces of up
    to twice the window; it is then reduced by half, and so on. OpenCV moves the windows of the
    first octave by two pixels and larger ones by one: here, all are of the first octave, and the
    search takes about half as long as one of the full image. Most of the time is that of the first
    octave; the sizes of the following ones are half a step apart.

    Parameters
    ----------
    cascade : str or path-like
        Cascade, as accepted by `load_cascade`.
    gray : ndarray of shape (h, w), uint8
        Image.
    min_size, max_size : int or None, default=None
        Side of the smallest and of the largest face in pixels; None means the window of the
        cascade, and no limit.
    scale_factor : float, default=1.15
        Factor between successive search sizes of the first octave; its square root is that of
        larger ones.

    Returns
    -------
    ndarray of shape (n_hits, 4), float64
        Boxes as (x, y, width, height) in pixels; they may extend beyond the image.
    """
    classifier = load_cascade(cascade)
    window = max(classifier.getOriginalWindowSize())
    border = round(_BORDER * window)
    size = window if min_size is None else min_size
    largest = min(gray.shape) * (1 + _BORDER)
    if max_size is not None:
        largest = min(largest, max_size)
    hits, reduced, factor = [np.empty((0, 4))], gray, scale_factor
    while size <= largest:
        scale = window / size
        shape = tuple(max(1, round(side * scale)) for side in gray.shape)
        reduced = resize(reduced, shape)
        searched = cv2.copyMakeBorder(reduced, *(border,) * 4, cv2.BORDER_REPLICATE)
        limit = min(2 * window - 1, int(largest * scale))
        boxes = classifier.detectMultiScale(
            searched,
            scaleFactor=factor,
            minNeighbors=0,
            minSize=(window, window),
            maxSize=(limit, limit),
        )
        to_original = np.tile(np.array(gray.shape[::-1]) / shape[::-1], 2)
        boxes = np.reshape(boxes, (-1, 4)).astype(float)
        boxes[:, :2] -= border
        hits.append(boxes * to_original)
        size *= 2
        factor = max(_SMALLEST_STEP, scale_factor**0.5)
    return np.concatenate(hits)


def reduced_size(min_size, scale, cascades):
    """Return the smallest face to search for in an image that was reduced by a factor.

    It is not smaller than the window of the cascades, unless `min_size` is: the reduced image is
    not enlarged again.
    """
    if min_size is None:
        return None
    return max(round(min_size * scale), min(min_size, *map(_window, cascades)))


def _window(cascade):
    return max(load_cascade(cascade).getOriginalWindowSize())


def group_hits(hits, overlap=0.2):
    """Group similar hits, as OpenCV does, and average each group.

    Parameters
    ----------
    hits : ndarray of shape (n_hits, 4)
        Boxes.
    overlap : float, default=0.2
        Largest relative difference of similar boxes.

    Returns
    -------
    boxes : ndarray of shape (n_groups, 4), float64
        Mean box of each group.
    counts : ndarray of shape (n_groups,), int64
        Number of hits in each group.
    """
    if len(hits) == 0:
        return np.empty((0, 4)), np.empty(0, int)
    # Groups with a single hit are dropped: hits are repeated. OpenCV takes whole pixels; tenths of
    # a pixel keep the means of small boxes exact.
    tenths = np.rint(np.asarray(hits) * 10).astype(int).tolist()
    boxes, counts = cv2.groupRectangles(tenths * 2, 1, overlap)
    return np.reshape(boxes, (-1, 4)) / 10, np.ravel(counts).astype(int) // 2


def find_faces_by_octave(
    cascades, gray, *, min_size=None, min_neighbors=0, view="frontal", **settings
):
    """Search an image with several cascades, and group their hits.

    All cascades search the same reduced images: one with a larger window than the others finds
    faces that are larger by the same factor.

    Parameters
    ----------
    cascades : list of str or path-like
        Cascades, as accepted by `load_cascade`.
    gray : ndarray of shape (h, w), uint8
        Image.
    min_size : int or None, default=None
        Side of the smallest face of the cascade with the smallest window; None means that window.
    min_neighbors : int, default=0
        Groups of at most this many hits are dropped.
    view : {"frontal", "profile"}, default="frontal"
        View of the faces.
    **settings
        Other parameters of `octave_hits`.

    Returns
    -------
    list of Detection
        Faces, largest first; coordinates are floats, and the score is the number of hits.
    """
    windows = [_window(cascade) for cascade in cascades]
    smallest = min(windows) if min_size is None else min_size
    hits = [
        octave_hits(cascade, gray, min_size=smallest * window / min(windows), **settings)
        for cascade, window in zip(cascades, windows, strict=True)
    ]
    groups = zip(*group_hits(np.concatenate(hits)), strict=True)
    return largest_first(
        [
            Detection(*box.tolist(), float(count), view)
            for box, count in groups
            if count > min_neighbors
        ]
    )


def find_profiles_by_octave(gray, **settings):
    """Search an image and its mirror image with the profile cascade.

    Parameters
    ----------
    gray : ndarray of shape (h, w), uint8
        Image.
    **settings
        Parameters of `find_faces_by_octave`.

    Returns
    -------
    list of Detection
        Faces; a face may be detected in both images.
    """
    found = find_faces_by_octave([PROFILE], gray, view="profile", **settings)
    mirrored = find_faces_by_octave([PROFILE], gray[:, ::-1], view="profile", **settings)
    width = gray.shape[1]
    return found + [face._replace(x=width - face.x - face.width) for face in mirrored]
