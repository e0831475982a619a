"""Faces of successive frames: search, tracking, recognition and smoothing."""

import os
from numbers import Integral, Real

import numpy as np
from sklearn.utils._param_validation import (
    Interval,
    StrOptions,
    validate_parameter_constraints,
)

from ..datasets._duplicates import is_flat
from ..detection._crop_square import crop_square
from ..detection._detector_protocol import certainty
from ..detection._map_images import load_gray
from ..recognizer import ExpressionRecognizer
from ._face_search import FaceSearch
from ._record import FaceRecord
from ._smoothing import Smoother
from ._tracker import Tracker

_CONSTRAINTS = {
    "smoothing": [StrOptions({"exponential", "window"}), None],
    "smoothing_time": [Interval(Real, 0, None, closed="neither")],
    "search_every": [Interval(Integral, 1, None, closed="left")],
    "search_side": [Interval(Integral, 16, None, closed="left"), None],
    "max_gap": [Interval(Integral, 0, None, closed="left")],
}
# Side of the crops that are tested for a single color.
_CROP = 48


def load_recognizer(recognizer):
    """Return a recognizer; None means the default one, a string a shipped model or a model file."""
    if recognizer is None or isinstance(recognizer, (str, os.PathLike)):
        return ExpressionRecognizer(recognizer or "fast")
    if not hasattr(recognizer, "recognize_boxes") or not hasattr(recognizer, "detector"):
        raise ValueError(
            "recognizer must be an ExpressionRecognizer, the name of a shipped model, the path of "
            f"a model file or None; got {recognizer!r}."
        )
    return recognizer


class FrameAnalyzer:
    """Find, follow and recognize the faces of successive frames.

    Parameters
    ----------
    recognizer, smoothing, smoothing_time, search_every, max_gap
        See `analyze`.
    search_side : int or None, default=None
        Longer side in pixels to which larger frames are reduced for the search of the whole frame.
    """

    def __init__(
        self,
        recognizer=None,
        *,
        smoothing="exponential",
        smoothing_time=0.75,
        search_every=5,
        max_gap=25,
        search_side=None,
    ):
        given = {
            "smoothing": smoothing,
            "smoothing_time": smoothing_time,
            "search_every": search_every,
            "search_side": search_side,
            "max_gap": max_gap,
        }
        validate_parameter_constraints(_CONSTRAINTS, given, caller_name="analyze")
        self.recognizer = load_recognizer(recognizer)
        self._smoothing = smoothing, smoothing_time
        self._search = FaceSearch(self.recognizer.detector, search_every, search_side)
        self._tracker = Tracker(max_gap)

    def records(self, frame):
        """Analyze the next frame.

        Parameters
        ----------
        frame : Frame

        Returns
        -------
        list of FaceRecord
            One record per face in the order of the tracks, or one record with the status "no_face".
        """
        image = frame.image
        gray = load_gray(image)
        found = self._search.find(gray, self._tracker.tracks)
        colors = image if image.ndim == 3 else None
        tracks = self._tracker.update(gray, colors, [face.box for face in found])
        faces = self.recognizer.recognize_boxes(gray, [face.box for face in found])
        records = [
            self._record(frame, track, certainty(one), face, gray)
            for track, one, face in zip(tracks, found, faces, strict=True)
        ]
        records.sort(key=lambda record: record.track)
        return records or [FaceRecord(frame.number, frame.time, "no_face")]

    def _record(self, frame, track, score, face, gray):
        smoother = track.data.setdefault("smoother", Smoother(*self._smoothing))
        raw = np.array(list(face.probabilities.values()))
        # A crop of nearly a single color shows no face.
        shows_face = not is_flat([crop_square(gray, face.box, _CROP)])[0]
        values = smoother.update(frame.time, raw) if shows_face else raw
        smooth = dict(zip(face.probabilities, values.tolist(), strict=True))
        best = max(smooth, key=smooth.get)
        least = getattr(self.recognizer, "min_probability", 0.0)
        is_certain = shows_face and smooth[best] >= least
        return FaceRecord(
            frame=frame.number,
            time=frame.time,
            status="ok" if is_certain else "uncertain",
            track=track.number,
            box=face.box,
            score=score,
            expression=best if is_certain else None,
            probabilities=smooth,
            raw_probabilities=face.probabilities,
        )
