"""Verification and merging of the boxes that a cascade proposes."""

import numpy as np

from ._boxes import contained, overlaps
from ._cascades import ONE_FACE
from ._shipped_verifier import shipped_verifier

# Boxes of which this share is inside a more probable one are parts of the same face.
_INSIDE = 0.6
# Boxes with at least this intersection over union are averaged.
_SAME = 0.5
# A box that is larger than the image needs this number of hits. Its crop has many repeated
# pixels, on which the verifier errs more often.
_HITS_BEYOND = 2
# Smallest weight in the average, as the probabilities of all boxes may be 0.
_LEAST_WEIGHT = 1e-9


def verify_faces(gray, faces, min_probability):
    """Keep the boxes that show a face, and merge those of the same face.

    Parameters
    ----------
    gray : ndarray of shape (h, w), uint8
        Image.
    faces : list of Detection
        Proposed boxes; coordinates may be floats.
    min_probability : float
        Smallest probability of a face.

    Returns
    -------
    list of Detection
        Faces with their probability, most probable first; coordinates are floats.
    """
    if not faces:
        return []
    boxes = np.array([face.box for face in faces], dtype=float)
    probabilities = shipped_verifier()._verify(gray, boxes)
    scores = np.array([face.score for face in faces])
    is_larger = boxes[:, 2:].max(axis=1) > min(gray.shape)
    probabilities = np.where(is_larger & (scores < _HITS_BEYOND), 0.0, probabilities)
    # Faces with equal probabilities, such as 1.0, are ordered by their score.
    order = sorted(range(len(faces)), key=lambda i: (-probabilities[i], -faces[i].score, i))
    open_ = [i for i in order if probabilities[i] >= min_probability]
    merged = []
    while open_:
        best = open_[0]
        others = boxes[open_]
        shared = overlaps(boxes[best], others)
        same = np.array(open_)[shared >= _SAME]
        weights = np.maximum(probabilities[same], _LEAST_WEIGHT)
        box = np.average(boxes[same], axis=0, weights=weights)
        x, y, width, height = box.tolist()
        merged.append(
            faces[best]._replace(
                x=x, y=y, width=width, height=height, probability=float(probabilities[best])
            )
        )
        is_part = (shared > ONE_FACE) | (contained(boxes[best], others) > _INSIDE)
        is_part[0] = True
        open_ = [i for i, part in zip(open_, is_part, strict=True) if not part]
    return merged
