"""Search for faces in successive frames, in the whole frame or near known faces."""

import numpy as np

from .._utils.images import resize
from ..detection import Detection, ViolaJonesDetector
from ..detection._boxes import overlaps, suppress
from ..detection._detector_protocol import detect_faces

# Side of a known face in the search for its next position, in pixels.
_SIDE = 64
# Range of the search: the margin around the face, in its sides, and the factor between the smallest
# or the largest size and that of the face.
_AROUND, _SIZES = 0.5, 1.3
# Hits with a larger intersection over union are the same face.
_ONE_FACE = 0.5


def _nearby_detector(detector):
    """Return the detector of one face of about _SIDE pixels, or None if there is none."""
    if type(detector) is not ViolaJonesDetector:
        return None
    settings = detector.get_params() | {
        "min_size": round(_SIDE / _SIZES),
        "max_size": round(_SIDE * _SIZES),
        "coarse_to_fine": False,
        "tighten": False,
        "border": 0.0,
        "min_side": None,
        "max_side": None,
    }
    return ViolaJonesDetector(**settings)


class FaceSearch:
    """Search for faces in the frames of a video.

    Between searches of the whole frame, only the neighborhoods of known faces are searched, which
    needs a ViolaJonesDetector; with other detectors, the whole frame is searched each time.

    Parameters
    ----------
    detector : object or None
        Detector; see `ExpressionRecognizer`. None means that each frame is one face.
    every : int
        Number of frames from one search of the whole frame to the next.
    max_side : int or None
        Longer side in pixels to which larger frames are reduced for the search of the whole frame.
    """

    def __init__(self, detector, every, max_side=None):
        self._detector, self._every, self._max_side = detector, every, max_side
        self._nearby = None if every == 1 else _nearby_detector(detector)
        self._n_since = 0

    def find(self, gray, tracks):
        """Find the faces of the next frame.

        Parameters
        ----------
        gray : ndarray of shape (h, w), uint8
            Frame.
        tracks : list of Track
            Faces of the previous frames.

        Returns
        -------
        list of Detection
            Faces, largest first.
        """
        if self._detector is None:
            return [Detection(0, 0, gray.shape[1], gray.shape[0], None)]
        self._n_since += 1
        is_seen = any(track.n_missed == 0 for track in tracks)
        if self._nearby is not None and is_seen and self._n_since < self._every:
            hits = [self._find_near(gray, track.predict()) for track in tracks]
            lost = [
                track
                for track, hit in zip(tracks, hits, strict=True)
                if hit is None and track.n_missed == 0
            ]
            found = [hit for hit in hits if hit is not None]
            found.sort(key=lambda face: -face.width * face.height)
            # Two tracks at the same face: one of them is lost.
            if not lost and len(suppress(found, _ONE_FACE)) == len(found):
                return found
        self._n_since = 0
        return self._find_all(gray)

    def _find_all(self, gray):
        longer = max(gray.shape)
        if self._max_side is None or longer <= self._max_side:
            return detect_faces(self._detector, gray)
        scale = self._max_side / longer
        small = resize(gray, tuple(max(1, round(side * scale)) for side in gray.shape))
        return [_scaled(face, 1 / scale) for face in detect_faces(self._detector, small)]

    def _find_near(self, gray, box):
        """Return the face that overlaps a box the most, or None."""
        side = max(box[2:])
        reach = side * (0.5 + _AROUND)
        middle = box[:2] + box[2:] / 2
        left, top = np.floor(np.maximum(middle - reach, 0)).astype(int).tolist()
        right, bottom = np.ceil(middle + reach).astype(int).tolist()
        part = gray[top : max(bottom, 0), left : max(right, 0)]
        scale = _SIDE / side
        shape = tuple(round(length * scale) for length in part.shape)
        if min(shape) < _SIDE // 2:
            return None
        found = [_scaled(face, 1 / scale) for face in self._nearby.detect(resize(part, shape))]
        if not found:
            return None
        found = [face._replace(x=face.x + left, y=face.y + top) for face in found]
        shares = overlaps(box, [face.box for face in found])
        return found[int(np.argmax(shares))] if shares.max() > 0 else None


def _scaled(face, factor):
    x, y, width, height = (round(value * factor) for value in face.box)
    return face._replace(x=x, y=y, width=width, height=height)
