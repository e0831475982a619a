"""Mean predictions over images, their mirror images and small shifts."""

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
    """Return images with their shifted versions and mirror images.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
    mirror : bool
        Whether to include the mirror image of each view.
    shifts : int
        Maximum shift in pixels: views are shifted up, down, left and right by 1, 2, ..., `shifts`
        pixels. Pixels beyond the border repeat the nearest pixel.

    Returns
    -------
    ndarray of shape (n_views, n, h, w), dtype of `images`
        The first view is `images`; n_views is 1 + 4 `shifts`, twice that with `mirror`.
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
    """Return the mean probabilities of a classifier over the views of images.

    Parameters
    ----------
    classifier : estimator
        Classifier with `predict_proba`, fitted on images of this size.
    images : ndarray of shape (n, h, w)
    mirror, shifts
        See `image_views`.

    Returns
    -------
    ndarray of shape (n, n_classes), floating
    """
    views = image_views(images, mirror, shifts)
    probabilities = classifier.predict_proba(views.reshape(-1, *images.shape[1:]))
    return probabilities.reshape(*views.shape[:2], -1).mean(axis=0)


class ViewAveraging(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    r"""Average predicted probabilities over images, their mirror images and small shifts.

    The classifier is trained on the images alone; the time of prediction is proportional to the
    number of views: 2 with mirror images, 10 with mirror images and shifts by one pixel.

    Parameters
    ----------
    estimator : estimator
        Classifier of images with `predict_proba`, such as a pipeline that begins with a
        descriptor; a clone is fitted. Wrap a fitted classifier in
        `sklearn.frozen.FrozenEstimator`.
    mirror : bool, default=True
        Whether to include the mirror image of each view; the prediction is then the same for an
        image and its mirror image.
    shifts : int, default=0
        Maximum shift in pixels: views are shifted up, down, left and right by 1, 2, ..., `shifts`
        pixels. Pixels beyond the border repeat the nearest pixel.
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples; None treats each sample as a single row of pixels.
    n_jobs : int or None, default=None
        Number of threads.

    Attributes
    ----------
    estimator_ : estimator
        Fitted clone, or the frozen estimator itself.
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    image_shape_ : tuple of two int
        Height and width of the images seen in fit.
    n_features_in_ : int
        Number of pixels, height times width.
    feature_names_in_ : ndarray of str
        Names of the pixels seen in fit; only defined if X was a DataFrame.

    Notes
    -----
    With V views v of an image x, the probability of class c is

    .. math:: P(c \mid x) = \frac{1}{V} \sum_v P(c \mid v(x))

    This mean over crops and their mirror images was used in [1]_, and over mirror images in [2]_.
    A classifier with a symmetric kernel (`symmetry` of `fertools.kernels.MultiKernel`) is
    invariant to mirroring, so that `mirror` doubles the time without an effect.

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

    With a fitted model, fit only learns the size of the images:

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
        """Fit the estimator on the images without augmentation.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images.
        y : array-like of shape (n_samples,) or None, default=None
            Labels; not needed by a frozen estimator.

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
        """Predict the class with the largest mean probability.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images of the size seen in fit.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        # Before the access to classes_, as it raises NotFittedError.
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags
