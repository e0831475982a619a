"""Support vector classifier trained on precomputed Gram matrices."""

from numbers import Integral, Real

import numpy as np
from scipy.special import expit
from sklearn.exceptions import NotFittedError
from sklearn.utils import compute_class_weight
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _ovr_decision_function, check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from ..calibration._folds import warn_about_single_samples
from ._kernel_classifier import KernelClassifier
from ._pair_probabilities import affordable_jobs, couple_present, pair_votes, solve_pairs
from ._single_kernel import KERNEL_CONSTRAINTS, make_kernel


class GramSVC(KernelClassifier):
    r"""C-support vector classification on Gram matrices computed with matrix products.

    libsvm computes one kernel value at a time, and recomputes values that have left its cache.
    Here, the Gram matrix of each pair of classes is computed at once with a few matrix products,
    and the solver of libsvm [1]_ works on it; prediction is the product of one kernel matrix and
    all coefficients. The optimization problem, its solver and the meaning of all parameters are
    those of :class:`sklearn.svm.SVC`, so the predictions agree within the tolerance `tol`. With
    thousands of features, it is an order of magnitude faster.

    Memory is the Gram matrix of the largest pair, :math:`8 (n_i + n_j)^2` bytes or twice that with
    `probability`, plus those of all classes, :math:`4 \sum_i n_i^2` bytes for float32 samples and
    twice that for float64.

    Parameters
    ----------
    C : float, default=1.0
        Inverse regularization strength.
    kernel : {"linear", "rbf", "poly", "chi2", "intersection"} or MultiKernel, default="rbf"
        Kernel. chi2, :math:`\exp(-\gamma \sum_k (x_k - y_k)^2 / (x_k + y_k))`, and
        intersection, :math:`\sum_k \min(x_k, y_k)`, are for histograms and reject negative
        values. A :class:`MultiKernel` has one kernel per group of features, and ignores `degree`,
        `gamma` and `coef0`.
    degree : float, default=3
        Degree of the poly kernel.
    gamma : {"scale", "auto"} or float, default="scale"
        Coefficient of rbf, poly and chi2: "scale" is ``1 / (n_features * X.var())``, "auto" is
        ``1 / n_features``.
    coef0 : float, default=0.0
        Constant term of the poly kernel.
    class_weight : dict, "balanced" or None, default=None
        `C` of class i is ``class_weight[i] * C``; "balanced" is
        ``n_samples / (n_classes * np.bincount(y))``.
    tol : float, default=1e-3
        Tolerance of the stopping criterion, at least 1e-10: with lower values, rounding errors may
        keep the solver from stopping.
    decision_function_shape : {"ovr", "ovo"}, default="ovr"
        One column per class, or per pair of classes. Two classes have one decision value.
    break_ties : bool, default=False
        Whether to predict the class with the largest ovr decision value instead of the first class
        among those with the most votes.
    probability : bool, default=False
        Whether to enable `predict_proba`, see Notes. Training then takes about four times as long.
    max_iter : int, default=-1
        Maximum number of iterations of the solver per pair of classes; -1 for no limit.
    max_gram_bytes : int, default=8589934592
        Maximum size of the Gram matrices in bytes, 8 GiB by default. The number of threads is
        reduced if those of `n_jobs` threads would be larger.
    n_jobs : int or None, default=None
        Number of threads, over pairs of classes in fit and over chunks of samples in predict.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    class_weight_ : ndarray of shape (n_classes,)
        Factor of `C` of each class.
    kernel_ : SingleKernel or MultiKernel
        Fitted kernel.
    support_ : ndarray of shape (n_SV,), int64
        Indices of the support vectors of all pairs, grouped by class.
    support_vectors_ : ndarray of shape (n_SV, n_features), float32 or float64
        Support vectors, float32 if the training samples were float32 (see Notes).
    n_support_ : ndarray of shape (n_classes,), int64
        Number of support vectors of each class.
    dual_coef_pairs_ : ndarray of shape (n_SV, n_pairs), float64
        Dual coefficients per pair of classes, in the order (0, 1), (0, 2), ..., (1, 2), ...:
        ``K @ dual_coef_pairs_ + intercept_`` is the decision function with shape "ovo". `SVC`
        packs the same values into its ``dual_coef_``.
    intercept_ : ndarray of shape (n_pairs,), float64
        Intercepts, as those of SVC.
    probA_, probB_ : ndarray of shape (n_pairs,) or (0,), float64
        Parameters of the sigmoid :math:`1 / (1 + \exp(A f + B))`, the probability of the first
        class of a pair with the decision value f; empty if probability=False.
    n_iter_ : ndarray of shape (n_pairs,), int32
        Number of iterations of the solver.
    fit_status_ : int
        0 if all pairs converged, 1 if `max_iter` stopped one of them.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of str
        Names of the features seen in fit; only defined if X was a DataFrame.

    See Also
    --------
    MultiKernel : Kernel with one part per group of features.
    KernelRidgeClassifier : Classifier with the same kernels and a closed-form solution.
    sklearn.kernel_approximation.Nystroem : Feature map for a linear classifier on larger data.

    Notes
    -----
    Products are computed in float32 if X is float32, otherwise in float64. float32 samples far
    from the origin (a mean of ``gamma * ||x||^2`` above 32) are converted to float64 for the rbf
    kernel, because rounding errors would exceed their distances.

    With ``probability=True``, a sigmoid is fitted to the decision values of each pair [2]_. The
    values are out-of-fold: the five folds are contiguous blocks of each class, without shuffling,
    so that fits are reproducible, and their Gram matrices are parts of that of the pair. The
    probabilities of the pairs are coupled by the second method of [3]_. `predict` then returns the
    most probable class, which may differ from the class with the most votes. Class weights change
    the probabilities as they do in logistic regression. If a class has a single sample, that
    sample is never held out, and `fit` warns.

    A class whose samples all have weight 0 is never predicted.

    References
    ----------
    .. [1] C.-C. Chang, C.-J. Lin. LIBSVM: A library for support vector machines. ACM Transactions
       on Intelligent Systems and Technology 2(3), 27, 2011. :doi:`10.1145/1961189.1961199`
    .. [2] H.-T. Lin, C.-J. Lin, R. C. Weng. A note on Platt's probabilistic outputs for support
       vector machines. Machine Learning 68, 267-276, 2007. :doi:`10.1007/s10994-007-5018-6`
    .. [3] T.-F. Wu, C.-J. Lin, R. C. Weng. Probability estimates for multi-class classification by
       pairwise coupling. Journal of Machine Learning Research 5, 975-1005, 2004.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.kernels import GramSVC
    >>> faces = make_faces(140, random_state=0)
    >>> X = faces.images.reshape(140, -1) / 255
    >>> GramSVC(C=10).fit(X[:100], faces.labels[:100]).predict(X[100:]).shape
    (40,)
    """

    _vectors, _coefficients = "support_vectors_", "dual_coef_pairs_"

    _parameter_constraints = {
        **KERNEL_CONSTRAINTS,
        "C": [Interval(Real, 0, None, closed="neither")],
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "tol": [Interval(Real, 1e-10, None, closed="left")],
        "decision_function_shape": [StrOptions({"ovr", "ovo"})],
        "break_ties": ["boolean"],
        "probability": ["boolean"],
        "max_iter": [Interval(Integral, -1, 2**31 - 1, closed="both")],
        "max_gram_bytes": [Interval(Integral, 1, 2**62, closed="both")],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        C=1.0,
        *,
        kernel="rbf",
        degree=3,
        gamma="scale",
        coef0=0.0,
        class_weight=None,
        tol=1e-3,
        decision_function_shape="ovr",
        break_ties=False,
        probability=False,
        max_iter=-1,
        max_gram_bytes=8 * 2**30,
        n_jobs=None,
    ):
        self.C = C
        self.kernel = kernel
        self.degree = degree
        self.gamma = gamma
        self.coef0 = coef0
        self.class_weight = class_weight
        self.tol = tol
        self.decision_function_shape = decision_function_shape
        self.break_ties = break_ties
        self.probability = probability
        self.max_iter = max_iter
        self.max_gram_bytes = max_gram_bytes
        self.n_jobs = n_jobs

    def fit(self, X, y, sample_weight=None):
        """Fit the classifier of each pair of classes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Training samples; float32 is not converted.
        y : array-like of shape (n_samples,)
            Labels.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Factor of `C` of each sample. Samples with weight 0 or less are ignored.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If the Gram matrices would exceed `max_gram_bytes`, if fewer than two classes have
            samples with positive weight, or if `class_weight` is not positive.

        Warns
        -----
        UserWarning
            If probability=True and a class has a single sample.
        """
        self._validate_params()
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32], order="C")
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        n_classes = len(self.classes_)
        if n_classes < 2:
            raise ValueError("The number of classes has to be greater than one; got 1 class")
        self.class_weight_ = compute_class_weight(self.class_weight, classes=self.classes_, y=y)
        weights = _check_sample_weight(sample_weight, X, dtype=np.float64)
        members = [np.flatnonzero((codes == code) & (weights > 0)) for code in range(n_classes)]
        counts = np.array([len(indices) for indices in members])
        self._trained = counts > 0
        if self._trained.sum() < 2:
            raise ValueError(
                "sample_weight must be positive for samples of at least two classes; got "
                f"{self._trained.sum()} such classes."
            )
        if self.class_weight_.min() <= 0:
            raise ValueError(f"class_weight must be positive; got {self.class_weight}.")
        if self.probability:
            warn_about_single_samples(self.classes_, counts)
        self.kernel_ = make_kernel(self.kernel, self.gamma, self.degree, self.coef0).fit(X)
        X = self.kernel_.convert(X)

        solved = solve_pairs(
            X,
            self.kernel_,
            members,
            weights,
            self.class_weight_,
            {"C": self.C, "tol": self.tol, "max_iter": self.max_iter},
            probability=self.probability,
            n_jobs=affordable_jobs(
                counts, X.itemsize, self.max_gram_bytes, self.n_jobs, probability=self.probability
            ),
        )
        # The values of SVC are positive for the second of two classes, but for the first of a pair.
        sign = -1 if n_classes == 2 else 1
        coef, self.intercept_ = sign * solved.coef, sign * solved.intercept
        self.n_iter_, self.fit_status_ = solved.n_iter, solved.fit_status
        self.probA_, self.probB_ = -solved.sigmoids
        used = coef.any(axis=1)
        by_class = [indices[used[indices]] for indices in members]
        self.support_ = np.concatenate(by_class)
        self.n_support_ = np.array([len(indices) for indices in by_class])
        self.support_vectors_ = X[self.support_]
        self.dual_coef_pairs_ = coef[self.support_]
        self._norms = self.kernel_.norms(self.support_vectors_)
        return self

    def decision_function(self, X):
        """Compute the decision values.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        ndarray of float64, shape (n_samples,), (n_samples, n_classes) or (n_samples, n_pairs)
            For two classes, positive for the second; otherwise of the shape set by
            `decision_function_shape`. An ovr value is the number of votes of a class plus a
            monotonic function of the sum of its decision values, within 1/3.
        """
        decisions = self._outputs(X)
        if len(self.classes_) == 2:
            return decisions.ravel()
        if self.decision_function_shape == "ovo":
            return decisions
        return _ovr_decision_function(decisions < 0, -decisions, len(self.classes_))

    def predict(self, X):
        """Predict the labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        ndarray of shape (n_samples,)
            Elements of `classes_`: the most probable class if probability=True, otherwise the
            class with the most votes or, with `break_ties`, the largest decision value.
        """
        check_is_fitted(self)
        if self.break_ties and self.decision_function_shape == "ovo":
            raise ValueError("break_ties must be False when decision_function_shape is 'ovo'")
        if self.probability:
            # So that the label always agrees with its confidence.
            codes = self.predict_proba(X).argmax(axis=1)
        elif len(self.classes_) == 2:
            codes = (self.decision_function(X) >= 0).astype(np.int64)
        elif self.break_ties:
            codes = self.decision_function(X).argmax(axis=1)
        else:
            codes = pair_votes(self._outputs(X), len(self.classes_))
        return self.classes_[codes]

    @available_if(lambda self: self.probability)
    def predict_proba(self, X):
        """Predict the probability of each class; only available if probability=True.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), float64
            Columns in the order of `classes_`; each row sums to 1.
        """
        decisions = self._outputs(X)
        if len(self.probA_) == 0:
            raise NotFittedError("predict_proba needs a classifier fitted with probability=True.")
        if len(self.classes_) == 2:
            decisions = -decisions
        pairs = expit(-(self.probA_ * decisions + self.probB_))
        return couple_present(pairs, self._trained)
