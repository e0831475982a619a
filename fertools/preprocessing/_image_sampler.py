"""Base class of the samplers that add augmented images."""

import numpy as np
from imblearn.base import BaseSampler
from imblearn.utils import check_target_type
from sklearn.base import clone
from sklearn.utils import check_random_state

from .._utils.validation import holds_images, stack_images, validate_images
from ._augmenter import Augmenter


class ImageSampler(BaseSampler):
    """Base class of the samplers that add augmented images.

    Subclasses implement `_sources(y, rng)`, which returns the index of the training sample from
    which each augmented image is generated.
    """

    def fit_resample(self, X, y, **params):
        """Add augmented images to the training samples.

        Parameters
        ----------
        X : array-like of shape (n, h, w), (n, h, w, 3) or (n, h * w)
            Images, or flattened images.
        y : array-like of shape (n,)
            Labels.
        **params : dict
            Ignored.

        Returns
        -------
        X_resampled : ndarray of shape (n_new, h, w) or (n_new, h * w)
            Samples in their original order, each followed by its augmented images; gray, with the
            dtype of `X`.
        y_resampled : ndarray of shape (n_new,)
            Labels.
        """
        return super().fit_resample(stack_images(X), y, **params)

    def _check_X_y(self, X, y, accept_sparse=None):
        y, one_hot = check_target_type(y, indicate_one_vs_all=True)
        images = validate_images(self, X, reset=True)
        if len(images) != len(y):
            raise ValueError(
                f"X and y must have the same number of samples; got {len(images)} and {len(y)}."
            )
        self._are_rows = not holds_images(X)
        return images, y, one_hot

    def _fit_resample(self, X, y):
        rng = check_random_state(self.random_state)
        sources = self._sources(y, rng)
        augmenter = Augmenter() if self.augmenter is None else clone(self.augmenter)
        augmenter.set_params(random_state=rng.randint(2**31))
        origins = np.concatenate([np.arange(len(X)), sources])
        images = np.concatenate([X, augmenter.augment(X[sources])]) if len(sources) else X
        # Augmented images follow their source, so that folds without shuffling, such as those of
        # TemperatureScalingCV and GramSVC, keep them together.
        order = np.argsort(origins, kind="stable")
        self.sample_indices_ = origins[order]
        images = images[order]
        X_resampled = images.reshape(len(images), -1) if self._are_rows else images
        return X_resampled, y[self.sample_indices_]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        tags.input_tags.three_d_array = True
        tags.sampler_tags.sample_indices = True
        return tags
