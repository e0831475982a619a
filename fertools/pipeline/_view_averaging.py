"""The mean answer to an image, its mirror image and small shifts of both."""

from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils.validation import check_is_fitted

from .._utils.parallel import N_JOBS, map_chunks
from .._utils.validation import validate_images

VIEW_CONSTRAINTS = {
    "mirror": ["boolean"],
    "shifts": [Interval(Integral, 0, 100, closed="both")],
}


def image_views(images, mirror, shifts):
    """Return each image as it is, shifted and mirrored.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
    mirror : bool
        Whether the mirror image of each view is a view too.
    shifts : int
        Views are shifted up, down, left and right, by 1, 2, ... and this many pixels; the nearest
        pixel is repeated beyond the border.

    Returns
    -------
    ndarray of shape (n_views, n, h, w), dtype of `images`
        The first view is the images; n_views is 1 + 4 `shifts`, twice that with `mirror`.
    """
    height, width = images.shape[1:]
    padded = np.pad(images, ((0, 0), (shifts, shifts), (shifts, shifts)), mode="edge")
    steps = [step for k in range(1, shifts + 1) for step in ((k, 0), (-k, 0), (0, k), (0, -k))]
    corners = [(shifts + y, shifts + x) for y, x in [(0, 0), *steps]]
    views = [padded[:, y : y + height, x : x + width] for y, x in corners]
    if mirror:
        views += [view[:, :, ::-1] for view in views]
    return np.stack(views)


def mean_probabilities(classifier, images, mirror, shifts):
    """Return the mean of a classifier's probabilities over the views, asked in one call.

    Parameters
    ----------
    classifier : estimator
        Fitted on images of this size, with `predict_proba`.
    images : ndarray of shape (n, h, w)
    mirror, shifts
        As `image_views` takes them.

    Returns
    -------
    ndarray of shape (n, n_classes), floating
    """
    views = image_views(images, mirror, shifts)
    probabilities = classifier.predict_proba(views.reshape(-1, *images.shape[1:]))
    return probabilities.reshape(*views.shape[:2], -1).mean(axis=0)


class ViewAveraging(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """Average a classifier's probabilities over an image, its mirror image and small shifts.

    Training is not touched; prediction costs as many times more as there are views: 2 with the
    mirror images, 10 with shifts by a pixel too.

    Parameters
    ----------
    estimator : estimator
        A classifier of images `(n, h, w)` with `predict_proba`, such as a pipeline that begins
        with a descriptor. A clone of it is fitted; a fitted one goes in as
        `sklearn.frozen.FrozenEstimator`.
    mirror : bool, default=True
        Whether the mirror image of each view is a view too; then an image and its mirror image
        get one answer.
    shifts : int, default=0
        Views are shifted up, down, left and right, by 1, 2, ... and this many pixels; the nearest
        pixel is repeated beyond the border.
    image_shape : tuple of two int or None, default=None
        How flattened rows unfold; None means one line of pixels.
    n_jobs : int or None, default=None
        Threads over chunks of images.

    Attributes
    ----------
    estimator_ : estimator
        The fitted clone, or the frozen estimator itself.
    classes_ : ndarray of shape (n_classes,)
        The labels.
    image_shape_ : tuple of two int
        Height and width of the images seen in fit.
    n_features_in_ : int
        Height times width.
    feature_names_in_ : ndarray of str
        Only where X was a DataFrame.

    Notes
    -----
    With V views v of an image x::

        P(c | x) = 1/V sum_v P(c | v(x))

    the mean that [1]_ takes over crops and their mirror images, and [2]_ over mirror images. A
    machine on `fertools.kernels.MultiKernel(mirrored=True)` gives an image and its mirror image one
    answer by itself: there `mirror` costs twice the time and changes nothing.

    References
    ----------
    .. [1] A. Krizhevsky, I. Sutskever, G. E. Hinton (2012). ImageNet classification with deep
       convolutional neural networks. NIPS, 1097-1105. Reprinted in :doi:`10.1145/3065386`
    .. [2] K. Simonyan, A. Zisserman (2015). Very deep convolutional networks for large-scale image
       recognition. ICLR. :doi:`10.48550/arXiv.1409.1556`

    Examples
    --------
    >>> from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    >>> from sklearn.frozen import FrozenEstimator
    >>> from sklearn.pipeline import make_pipeline
    >>> from fertools.datasets import make_faces
    >>> from fertools.pipeline import ViewAveraging
    >>> from fertools.features import DiscreteCosine
    >>> faces = make_faces(140, random_state=0)
    >>> model = make_pipeline(DiscreteCosine(60), LinearDiscriminantAnalysis())
    >>> averaging = ViewAveraging(model, shifts=1).fit(faces.images, faces.labels)
    >>> averaging.predict_proba(faces.images[:3]).shape
    (3, 7)

    Of a fitted model nothing but the size of the images is left to learn:

    >>> model = model.fit(faces.images, faces.labels)
    >>> averaging = ViewAveraging(FrozenEstimator(model)).fit(faces.images[:1])
    """

    _parameter_constraints = {
        "estimator": [HasMethods(["fit", "predict_proba"])],
        **VIEW_CONSTRAINTS,
        "image_shape": ["array-like", None],
        "n_jobs": N_JOBS,
    }

    def __init__(self, estimator, *, mirror=True, shifts=0, image_shape=None, n_jobs=None):
        self.estimator = estimator
        self.mirror = mirror
        self.shifts = shifts
        self.image_shape = image_shape
        self.n_jobs = n_jobs

    def fit(self, X, y=None):
        """Fit the estimator on the images as they are.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images.
        y : array-like of shape (n_samples,) or None, default=None
            Labels; a frozen estimator needs none.

        Returns
        -------
        self : object
        """
        self._validate_params()
        images = validate_images(self, X, reset=True)
        self.estimator_ = clone(self.estimator).fit(images, y)
        self.classes_ = self.estimator_.classes_
        return self

    def predict_proba(self, X):
        """Average the probabilities over the views.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images of the size seen in fit.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), float64
        """
        check_is_fitted(self)
        images = validate_images(self, X, reset=False)
        n_views = (1 + 4 * self.shifts) * (2 if self.mirror else 1)

        def average(chunk):
            return mean_probabilities(self.estimator_, chunk, self.mirror, self.shifts)

        return map_chunks(
            average,
            images,
            len(self.classes_),
            n_jobs=self.n_jobs,
            dtype=np.float64,
            row_bytes=n_views * self.n_features_in_ * images.itemsize,
        )

    def predict(self, X):
        """Return the class of the largest mean probability.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images of the size seen in fit.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        # First, as it says where nothing is fitted yet.
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags
