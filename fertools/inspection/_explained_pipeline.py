"""Fitted pipelines, taken apart into image steps, local features, affine maps and a classifier."""

import cv2
import numpy as np
from imblearn.base import is_sampler
from sklearn.base import OneToOneFeatureMixin
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags

from .._utils.validation import as_pixels
from ..base import ImageTransformer
from ..pipeline import KernelImageClassifier
from ..pipeline._fitted_steps import flat_steps
from ..preprocessing import FaceAligner
from ._affine_maps import (
    Identity,
    Scale,
    Take,
    affine_map,
    descriptor_parts,
    is_projection,
    transform_row,
)


class UnexplainedError(TypeError):
    """The decision of a pipeline cannot be divided among its features."""


class ExplainedPipeline:
    """Fitted pipeline from a face to decision values that are affine before the classifier.

    Parameters
    ----------
    pipeline : estimator
        Fitted pipeline.

    Attributes
    ----------
    classifier : estimator
        Last step.
    groups : structured ndarray of shape (n_local,)
        Descriptor and box of each local feature.
    start : ndarray or None
        Output of `first` for the mean of the training samples, if a step has stored it.
    augmented : bool
        Whether the classifier was trained on more samples than the pipeline.

    Raises
    ------
    UnexplainedError
        If there is no descriptor, or a step is not known to be affine.
    """

    def __init__(self, pipeline):
        steps = flat_steps(pipeline)
        self.augmented = any(is_sampler(step) for step in steps)
        steps = [step for step in steps if not is_sampler(step)]
        if steps and isinstance(steps[-1], KernelImageClassifier):
            image_classifier = steps.pop()
            steps += [image_classifier.transformer_, image_classifier]
        where = [isinstance(step, ImageTransformer) for step in steps]
        if True not in where:
            names = [type(step).__name__ for step in steps]
            raise UnexplainedError(f"no step is a descriptor; got the steps {names}.")
        at = where.index(True)
        self._filters = steps[:at]
        self._describe, self.groups, self.first = descriptor_parts(steps[at])
        self._heads, self._rest = [], []
        self.start = None if type(self.first) is Identity else np.zeros(steps[at]._n_features_out)
        for step in steps[at + 1 : -1]:
            self._add(step)
        self.classifier = steps[-1]
        if isinstance(self.classifier, KernelImageClassifier):
            self._rest += [
                Scale(self.classifier.scale_.astype(np.float64)),
                Take(self.classifier._order, len(self.classifier._order)),
            ]
            self.classifier = self.classifier.estimator_
        if self.start is None and not self._rest:
            self.start = _training_mean(self.classifier)

    def _add(self, step):
        """Append a step between descriptor and classifier."""
        is_first = type(self.first) is Identity and not self._rest
        n_inputs = getattr(step, "n_features_in_", len(self.groups))
        if is_first and hasattr(step, "get_support"):
            kept = step.get_support()
            self.groups = self.groups[kept]
            self.start = None if self.start is None else self.start[kept]
            self._heads.append(step)
        elif is_first and isinstance(step, OneToOneFeatureMixin):
            if isinstance(step, StandardScaler) and step.mean_ is not None:
                self.start = transform_row(step, step.mean_)
            elif self.start is not None:
                known = affine_map(step, n_inputs)
                self.start = None if known is None else known.forward(self.start)
            self._heads.append(step)
        else:
            added = affine_map(step, n_inputs)
            if added is None:
                raise UnexplainedError(f"{type(step).__name__} is not known to be affine.")
            if is_first and is_projection(step):
                self.first, self.start = added, _projected_mean(step, added)
            else:
                self._rest.append(added)

    def images(self, faces):
        """Return the images that the descriptor receives, shape (n, h, w)."""
        for step in self._filters:
            faces = step.transform(faces)
        return as_pixels(np.asarray(faces))

    def local(self, images):
        """Return the local features of images, shape (n, n_local)."""
        features = self._describe(images)
        for step in self._heads:
            features = step.transform(features)
        return np.asarray(features, dtype=np.float64)

    def finish(self, u):
        """Return the input of the classifier for an output of `first`."""
        for step in self._rest:
            u = step.forward(u)
        return u

    def backward(self, gradient):
        """Return the gradient with respect to the local features."""
        for step in reversed(self._rest):
            gradient = step.backward(gradient)
        return self.first.backward(gradient)

    def to_face(self, heat, face):
        """Map a heat map of the descriptor's image back to the face."""
        shape, poses = face.shape[:2], np.eye(2, 3)
        image = face[None]
        for step in self._filters:
            if isinstance(step, FaceAligner):
                poses = step.poses(image)[0]
            image = step.transform(image)
        if heat.shape != shape:
            heat = cv2.resize(heat, shape[::-1], interpolation=cv2.INTER_LINEAR)
        if np.array_equal(poses, np.eye(2, 3)):
            return heat
        return cv2.warpAffine(heat, poses, shape[::-1], flags=cv2.INTER_LINEAR)


def _projected_mean(step, projection):
    """Return the output of a projection for the mean of its training samples."""
    mean = getattr(step, "xbar_", getattr(step, "mean_", None))
    return None if mean is None else projection.forward(np.asarray(mean, dtype=np.float64))


def _training_mean(classifier):
    """Return the mean of the samples that a classifier was trained on, or None."""
    if isinstance(classifier, LinearDiscriminantAnalysis):
        return getattr(classifier, "xbar_", None)
    samples = getattr(classifier, "X_fit_", None)
    return None if samples is None else samples.mean(axis=0, dtype=np.float64)


def as_input(pipeline, images):
    """Return images as a classifier takes them: unchanged, or one row of pixels per image."""
    if get_tags(pipeline).input_tags.three_d_array:
        return images
    return images.reshape(len(images), -1)
