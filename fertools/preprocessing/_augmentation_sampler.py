"""Augmented images of all training samples."""

from numbers import Integral

import numpy as np
from sklearn.utils._param_validation import Interval

from ._augmenter import Augmenter
from ._image_sampler import ImageSampler


class AugmentationSampler(ImageSampler):
    """Add augmented images of all training samples.

    This is an imbalanced-learn sampler: in a pipeline of that library, it is only applied in `fit`,
    to the training samples of each fold.

    Parameters
    ----------
    n_augmented : int, default=1
        Number of augmented images per training image, at most 1000.
    augmenter : Augmenter or None, default=None
        Augmenter of the images; None means `Augmenter()`.
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples; by default, they are single lines of pixels.
    random_state : int, RandomState or None, default=None
        Random seed.

    Attributes
    ----------
    sample_indices_ : ndarray of shape (n_new,), int
        Index of the training sample that each returned sample is, or was generated from.
    sampling_strategy_ : None
        Always None, as the class proportions do not change.
    image_shape_ : tuple of two int
        Height and width of the images.
    n_features_in_ : int
        Number of pixels per image.
    feature_names_in_ : ndarray of str
        Names of the columns of X; only available if X is a DataFrame.

    See Also
    --------
    AugmentationBalancer : Augmented images of rare classes.

    Examples
    --------
    Mirror images of all samples:

    >>> from fertools.datasets import make_faces
    >>> from fertools.preprocessing import AugmentationSampler, Augmenter
    >>> faces = make_faces(7, random_state=0)
    >>> mirror = Augmenter(rotation=0, shift=0, shear=0, zoom=0, flip=1)
    >>> sampler = AugmentationSampler(augmenter=mirror)
    >>> images, labels = sampler.fit_resample(faces.images, faces.labels)
    >>> images.shape, bool((images[1] == images[0][:, ::-1]).all())
    ((14, 48, 48), True)
    """

    _parameter_constraints = {
        "n_augmented": [Interval(Integral, 0, 1000, closed="both")],
        "augmenter": [Augmenter, None],
        "image_shape": ["array-like", None],
        "random_state": ["random_state"],
    }
    # The class proportions do not change: imbalanced-learn computes no strategy.
    _sampling_type = "bypass"
    sampling_strategy = None

    def __init__(self, n_augmented=1, *, augmenter=None, image_shape=None, random_state=None):
        self.n_augmented = n_augmented
        self.augmenter = augmenter
        self.image_shape = image_shape
        self.random_state = random_state

    def _sources(self, y, rng):
        return np.tile(np.arange(len(y)), self.n_augmented)
