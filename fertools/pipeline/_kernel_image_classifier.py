"""Classifier of images by one kernel on several descriptors."""

from numbers import Real

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from .._utils.validation import validate_images
from ..base import ImageTransformer
from ..features import FeatureFusion
from ..kernels import MultiKernel
from ..kernels._feature_groups import evenly_sampled, group_scale, group_weights


def step_names(transformer):
    """Return the names of the steps of a FeatureFusion; another descriptor is one step, "all"."""
    if isinstance(transformer, FeatureFusion):
        return [name for name, _ in transformer.descriptors]
    return ["all"]


def step_sizes(transformer):
    """Return the number of features of each step of a fitted descriptor."""
    if isinstance(transformer, FeatureFusion):
        return [step._n_features_out for _, step in transformer.descriptors_]
    return [transformer._n_features_out]


def step_weights(weights, names):
    """Return the weights of the steps as an array that sums to 1; None gives equal weights.

    Raises
    ------
    ValueError
        If the weights do not name the steps, are negative or are all 0.
    """
    given = np.array(list(group_weights(weights, names).values()))
    return given / given.sum()


def feature_scale(X, sizes, weights):
    """Return the factors of the features that make the mean distance in each step its weight.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Features of the training images; at most 1,000 evenly spaced samples are used.
    sizes : list of int
        Number of features of each step.
    weights : ndarray of shape (n_steps,)
        Mean squared distance of pairs of scaled samples in each step.

    Returns
    -------
    ndarray of shape (n_features,), float32
    """
    steps = np.split(evenly_sampled(X), np.cumsum(sizes)[:-1], axis=1)
    factors = np.sqrt(weights / [group_scale(step, "rbf") for step in steps])
    return np.repeat(factors, sizes).astype(np.float32)


def kernel_parameter(estimator):
    """Return the name of the parameter for the kernel, of an estimator or the one it wraps."""
    names, prefix = estimator.get_params(), ""
    while f"{prefix}kernel" not in names and f"{prefix}estimator" in names:
        prefix += "estimator__"
    return f"{prefix}kernel"


def _estimator_has(method):
    return lambda self: hasattr(getattr(self, "estimator_", self.estimator), method)


class KernelImageClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    r"""Classify images by a kernel classifier on the features of several descriptors.

    The kernel is

    .. math:: K(x, y) = \exp\Bigl(-\gamma \sum_s w_s \lVert x_s - y_s \rVert^2 / d_s\Bigr)

    where :math:`x_s` are the features of step s, :math:`d_s` is the mean squared distance of
    pairs of training samples in these features, and the weights :math:`w_s` sum to 1. This is the
    product kernel of `MultiKernel`, computed on features that are scaled once by `scale_`, with
    one matrix product instead of one per step. With `mirror_invariant`, it is averaged over mirror
    images, so that the prediction is the same for an image and its mirror image without doubling
    the training set.

    Parameters
    ----------
    transformer : ImageTransformer
        Descriptor, usually a `FeatureFusion` of `PrincipalFeatures`; a clone is fitted. A
        descriptor that is no `FeatureFusion` is a single step, "all".
    estimator : classifier
        Classifier with a parameter `kernel`, or a meta-estimator whose `estimator` has one:
        `GramSVC`, `KernelRidgeClassifier`, `KernelRidgeClassifierCV` or `PairMeansClassifier`. A
        clone with this kernel is fitted.
    gamma : float, default=2.0
        Kernel coefficient :math:`\gamma`.
    weights : dict or None, default=None
        Weight of each step by name, scaled to sum to 1; None gives equal weights.
    mirror_invariant : bool, default=True
        Whether to average the kernel over mirror images. Each feature must then be even or odd
        under mirroring, as those of `PrincipalFeatures`.

    Attributes
    ----------
    transformer_ : ImageTransformer
        Fitted descriptor.
    scale_ : ndarray of shape (n_features,), float32
        Factors of the features of `transformer_`.
    estimator_ : classifier
        Fitted classifier, on scaled features with the even before the odd ones.
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    image_shape_ : tuple of two int
        Height and width of the images seen in fit.
    n_features_in_ : int
        Number of pixels, height times width.
    feature_names_in_ : ndarray of str
        Names of the pixels seen in fit; only defined if X was a DataFrame.

    See Also
    --------
    fertools.kernels.MultiKernel : Kernel on groups of features, with mirror symmetry.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.features import (
    ...     FeatureFusion, LocalBinaryPatterns, OrientedGradients, PrincipalFeatures
    ... )
    >>> from fertools.kernels import GramSVC
    >>> from fertools.pipeline import KernelImageClassifier
    >>> train, test = make_faces(140, random_state=0), make_faces(70, random_state=1)
    >>> fusion = FeatureFusion(
    ...     [
    ...         ("hog", PrincipalFeatures(OrientedGradients(), 60, random_state=0)),
    ...         ("lbp", PrincipalFeatures(LocalBinaryPatterns(), 40, random_state=0)),
    ...     ]
    ... )
    >>> model = KernelImageClassifier(fusion, GramSVC(C=10), weights={"hog": 2, "lbp": 1})
    >>> model = model.fit(train.images, train.labels)
    >>> bool(model.score(test.images, test.labels) > 0.8)
    True
    """

    _parameter_constraints = {
        "transformer": [ImageTransformer],
        "estimator": [HasMethods(["fit", "predict"])],
        "gamma": [Interval(Real, 0, None, closed="neither")],
        "weights": [dict, None],
        "mirror_invariant": ["boolean"],
    }

    def __init__(self, transformer, estimator, *, gamma=2.0, weights=None, mirror_invariant=True):
        self.transformer = transformer
        self.estimator = estimator
        self.gamma = gamma
        self.weights = weights
        self.mirror_invariant = mirror_invariant

    @property
    def image_shape(self):
        """Height and width of flattened samples, a parameter of `transformer`."""
        return self.transformer.image_shape

    def fit(self, X, y):
        """Fit the descriptor, then the classifier.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images.
        y : array-like of shape (n_samples,)
            Labels.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If the weights do not name the steps, or with `mirror_invariant`, if the features are
            not known to be even or odd.
        """
        self._validate_params()
        weights = step_weights(self.weights, step_names(self.transformer))
        images = validate_images(self, X, reset=True)
        self.transformer_ = clone(self.transformer).fit(images, y)
        if self.mirror_invariant and not hasattr(self.transformer_, "odd_"):
            raise ValueError(
                "mirror_invariant must be False unless each step of transformer has odd_, the "
                "mask of its odd features, as PrincipalFeatures does; got "
                f"mirror_invariant={self.mirror_invariant}."
            )
        features = np.asarray(self.transformer_.transform(images))
        self.scale_ = feature_scale(features, step_sizes(self.transformer_), weights)
        odd = self.transformer_.odd_ if self.mirror_invariant else np.zeros(len(self.scale_), bool)
        # Even features first, so that the kernel selects views instead of copies.
        self._order = np.argsort(odd, kind="stable")
        kernel = MultiKernel(
            gamma=self.gamma, symmetry=odd[self._order] if self.mirror_invariant else None
        )
        classifier = clone(self.estimator).set_params(**{kernel_parameter(self.estimator): kernel})
        self.estimator_ = classifier.fit(self._arranged(features), y)
        self.classes_ = self.estimator_.classes_
        return self

    def _arranged(self, features):
        """Sort and scale the features for the classifier."""
        arranged = np.take(features, self._order, axis=1)
        arranged *= self.scale_[self._order]
        return arranged

    def _features(self, X):
        """Compute the features of images for the classifier."""
        check_is_fitted(self)
        features = self.transformer_.transform(validate_images(self, X, reset=False))
        return self._arranged(np.asarray(features))

    def predict(self, X):
        """Predict the labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images of the size seen in fit.

        Returns
        -------
        ndarray of shape (n_samples,)
            Elements of `classes_`.
        """
        features = self._features(X)
        return self.estimator_.predict(features)

    @available_if(_estimator_has("predict_proba"))
    def predict_proba(self, X):
        """Predict the probability of each class; only available if `estimator` has it.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images of the size seen in fit.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`.
        """
        features = self._features(X)
        return self.estimator_.predict_proba(features)

    @available_if(_estimator_has("decision_function"))
    def decision_function(self, X):
        """Compute the decision values of `estimator_`.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images of the size seen in fit.

        Returns
        -------
        ndarray
        """
        features = self._features(X)
        return self.estimator_.decision_function(features)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags
