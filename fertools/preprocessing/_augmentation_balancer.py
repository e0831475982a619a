"""Oversampling of rare classes with augmented images."""

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from ._augmenter import Augmenter
from ._image_sampler import ImageSampler


class AugmentationBalancer(ImageSampler):
    """Oversample rare classes with augmented images.

    This is an imbalanced-learn sampler: in a pipeline of that library, it is only applied in `fit`,
    to the training samples of each fold, so that no augmented image of a training sample leaks into
    a test fold.

    Parameters
    ----------
    ratio : float, default=0.5
        Target size of each class, as a fraction of the size given by `sampling_strategy`.
    sampling_strategy : {"auto", "minority", "not minority", "not majority", "all"}, dict or \
            callable, default="auto"
        Size of each class before it is multiplied by `ratio`, as in imbalanced-learn. A string
        selects the classes to be oversampled to the size of the largest; "auto" means all but the
        largest. A dict maps classes to sizes; a callable takes y and returns such a dict.
    augmenter : Augmenter or None, default=None
        Augmenter of the images; None means `Augmenter()`.
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples; by default, they are single lines of pixels.
    random_state : int, RandomState or None, default=None
        Random seed of the choice of samples and of their augmentation.

    Attributes
    ----------
    sampling_strategy_ : dict
        Number of samples that each class lacks before `ratio` applies.
    sample_indices_ : ndarray of shape (n_new,), int
        Index of the training sample that each returned sample is, or was generated from.
    image_shape_ : tuple of two int
        Height and width of the images.
    n_features_in_ : int
        Number of pixels per image.
    feature_names_in_ : ndarray of str
        Names of the columns of X; only available if X is a DataFrame.

    See Also
    --------
    AugmentationSampler : Augmented images of all training samples.

    References
    ----------
    G. Lemaitre, F. Nogueira, C. K. Aridas (2017). Imbalanced-learn: a Python toolbox to tackle the
    curse of imbalanced datasets in machine learning. Journal of Machine Learning Research 18(17).

    Examples
    --------
    >>> from collections import Counter
    >>> from fertools.datasets import make_faces
    >>> from fertools.preprocessing import AugmentationBalancer
    >>> happy = make_faces(20, classes=["happy"], random_state=0)
    >>> rare = make_faces(2, classes=["disgust"], random_state=1)
    >>> images, labels = [*happy.images, *rare.images], [*happy.labels, *rare.labels]
    >>> images, labels = AugmentationBalancer(random_state=0).fit_resample(images, labels)
    >>> Counter(map(str, labels))
    Counter({'happy': 20, 'disgust': 10})
    """

    _parameter_constraints = {
        "ratio": [Interval(Real, 0, 1, closed="right")],
        "sampling_strategy": [
            StrOptions({"auto", "minority", "not minority", "not majority", "all"}),
            dict,
            callable,
        ],
        "augmenter": [Augmenter, None],
        "image_shape": ["array-like", None],
        "random_state": ["random_state"],
    }

    _sampling_type = "over-sampling"

    def __init__(
        self,
        ratio=0.5,
        *,
        sampling_strategy="auto",
        augmenter=None,
        image_shape=None,
        random_state=None,
    ):
        self.ratio = ratio
        self.sampling_strategy = sampling_strategy
        self.augmenter = augmenter
        self.image_shape = image_shape
        self.random_state = random_state

    def _sources(self, y, rng):
        sources = [np.empty(0, dtype=int)]
        for label, lacking in self.sampling_strategy_.items():
            members = np.flatnonzero(y == label)
            n_new = round(self.ratio * (len(members) + lacking)) - len(members)
            # The numbers of augmented images per sample differ by at most one.
            sources.append(np.resize(rng.permutation(members), max(n_new, 0)))
        return np.concatenate(sources)
