"""Verification and merging of the boxes that a cascade proposes."""

import numpy as np

from ._boxes import contained, overlaps
from ._cascades import ONE_FACE
from ._shipped_verifier import load_face_verifier

# Boxes of which this share is inside a more probable one are parts of the same face.
_INSIDE = 0.6
# Boxes with at least this intersection over union are averaged.
_SAME = 0.5
# Boxes of at least this share of the shorter side of the image are more often faces than others, as
# in pictures that are cut close to a face, if the cascades agree on them by this number of hits.
# Their odds are multiplied by the factor. All were chosen on the training half of wild.zip and on
# training photos without a face.
_LARGE, _LARGE_HITS, _LARGE_ODDS = 0.5, 5, 19.0


def with_prior(probabilities, boxes, scores, shape):
    """Return the probabilities of faces with larger prior odds for boxes that fill the image.

    Parameters
    ----------
    probabilities : ndarray of shape (n,)
        Probabilities of the verifier, which are calibrated for boxes anywhere in large images.
    boxes : ndarray of shape (n, 4)
        Boxes.
    scores : ndarray of shape (n,)
        Number of hits of each box.
    shape : tuple of two int
        Height and width of the image.

    Returns
    -------
    ndarray of shape (n,)
    """
    is_large = (boxes[:, 2:].max(axis=1) >= _LARGE * min(shape)) & (scores >= _LARGE_HITS)
    raised = _LARGE_ODDS * probabilities
    return np.where(is_large, raised / (raised + 1 - probabilities), probabilities)


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
    scores = np.array([face.score for face in faces])
    verified = load_face_verifier()._verify(gray, boxes)
    probabilities = with_prior(verified, boxes, scores, gray.shape)
    # Faces with equal probabilities, such as 1.0, are ordered by their score.
    order = sorted(range(len(faces)), key=lambda i: (-probabilities[i], -faces[i].score, i))
    open_ = [i for i in order if probabilities[i] >= min_probability]
    merged = []
    while open_:
        best = open_[0]
        others = boxes[open_]
        shared = overlaps(boxes[best], others)
        same = np.array(open_)[shared >= _SAME]
        box = np.average(boxes[same], axis=0, weights=probabilities[same])
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
