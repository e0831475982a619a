"""Concatenation of the features of an image and of its mirror image."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.utils._param_validation import HasMethods
from sklearn.utils.validation import check_is_fitted

from .._utils.mirror_symmetry import swap_halves
from .._utils.validation import validate_images
from ..base import WHOLE, ImageTransformer


class WithMirror(ImageTransformer):
    """Concatenate the features of each image and of its mirror image.

    With these features, `fertools.kernels.MultiKernel(symmetry="halves")` averages a kernel over
    mirror images: the classifier learns from both without doubling the number of training samples,
    and its predictions are the same for an image and its mirror image.

    Parameters
    ----------
    transformer : estimator
        Descriptor, or pipeline from images to features. It is fitted on images and mirror images
        together, so that learned quantities such as scales are the same for both.
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples.
    n_jobs : int or None, default=None
        Number of threads.

    Attributes
    ----------
    transformer_ : estimator
        Fitted clone of `transformer`.
    mirror_ : ndarray of shape (2 * n_features,), intp
        Permutation of the features under mirroring; it exchanges the two halves.
    groups_ : ndarray of shape (2 * n_features,)
        Name of the descriptor and bounding box of each feature, in coordinates of the original
        image. The box is the whole image if `transformer` is not a descriptor.
    image_shape_ : tuple of two int
        Height and width of the images seen in fit.
    n_features_in_ : int
        Number of pixels per image, height times width.
    feature_names_in_ : ndarray of str
        Names of the features seen in fit; only available if X is a DataFrame.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.features import OrientedGradients, WithMirror
    >>> images = make_faces(3, random_state=0).images
    >>> OrientedGradients().fit_transform(images).shape
    (3, 900)
    >>> WithMirror(OrientedGradients()).fit_transform(images).shape
    (3, 1800)
    """

    _parameter_constraints = {
        **ImageTransformer._parameter_constraints,
        "transformer": [HasMethods(["fit", "transform"])],
    }

    def __init__(self, transformer, *, image_shape=None, n_jobs=None):
        self.transformer = transformer
        self.image_shape = image_shape
        self.n_jobs = n_jobs

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Fit the transformer on the images and their mirror images.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images.
        y : array-like of shape (n_samples,) or None, default=None
            Target values, passed to the transformer once for the images and once for their mirror
            images.

        Returns
        -------
        self : object
        """
        self._validate_params()
        images = validate_images(self, X, reset=True)
        both = np.concatenate([images, images[:, :, ::-1]])
        labels = None if y is None else np.tile(np.asarray(y), 2)
        self.transformer_ = clone(self.transformer).fit(both, labels)
        self._n_features_out = 2 * self.transformer_.transform(images[:1]).shape[1]
        return self

    def _describe(self, images):
        sides = images, np.ascontiguousarray(images[:, :, ::-1])
        return np.hstack([self.transformer_.transform(side) for side in sides])

    @property
    def mirror_(self) -> NDArray:
        """Permutation of the features under mirroring, which exchanges the two halves."""
        check_is_fitted(self)
        return swap_halves(self._n_features_out)

    def _blocks(self):
        if isinstance(self.transformer_, ImageTransformer):
            blocks = self.transformer_._blocks()
        else:
            names = self.transformer_.get_feature_names_out()
            blocks = [(type(self.transformer_).__name__.lower(), WHOLE, names)]
        mirrored = [
            (descriptor, (y0, 1 - x1, y1, 1 - x0), [f"mirror_{name}" for name in names])
            for descriptor, (y0, x0, y1, x1), names in blocks
        ]
        return [*blocks, *mirrored]
