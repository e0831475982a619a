"""What machines share whose decisions are sums of kernel values with a few centers."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.extmath import softmax
from sklearn.utils.validation import check_is_fitted, validate_data

from .._utils.parallel import map_chunks
from ._kernel_functions import BLOCK


class KernelMachine(ClassifierMixin, BaseEstimator):
    """Classify by what is linear in the kernel values with centers.

    A subclass has `n_jobs`, sets `classes_`, `coef_` of shape (n_decisions, n_centers) and
    `intercept_`, and calls `_keep`. A decision is a logit, of the second of two classes or of each
    of more, unless `_logits` says otherwise.
    """

    def _keep(self, kernel, components):
        """Keep the fitted kernel and the centers."""
        # A feature of all centers together: half the time for a single row.
        self.kernel_, self.components_ = kernel, np.asfortranarray(components)
        self._norms = kernel.norms(self.components_)

    def _logits(self, decisions):
        return decisions

    def decision_function(self, X):
        """Compute the logits.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes), or (n_samples,) for two classes, float64
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=self.components_.dtype, order="C", reset=False)

        def decide(rows):
            values = self.kernel_.matrix(rows, self.components_, self._norms)
            return values @ self.coef_.T + self.intercept_

        logits = self._logits(
            map_chunks(
                decide,
                X,
                len(self.intercept_),
                n_jobs=self.n_jobs,
                dtype=np.float64,
                chunk_size=BLOCK,
            )
        )
        return logits if len(self.classes_) > 2 else logits[:, 0]

    def predict(self, X):
        """Predict the labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]

    def predict_proba(self, X):
        """Predict the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            In the order of `classes_`.
        """
        logits = self.decision_function(X)
        if logits.ndim == 1:
            logits = np.column_stack([np.zeros_like(logits), logits])
        return softmax(logits, copy=False)
