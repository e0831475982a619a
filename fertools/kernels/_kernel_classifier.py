"""Base class of classifiers whose decision function is a linear combination of kernel values."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from .._utils.parallel import map_chunks
from ._kernel_functions import BLOCK

# Vectors whose kernel values are converted to double precision at once.
_COLUMNS = 4096


def expansion(values, coefficients):
    """Return the product of kernel values and coefficients, summed in double precision.

    The coefficients of both signs nearly cancel: with the 28,709 vectors of the shipped models,
    sums in single precision have errors of up to 0.02.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_vectors)
    coefficients : ndarray of shape (n_vectors, n_outputs)

    Returns
    -------
    ndarray of shape (n_samples, n_outputs), float64
    """
    sums = np.zeros((len(values), coefficients.shape[1]))
    # Blocks bound the memory of the converted values.
    for start in range(0, len(coefficients), _COLUMNS):
        block = slice(start, start + _COLUMNS)
        sums += values[:, block].astype(np.float64) @ coefficients[block].astype(np.float64)
    return sums


class KernelClassifier(ClassifierMixin, BaseEstimator):
    r"""Classifier with the outputs :math:`f(x) = \sum_i a_i K(x, x_i) + b`.

    A subclass has the parameter `n_jobs` and names the attributes of the stored vectors
    :math:`x_i` and of the coefficients :math:`a_i`, an array of shape (n_vectors, n_outputs). Its
    `fit` sets these, `classes_`, `kernel_`, `intercept_` and ``_norms = kernel_.norms(vectors)``.
    """

    _vectors = "X_fit_"
    _coefficients = "dual_coef_"

    def _outputs(self, X):
        """Compute the outputs of samples, an array of shape (n_samples, n_outputs), float64."""
        check_is_fitted(self)
        vectors, coefficients = getattr(self, self._vectors), getattr(self, self._coefficients)
        X = validate_data(self, X, dtype=vectors.dtype, order="C", reset=False)

        def compute(chunk):
            values = self.kernel_.matrix(chunk, vectors, self._norms)
            return expansion(values, coefficients) + self.intercept_

        return map_chunks(
            compute,
            X,
            len(self.intercept_),
            n_jobs=self.n_jobs,
            dtype=np.float64,
            chunk_size=BLOCK,
        )

    def decision_function(self, X):
        """Compute the decision values.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), or (n_samples,) for two classes, float64
            The largest value indicates the predicted class; for two classes, a positive value
            indicates the second.
        """
        outputs = self._outputs(X)
        return outputs.ravel() if len(self.classes_) == 2 else outputs

    def predict(self, X):
        """Predict the labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        ndarray of shape (n_samples,)
            Elements of `classes_`.
        """
        decisions = self.decision_function(X)
        return self.classes_[predicted_codes(decisions)]


def predicted_codes(decisions):
    """Return the index of the predicted class of each sample.

    Parameters
    ----------
    decisions : ndarray of shape (n_samples, n_classes), or (n_samples,) for two classes
        Decision values: the largest indicates the class, or a positive value the second of two.

    Returns
    -------
    ndarray of shape (n_samples,), int
    """
    return (decisions > 0).astype(int) if decisions.ndim == 1 else decisions.argmax(axis=1)
