"""Support vector classifier trained on the nearest neighbors of each sample."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.svm import SVC
from sklearn.utils._param_validation import Interval
from sklearn.utils.multiclass import _ovr_decision_function, check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from fertools._utils.parallel import map_chunks
from fertools.kernels._kernel_classifier import predicted_codes
from fertools.kernels._kernel_functions import BLOCK
from fertools.kernels._single_kernel import KERNEL_CONSTRAINTS, make_kernel


class LocalSVC(ClassifierMixin, BaseEstimator):
    r"""Support vector classifier trained on the nearest neighbors of each sample.

    Each sample is classified by a support vector machine that is trained on its `n_neighbors`
    nearest training samples [1]_, with the same kernel, as in the best system without a network
    on FER-2013 [2]_. The distance in the space of the kernel is

    .. math:: d(x, x_i)^2 = K(x, x) + K(x_i, x_i) - 2 K(x, x_i)

    Fitting computes the Gram matrix of the training samples; the classifiers are trained during
    prediction.

    Parameters
    ----------
    n_neighbors : int, default=200
        Number of training samples of each classifier; all samples if there are fewer.
    C : float, default=1.0
        As in `GramSVC`.
    kernel : {"linear", "rbf", "poly", "chi2", "intersection"} or MultiKernel, default="rbf"
        As in `GramSVC`.
    degree : float, default=3
        Degree of the poly kernel.
    gamma : {"scale", "auto"} or float, default="scale"
        As in `GramSVC`.
    coef0 : float, default=0.0
        Constant term of the poly kernel.
    tol : float, default=1e-3
        Tolerance of the stopping criterion, at least 1e-10.
    max_gram_bytes : int, default=8589934592
        Maximum size of the Gram matrix, which is stored, in bytes; 8 GiB by default.
    n_jobs : int or None, default=None
        Number of threads for prediction.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    kernel_ : SingleKernel or MultiKernel
        Fitted kernel.
    X_fit_ : ndarray of shape (n_samples, n_features)
        Training samples.
    gram_ : ndarray of shape (n_samples, n_samples)
        Gram matrix of the training samples, in their dtype.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of str
        Names of the features seen in fit; only defined if X was a DataFrame.

    See Also
    --------
    fertools.kernels.GramSVC : Support vector classifier trained on all samples.

    References
    ----------
    .. [1] H. Zhang, A. C. Berg, M. Maire, J. Malik. SVM-KNN: Discriminative nearest neighbor
       classification for visual category recognition. CVPR 2006, 2126-2136.
       :doi:`10.1109/CVPR.2006.301`
    .. [2] R. T. Ionescu, M. Popescu, C. Grozea. Local learning to improve bag of visual words
       model for facial expression recognition. ICML 2013 workshop on challenges in representation
       learning.
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
        """Compute the Gram matrix of the training samples.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Training samples; float32 is not converted.
        y : array-like of shape (n_samples,)
            Labels.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If the Gram matrix would exceed `max_gram_bytes`, or y has a single class.
        """
        self._validate_params()
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32], order="C")
        check_classification_targets(y)
        self.classes_, self._codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("The number of classes has to be greater than one; got 1 class")
        self.kernel_ = make_kernel(self.kernel, self.gamma, self.degree, self.coef0).fit(X)
        self.X_fit_ = self.kernel_.convert(X)
        needed = self.X_fit_.itemsize * len(X) ** 2
        if needed > self.max_gram_bytes:
            raise ValueError(
                f"max_gram_bytes must be at least {needed:,}, the bytes of the Gram matrix of "
                f"{len(X):,} samples; got {self.max_gram_bytes:,}."
            )
        self.gram_ = self.kernel_.matrix(self.X_fit_)
        self._norms = self.kernel_.norms(self.X_fit_)
        return self

    def _score(self, similarities):
        """Return the score of each class, from the kernel of a sample with all training samples."""
        k = min(self.n_neighbors, len(similarities))
        # K(x, x) is equal for all training samples.
        distances = self.gram_.diagonal() - 2 * similarities
        nearest = np.argpartition(distances, k - 1)[:k]
        present, codes = np.unique(self._codes[nearest], return_inverse=True)
        scores = np.full(len(self.classes_), -1.0)
        if len(present) == 1:
            scores[present] = 1.0
            return scores
        svc = SVC(C=self.C, kernel="precomputed", tol=self.tol, decision_function_shape="ovo")
        svc.fit(self.gram_[np.ix_(nearest, nearest)], codes)
        pairs = svc.decision_function(similarities[None, nearest]).reshape(1, -1)
        # The values of SVC are positive for the second of two classes, but for the first of a pair.
        pairs = -pairs if len(present) == 2 else pairs
        scores[present] = _ovr_decision_function(pairs < 0, -pairs, len(present))[0]
        return scores

    def decision_function(self, X):
        """Compute the decision values.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        ndarray of float64, shape (n_samples, n_classes), or (n_samples,) for two classes
            The "ovr" values of `GramSVC` for the classes among the neighbors, and -1 for other
            classes; the difference of both values for two classes, positive for the second.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=self.X_fit_.dtype, order="C", reset=False)

        def decide(chunk):
            K = self.kernel_.matrix(chunk, self.X_fit_, self._norms)
            return np.array([self._score(similarities) for similarities in K])

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
            Samples.

        Returns
        -------
        ndarray of shape (n_samples,)
            Elements of `classes_`.
        """
        decisions = self.decision_function(X)
        return self.classes_[predicted_codes(decisions)]
