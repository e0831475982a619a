"""A support vector machine for each row, on the training rows nearest to it."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.svm import SVC
from sklearn.utils._param_validation import Interval
from sklearn.utils.multiclass import _ovr_decision_function, check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from .._utils.parallel import map_chunks
from ._kernel_functions import BLOCK, KERNEL_CONSTRAINTS, as_kernel, predicted_codes


class LocalSVC(ClassifierMixin, BaseEstimator):
    r"""Support vector machines on the nearest training rows of each row, in kernel distance.

    .. math:: d(x, x_i)^2 = K(x, x) + K(x_i, x_i) - 2 K(x, x_i)

    A row is labeled by a machine that was trained on the `n_neighbors` training rows nearest to
    it [1]_, with the same kernel, as in the best system without a network on FER-2013 [2]_.
    Training is the Gram matrix of all training rows; the work is in the prediction.

    Parameters
    ----------
    n_neighbors : int, default=200
        Training rows of each machine; all, where there are fewer.
    C : float, default=1.0
        As in `GramSVC`.
    kernel : {"linear", "rbf", "poly", "chi2", "intersection"} or MultiKernel, default="rbf"
        As in `GramSVC`.
    degree : float, default=3
        Degree of the poly kernel.
    gamma : {"scale", "auto"} or float, default="scale"
        As in `GramSVC`.
    coef0 : float, default=0.0
        The constant of the poly kernel.
    tol : float, default=1e-3
        Tolerance of the solver's stopping rule, at least 1e-10: below, rounding errors keep the
        solver from stopping.
    max_gram_bytes : int, default=8589934592
        The most that the Gram matrix may take, 8 GiB; it is kept.
    n_jobs : int or None, default=None
        Threads over chunks of rows in predict.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels.
    kernel_ : RowKernel or MultiKernel
        The fitted kernel.
    X_fit_ : ndarray of shape (n_samples, n_features)
        The training rows.
    gram_ : ndarray of shape (n_samples, n_samples)
        Their kernel, of their dtype.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of str
        Only where X was a DataFrame.

    See Also
    --------
    GramSVC : One machine on all rows.

    References
    ----------
    .. [1] H. Zhang, A. C. Berg, M. Maire, J. Malik. SVM-KNN: Discriminative nearest neighbor
       classification for visual category recognition. CVPR 2006, 2126-2136.
       :doi:`10.1109/CVPR.2006.301`
    .. [2] R. T. Ionescu, M. Popescu, C. Grozea. Local learning to improve bag of visual words
       model for facial expression recognition. ICML 2013 workshop on challenges in representation
       learning.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.kernels import LocalSVC
    >>> faces = make_faces(140, random_state=0)
    >>> X = faces.images.reshape(140, -1) / 255
    >>> LocalSVC(30, C=10).fit(X[:100], faces.labels[:100]).predict(X[100:]).shape
    (40,)
    """

    _parameter_constraints = {
        **KERNEL_CONSTRAINTS,
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "C": [Interval(Real, 0, None, closed="neither")],
        "tol": [Interval(Real, 1e-10, None, closed="left")],
        "max_gram_bytes": [Interval(Integral, 1, 2**62, closed="both")],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        n_neighbors=200,
        *,
        C=1.0,
        kernel="rbf",
        degree=3,
        gamma="scale",
        coef0=0.0,
        tol=1e-3,
        max_gram_bytes=8 * 2**30,
        n_jobs=None,
    ):
        self.n_neighbors = n_neighbors
        self.C = C
        self.kernel = kernel
        self.degree = degree
        self.gamma = gamma
        self.coef0 = coef0
        self.tol = tol
        self.max_gram_bytes = max_gram_bytes
        self.n_jobs = n_jobs

    def fit(self, X, y):
        """Compute the Gram matrix of the training rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows; float32 is used as it is.
        y : array-like of shape (n_samples,)
            Labels.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            Where the Gram matrix would take more than `max_gram_bytes`, and where y holds one
            class only.
        """
        self._validate_params()
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32], order="C")
        check_classification_targets(y)
        self.classes_, self._codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("The number of classes has to be greater than one; got 1 class")
        self.kernel_ = as_kernel(self.kernel, self.gamma, self.degree, self.coef0).fit(X)
        self.X_fit_ = self.kernel_.rows(X)
        needed = self.X_fit_.itemsize * len(X) ** 2
        if needed > self.max_gram_bytes:
            raise ValueError(
                f"max_gram_bytes must be at least {needed:,}, the bytes of the Gram matrix of "
                f"{len(X):,} rows; got {self.max_gram_bytes:,}."
            )
        self.gram_ = self.kernel_.matrix(self.X_fit_)
        self._norms = self.kernel_.norms(self.X_fit_)
        return self

    def _score(self, similarities):
        """Return a value for each class, from the kernel of a row with the training rows."""
        k = min(self.n_neighbors, len(similarities))
        # K(x, x) is the same for all of them.
        distances = self.gram_.diagonal() - 2 * similarities
        nearest = np.argpartition(distances, k - 1)[:k]
        present, codes = np.unique(self._codes[nearest], return_inverse=True)
        scores = np.full(len(self.classes_), -1.0)
        if len(present) == 1:
            scores[present] = 1.0
            return scores
        machine = SVC(C=self.C, kernel="precomputed", tol=self.tol, decision_function_shape="ovo")
        machine.fit(self.gram_[np.ix_(nearest, nearest)], codes)
        pairs = machine.decision_function(similarities[None, nearest]).reshape(1, -1)
        # A machine of two classes is positive for the second, one of a pair for the first.
        pairs = -pairs if len(present) == 2 else pairs
        scores[present] = _ovr_decision_function(pairs < 0, -pairs, len(present))[0]
        return scores

    def decision_function(self, X):
        """Compute the decision values of each row's own machine.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        ndarray of float64, shape (n_samples, n_classes), or (n_samples,) for two classes
            As the "ovr" values of `GramSVC`, among the classes of the nearest rows: votes plus,
            within 1/3, a monotonic function of the sum of decision values. -1 for other classes.
            For two classes the difference, positive for the second.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=self.X_fit_.dtype, order="C", reset=False)

        def decide(rows):
            K = self.kernel_.matrix(rows, self.X_fit_, self._norms)
            return np.array([self._score(row) for row in K])

        values = map_chunks(
            decide,
            X,
            len(self.classes_),
            n_jobs=self.n_jobs,
            dtype=np.float64,
            chunk_size=BLOCK,
        )
        return values[:, 1] - values[:, 0] if len(self.classes_) == 2 else values

    def predict(self, X):
        """Predict the labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_samples,)
            Values of `classes_`: the largest decision value.
        """
        decisions = self.decision_function(X)
        return self.classes_[predicted_codes(decisions)]
