"""Decision values of fitted classifiers as linear models or kernel expansions."""

from typing import NamedTuple

import numpy as np
from sklearn.svm import SVC, NuSVC

from ..kernels import GramSVC, KernelRidgeClassifier, KernelRidgeClassifierCV
from ..kernels._kernel_classifier import KernelClassifier
from ._kernel_paths import mean_gradient


def pair_weights(n_classes, code, against):
    """Return the weights of the decision values of pairs in that of a class.

    Parameters
    ----------
    n_classes : int
    code : int
        Index of the class.
    against : int or None
        Index of the only other class to compare it with; None means all of them.

    Returns
    -------
    ndarray of shape (n_pairs,)
        1 for pairs whose first class is `code` and -1 for those whose second class is; others 0.
    """
    first, second = np.triu_indices(n_classes, 1)
    other = np.where(first == code, second, first)
    weights = (first == code) * 1.0 - (second == code)
    return weights if against is None else weights * (other == against)


def output_weights(classifier, n_outputs, code, against):
    """Return the weight of each output of a classifier in the decision value of a class."""
    n_classes = len(classifier.classes_)
    if n_classes == 2:
        return np.array([1.0 if code == 1 else -1.0])
    if isinstance(classifier, (GramSVC, SVC, NuSVC)):
        return pair_weights(n_classes, code, against)
    if n_outputs != n_classes:
        raise TypeError(f"{type(classifier).__name__} must have one decision value per class.")
    weights = np.eye(n_classes)[code]
    return weights if against is None else weights - np.eye(n_classes)[against]


class LinearDecision:
    """Decision value w . z + b."""

    def __init__(self, classifier, code, against):
        coef, intercept = np.atleast_2d(classifier.coef_), np.ravel(classifier.intercept_)
        weights = output_weights(classifier, len(coef), code, against)
        self.coef = weights @ coef
        self.intercept = float(weights @ np.broadcast_to(intercept, len(coef)))

    def along(self, start, stop):
        """Return the values at both ends of a path, and the mean gradient."""
        low, high = (float(self.coef @ end) + self.intercept for end in (start, stop))
        return low, high, self.coef

    def magnitude(self, z):
        """Return the sum of the absolute terms, to which rounding errors are proportional."""
        return float(abs(self.coef) @ abs(z))


class KernelDecision:
    """Decision value of a kernel expansion, as a sum over the stored vectors."""

    def __init__(self, classifier, code, against):
        coef = np.asarray(getattr(classifier, classifier._coefficients), dtype=np.float64)
        weights = output_weights(classifier, coef.shape[1], code, against)
        # The factor from outputs to logits of a PairMeansClassifier.
        scale = float(getattr(classifier, "logit_scale_", 1.0))
        self.coef = scale * (coef @ weights)
        self.intercept = scale * float(weights @ classifier.intercept_)
        self.kernel, self.vectors = classifier.kernel_, getattr(classifier, classifier._vectors)

    def along(self, start, stop):
        """Return the values at both ends of a path, and the mean gradient."""
        low, high, gradient = mean_gradient(self.kernel, self.vectors, self.coef, start, stop)
        return low + self.intercept, high + self.intercept, gradient

    def magnitude(self, z):
        """Return the sum of the absolute terms, to which rounding errors are proportional."""
        return float(abs(self.influences(z)).sum())

    def influences(self, z):
        """Return the term of each stored vector in the decision value."""
        Z = z[None].astype(self.vectors.dtype)
        return self.coef * self.kernel.matrix(Z, self.vectors)[0]


def decision_of(classifier, code, against):
    """Return the decision value of a class as a function that can be explained, or None."""
    if isinstance(classifier, KernelClassifier):
        return KernelDecision(classifier, code, against)
    is_linear = np.ndim(getattr(classifier, "coef_", None)) in (1, 2) and hasattr(
        classifier, "decision_function"
    )
    if isinstance(classifier, (SVC, NuSVC)):
        is_linear = classifier.kernel == "linear" and not hasattr(classifier.coef_, "toarray")
    return LinearDecision(classifier, code, against) if is_linear else None


class Stored(NamedTuple):
    """Training samples that a classifier stores: their indices and terms in the decision value."""

    indices: np.ndarray
    influences: np.ndarray


def stored_samples(classifier, decision, z):
    """Return the training samples in a kernel expansion, or None if there are none.

    A `PairMeansClassifier` stores means of samples, which show no image.
    """
    if isinstance(classifier, GramSVC):
        return Stored(classifier.support_, decision.influences(z))
    if isinstance(classifier, (KernelRidgeClassifier, KernelRidgeClassifierCV)):
        return Stored(np.arange(len(classifier.X_fit_)), decision.influences(z))
    return None
