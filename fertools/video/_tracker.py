"""Tracking of faces by overlap and appearance."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from ..detection._boxes import overlaps
from ._appearance import Appearance

# Largest distance between the predicted and the detected middle of a face, in sides of the box, and
# its growth per frame without detection.
_REACH, _REACH_GROWTH, _MAX_REACH = 0.6, 0.1, 2.0
# Largest ratio of the sides of two successive boxes, and its growth per frame without detection.
_RATIO, _RATIO_GROWTH, _MAX_RATIO = 1.5, 0.03, 2.0
# Smallest similarity of a face that overlaps the predicted box, and of one that does not.
_SIMILAR, _SIMILAR_APART = 0.1, 0.5
# Intersection over union from which the appearance does not matter.
_SAME = 0.9
# Weight of the similarity, relative to the overlap.
_WEIGHT = 2.0
_REFUSED = 1e3


@dataclass(eq=False)
class Track:
    """Face that is followed through the frames.

    Attributes
    ----------
    number : int
        Number of the track, from 1.
    box : ndarray of shape (4,), float64
        Last box: x, y, width and height in pixels.
    appearance : Appearance
        Mean appearance.
    velocity : ndarray of shape (2,), float64
        Movement of the middle in pixels per analyzed frame.
    n_missed : int
        Number of analyzed frames since the last detection.
    data : dict
        Data of the caller.
    """

    number: int
    box: np.ndarray
    appearance: Appearance
    velocity: np.ndarray = field(default_factory=lambda: np.zeros(2))
    n_missed: int = 0
    data: dict[str, Any] = field(default_factory=dict)

    def predict(self):
        """Return the box that is expected in the next frame."""
        box = self.box.copy()
        box[:2] += self.velocity * (self.n_missed + 1)
        return box

    def move(self, box, appearance):
        """Continue the track at a box in the next frame."""
        shift = _middle(box) - _middle(self.box)
        self.velocity = (self.velocity + shift / (self.n_missed + 1)) / 2
        self.box, self.n_missed = box, 0
        self.appearance.learn(appearance)


def _middle(box):
    return box[:2] + box[2:] / 2


class Tracker:
    """Assign the faces of successive frames to tracks.

    The assignment maximizes the sum of overlap and similarity, with the Hungarian algorithm. A
    track that moves is expected at the position given by its velocity.

    Parameters
    ----------
    max_gap : int
        Number of frames without detection after which a track ends.

    Attributes
    ----------
    tracks : list of Track
        Tracks that have not ended.
    """

    def __init__(self, max_gap):
        self._max_gap, self._n_tracks = max_gap, 0
        self.tracks = []

    def update(self, gray, colors, boxes):
        """Assign the faces of a frame to tracks.

        Parameters
        ----------
        gray : ndarray of shape (h, w), uint8
            Frame.
        colors : ndarray of shape (h, w, 3), uint8, or None
            RGB pixels of the frame, if it has colors.
        boxes : list of tuple (x, y, width, height)
            Faces.

        Returns
        -------
        list of Track
            Track of each face; faces that are assigned to no other track begin a new one.
        """
        boxes = [np.array(box, dtype=float) for box in boxes]
        looks = [Appearance(gray, colors, box) for box in boxes]
        found = self._assign(boxes, looks)
        for track in self.tracks:
            if track not in found.values():
                track.n_missed += 1
        self.tracks = [track for track in self.tracks if track.n_missed <= self._max_gap]
        for index, (box, look) in enumerate(zip(boxes, looks, strict=True)):
            if index in found:
                found[index].move(box, look)
            else:
                self._n_tracks += 1
                found[index] = Track(self._n_tracks, box, look)
                self.tracks.append(found[index])
        return [found[index] for index in range(len(boxes))]

    def _assign(self, boxes, looks):
        if not boxes or not self.tracks:
            return {}
        costs = [
            [_cost(track, box, look) for box, look in zip(boxes, looks, strict=True)]
            for track in self.tracks
        ]
        pairs = zip(*linear_sum_assignment(costs), strict=True)
        return {column: self.tracks[row] for row, column in pairs if costs[row][column] < _REFUSED}


def _cost(track, box, look):
    """Return the cost of continuing a track at a box; it is at least _REFUSED if impossible."""
    expected, missed = track.predict(), track.n_missed
    side, other = np.sqrt(np.prod(expected[2:])), np.sqrt(np.prod(box[2:]))
    ratio = max(side, other) / min(side, other)
    distance = np.hypot(*(_middle(expected) - _middle(box))) / side
    # A face that was hidden may stand still instead of moving on.
    distance = min(distance, np.hypot(*(_middle(track.box) - _middle(box))) / side)
    overlap = float(overlaps(expected, [box])[0])
    similarity = track.appearance.similarity(look)
    is_near = distance <= min(_MAX_REACH, _REACH + _REACH_GROWTH * missed)
    is_as_large = ratio <= min(_MAX_RATIO, _RATIO + _RATIO_GROWTH * missed)
    # A face that hardly moves is the same one, whatever the light does.
    is_similar = overlap > _SAME or similarity >= (_SIMILAR if overlap > 0.2 else _SIMILAR_APART)
    if not (is_near and is_as_large and is_similar):
        return _REFUSED
    return -overlap - _WEIGHT * similarity
