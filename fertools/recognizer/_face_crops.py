"""Crops of detected faces, in the pose that a pipeline was trained on."""

import numpy as np

from ..detection._crop_square import crop_mapped, map_about
from ..pipeline import ViewAveraging
from ..pipeline._fitted_steps import expected_shape, flat_steps, unwrapped
from ..preprocessing import BlindWienerFilter, FaceAligner
from ..preprocessing._similarity_transforms import compose

# Side of the crops of a pipeline that does not tell it, that of FER-2013.
_SIDE = 48
# Range of the side of a refined crop relative to that of the box, and the largest distance of
# their centers relative to the box. Estimates beyond it are taken for failures.
_SIDES = (0.6, 1.8)
_LARGEST_SHIFT = 0.4


def crop_side(pipeline):
    """Return the side of the square crops that a fitted pipeline takes, in pixels."""
    shape = expected_shape(pipeline)
    if shape is None and not hasattr(pipeline, "n_features_in_"):
        return _SIDE
    if shape is None or shape[0] != shape[1]:
        got = pipeline.n_features_in_ if shape is None else f"{shape[0]}x{shape[1]}"
        raise ValueError(f"pipeline must take square crops; got {got} pixels.")
    return shape[0]


def find_aligner(estimator):
    """Return the fitted FaceAligner that an estimator begins with, after a Wiener filter, or None.

    Parameters
    ----------
    estimator : estimator
        Fitted classifier of face crops.

    Returns
    -------
    FaceAligner or None
        None also for an ensemble of calibrated pipelines, each of which has its own aligner.
    """
    estimator = unwrapped(estimator)
    while isinstance(estimator, ViewAveraging):
        estimator = unwrapped(estimator.estimator_)
    # Sharper images have the same pose.
    steps = (step for step in flat_steps(estimator) if not isinstance(step, BlindWienerFilter))
    first = next(steps, None)
    return first if isinstance(first, FaceAligner) else None


def box_maps(boxes, size, margin):
    """Return the maps from pixels of square crops around boxes to pixels of the image.

    Parameters
    ----------
    boxes : array-like of shape (n, 4)
        x, y, width and height of each box in pixels.
    size : int
        Side of the crops in pixels.
    margin : float
        Margin on each side, as a fraction of the longer side of the box.

    Returns
    -------
    ndarray of shape (n, 2, 3), float64
    """
    boxes = np.asarray(boxes, dtype=float)
    scales = boxes[:, 2:].max(axis=1) * (1 + 2 * margin) / size
    centers = boxes[:, :2] + (boxes[:, 2:] - 1) / 2
    pairs = zip(scales, centers, strict=True)
    return np.stack([map_about(scale * np.eye(2), center, size) for scale, center in pairs])


def refined_crops(images, boxes, size, margin, aligner, n_refinements):
    """Crop faces in the pose of the training crops of an aligner.

    In each refinement, the aligner estimates the pose of the crops, and the faces are cropped from
    the image again in this pose. In contrast to aligning the crops alone, this recovers poses far
    from that of the box, as pixels outside the previous crop become visible.

    Parameters
    ----------
    images : list of ndarray of shape (h, w), uint8
        Image of each face.
    boxes : array-like of shape (n, 4)
        x, y, width and height of each face in pixels.
    size : int
        Side of the crops in pixels, as those that the aligner was fitted on.
    margin : float
        Margin of the initial crops on each side, as a fraction of the longer side of the box.
    aligner : FaceAligner
        Fitted aligner.
    n_refinements : int
        Number of refinements.

    Returns
    -------
    ndarray of shape (n, size, size), uint8
        Crops; a crop whose size or place drifts away from its box is not refined.
    """

    def crops(maps):
        pairs = zip(images, maps, strict=True)
        # Linear interpolation would blur small faces.
        return np.stack([crop_mapped(*pair, size, cubic=True) for pair in pairs])

    start = maps = box_maps(boxes, size, margin)
    for _ in range(n_refinements):
        maps = compose(maps, aligner.poses(crops(maps)))
    return crops(np.where(_is_plausible(maps, boxes, size)[:, None, None], maps, start))


def _is_plausible(maps, boxes, size):
    boxes = np.asarray(boxes, dtype=float)
    sides = boxes[:, 2:].max(axis=1)
    ratios = np.sqrt(np.abs(np.linalg.det(maps[:, :, :2]))) * size / sides
    centers = maps[:, :, :2] @ np.full(2, (size - 1) / 2) + maps[:, :, 2]
    shifts = np.linalg.norm(centers - boxes[:, :2] - (boxes[:, 2:] - 1) / 2, axis=1) / sides
    return (ratios > _SIDES[0]) & (ratios < _SIDES[1]) & (shifts < _LARGEST_SHIFT)
