"""One kernel machine on several descriptors of images."""

from numbers import Real

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from .._utils.validation import validate_images
from ..base import ImageTransformer
from ..features import FeatureFusion
from ..kernels._feature_groups import evenly_sampled, unit, weights_of
from ..kernels._multi_kernel import MultiKernel


def step_names(features):
    """Return the names of the steps of a FeatureFusion; any other descriptor is one step, "all"."""
    if isinstance(features, FeatureFusion):
        return [name for name, _ in features.descriptors]
    return ["all"]


def step_sizes(features):
    """Return how many features each step of a fitted descriptor has."""
    if isinstance(features, FeatureFusion):
        return [step._n_features_out for _, step in features.descriptors_]
    return [features._n_features_out]


def shares(weights, names):
    """Return the weights of the steps in their order, scaled to sum to 1; None makes them equal.

    Raises
    ------
    ValueError
        Where the weights do not name the steps, or one is negative, or all are 0.
    """
    given = np.array(list(weights_of(weights, names).values()))
    return given / given.sum()


def step_scale(rows, sizes, weights):
    """Return the factor of each feature by which each step has its weight as its mean distance.

    Parameters
    ----------
    rows : ndarray of shape (n, n_features)
        Training rows; at most 1,000, evenly spaced, are looked at.
    sizes : list of int
        Features of each step.
    weights : ndarray of shape (n_steps,)
        Mean squared distance of two rows in each step, after scaling.

    Returns
    -------
    ndarray of shape (n_features,), float32
    """
    steps = np.split(evenly_sampled(rows), np.cumsum(sizes)[:-1], axis=1)
    factors = np.sqrt(weights / [unit(step, "rbf") for step in steps])
    return np.repeat(factors, sizes).astype(np.float32)


def _machine_has(method):
    return lambda self: hasattr(getattr(self, "machine_", self.machine), method)


class KernelImageClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    r"""Classify images by one kernel machine on all steps of a FeatureFusion.

    Images are described by `features`; the kernel of the machine is

    .. math:: K(x, y) = \exp\Bigl(-\gamma \sum_s w_s \lVert x_s - y_s \rVert^2 / d_s\Bigr)

    where :math:`x_s` are the features of step s, :math:`d_s` is the mean squared distance of two
    training rows in them, and the weights :math:`w_s` sum to 1. That is the product of
    `MultiKernel`; as a kernel of features that are scaled once, by `scale_`, it takes one product
    of matrices in place of one for each step. With `mirrored` it is averaged over mirror images
    too, so that an image and its mirror image get one answer and the training set need not double.

    Parameters
    ----------
    features : ImageTransformer
        Usually a `FeatureFusion` of steps of `PrincipalFeatures`, not fitted. Any other descriptor
        is one step, with the name "all".
    machine : classifier
        With a parameter `kernel`, which is set: `GramSVC`, `KernelRidgeClassifier`, `LocalSVC`,
        `ReducedSetSVC`, `ReducedSetRidgeClassifier` or `CentroidKernelClassifier`.
    gamma : float, default=2.0
        The inverse width :math:`\gamma`.
    weights : dict or None, default=None
        The weight of each step, by name; None makes them equal. They are scaled to sum to 1.
    mirrored : bool, default=True
        Average the kernel over mirror images. Each feature must then be even or odd under
        mirroring, as those of `PrincipalFeatures` are.

    Attributes
    ----------
    features_ : ImageTransformer
        The fitted clone.
    scale_ : ndarray of shape (n_features,), float32
        The factor of each feature of `features_` before the machine.
    machine_ : classifier
        The fitted clone.
    classes_ : ndarray of shape (n_classes,)
        The labels.
    image_shape_ : tuple of two int
        Height and width of the images seen in fit.
    n_features_in_ : int
        Height times width.
    feature_names_in_ : ndarray of str
        Only where X was a DataFrame.

    See Also
    --------
    MultiKernel : The kernel, and mirror images in it.

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
        "features": [ImageTransformer],
        "machine": [HasMethods(["fit", "predict"])],
        "gamma": [Interval(Real, 0, None, closed="neither")],
        "weights": [dict, None],
        "mirrored": ["boolean"],
    }

    def __init__(self, features, machine, *, gamma=2.0, weights=None, mirrored=True):
        self.features = features
        self.machine = machine
        self.gamma = gamma
        self.weights = weights
        self.mirrored = mirrored

    @property
    def image_shape(self):
        """How flattened rows unfold, as `features` says."""
        return self.features.image_shape

    def fit(self, X, y):
        """Fit the descriptors, then the machine.

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
            Where the weights do not name the steps, or features are neither even nor odd and
            `mirrored` is True.
        """
        self._validate_params()
        weights = shares(self.weights, step_names(self.features))
        images = validate_images(self, X, reset=True)
        self.features_ = clone(self.features).fit(images, y)
        if self.mirrored and not hasattr(self.features_, "odd_"):
            raise ValueError(
                "mirrored must be False where a step of features does not tell which of its "
                f"features are odd, as PrincipalFeatures does; got mirrored={self.mirrored}."
            )
        rows = self.features_.transform(images)
        self.scale_ = step_scale(rows, step_sizes(self.features_), weights)
        odd = self.features_.odd_ if self.mirrored else np.zeros(len(self.scale_), dtype=bool)
        # Even features first: the kernel then has views of each kind, and no copies.
        self._order = np.argsort(odd, kind="stable")
        kernel = MultiKernel(
            gamma=self.gamma, mirrored=odd[self._order] if self.mirrored else False
        )
        rows = self._arranged(rows)
        self.machine_ = clone(self.machine).set_params(kernel=kernel).fit(rows, y)
        self.classes_ = self.machine_.classes_
        return self

    def _arranged(self, rows):
        """Scale features, and bring them into the order in which the machine has them."""
        rows *= self.scale_
        return np.take(rows, self._order, axis=1)

    def _rows(self, X):
        """Describe images; to be asked before the machine, as it says where nothing is fitted."""
        check_is_fitted(self)
        return self._arranged(self.features_.transform(validate_images(self, X, reset=False)))

    def predict(self, X):
        """Predict the labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images of the size seen in fit.

        Returns
        -------
        ndarray of shape (n_samples,)
            Values of `classes_`.
        """
        rows = self._rows(X)
        return self.machine_.predict(rows)

    @available_if(_machine_has("predict_proba"))
    def predict_proba(self, X):
        """Predict the probability of each class, where the machine has them.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images of the size seen in fit.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            In the order of `classes_`.
        """
        rows = self._rows(X)
        return self.machine_.predict_proba(rows)

    @available_if(_machine_has("decision_function"))
    def decision_function(self, X):
        """Compute the decision values, as the machine does.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images of the size seen in fit.

        Returns
        -------
        ndarray
        """
        rows = self._rows(X)
        return self.machine_.decision_function(rows)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags
