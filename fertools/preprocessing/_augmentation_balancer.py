"""Rare classes grown by augmented copies."""

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from ._augmenter import Augmenter
from ._image_sampler import ImageSampler


class AugmentationBalancer(ImageSampler):
    """Grow rare classes with augmented copies of their training images.

    An imbalanced-learn sampler: in a pipeline of that library it works in `fit` only, on the
    training rows of each fold, so that no copy of a training row ever stands in a test fold.

    Parameters
    ----------
    ratio : float, default=0.5
        A class grows to this share of what `sampling_strategy` asks for.
    sampling_strategy : {"auto", "minority", "not minority", "not majority", "all"}, dict or \
            callable, default="auto"
        Size of each class before `ratio` applies, as in imbalanced-learn. A string names the
        classes that grow to the size of the largest; "auto" is all but the largest. A dict maps
        classes to sizes; a callable takes y and returns such a dict.
    augmenter : Augmenter or None, default=None
        Makes the copies; None is `Augmenter()`.
    image_shape : tuple of two int or None, default=None
        How flattened rows unfold; None means one line of pixels.
    random_state : int, RandomState or None, default=None
        Decides which rows are copied and how.

    Attributes
    ----------
    sampling_strategy_ : dict
        From each class to the number of rows it lacks.
    sample_indices_ : ndarray of shape (n_new,), int
        For each row put out the training row that it is, or is a copy of.
    image_shape_ : tuple of two int
        Height and width of the images.
    n_features_in_ : int
        Height times width.
    feature_names_in_ : ndarray of str
        Only where X was a DataFrame.

    See Also
    --------
    AugmentationSampler : copies of every row.

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
            rows = np.flatnonzero(y == label)
            wanted = round(self.ratio * (len(rows) + lacking)) - len(rows)
            # Every row is copied as often as any other, up to once.
            sources.append(np.resize(rng.permutation(rows), max(wanted, 0)))
        return np.concatenate(sources)
