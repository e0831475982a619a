"""The exact support vector classifier, trained on Gram matrices in place of rows."""

from numbers import Integral, Real

import numpy as np
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError
from sklearn.utils import compute_class_weight
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _ovr_decision_function, check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from .._utils.parallel import map_chunks
from ..calibration._folds import warn_about_single_samples
from ._kernel_functions import BLOCK, KERNEL_CONSTRAINTS, as_kernel
from ._pair_probabilities import affordable_jobs, couple_present, pair_votes, solve_pairs


class GramSVC(ClassifierMixin, BaseEstimator):
    r"""C-support vector classification, exact, on Gram matrices built with matrix products.

    libsvm computes a kernel value at a time, and again whenever it has left the cache. Here each
    pair of classes gets its Gram matrix at once, from a few matrix products, and libsvm's solver
    [1]_ works on that; a prediction is one product of a kernel matrix with all coefficients. The
    optimization problem, its solver and the meaning of every parameter are those of
    :class:`sklearn.svm.SVC`, so predictions agree wherever SVC itself is sure within `tol`. On
    rows of thousands of features it is an order of magnitude faster.

    Memory is the Gram matrix of the largest pair, :math:`8 (n_i + n_j)^2` bytes or twice that with
    `probability`, and those of all classes, :math:`4 \sum_i n_i^2` bytes for float32 rows and twice
    that for others.

    Parameters
    ----------
    C : float, default=1.0
        Strength of the hinge loss against the squared norm; the larger, the less regularized.
    kernel : {"linear", "rbf", "poly", "chi2", "intersection"} or MultiKernel, default="rbf"
        The kernel, as in :func:`~fertools.kernels.kernel_matrix`; chi2 and intersection are for
        histograms and refuse negative values. A :class:`MultiKernel` has a kernel for each group
        of features, and ignores `degree`, `gamma` and `coef0`.
    degree : float, default=3
        Degree of the poly kernel.
    gamma : {"scale", "auto"} or float, default="scale"
        Width of rbf, poly and chi2: "scale" is ``1 / (n_features * X.var())``, "auto" is
        ``1 / n_features``.
    coef0 : float, default=0.0
        The constant of the poly kernel.
    class_weight : dict, "balanced" or None, default=None
        `C` of class i is ``class_weight[i] * C``; "balanced" is
        ``n_samples / (n_classes * np.bincount(y))``.
    tol : float, default=1e-3
        Tolerance of the solver's stopping rule, at least 1e-10: below, rounding errors keep the
        solver from stopping.
    decision_function_shape : {"ovr", "ovo"}, default="ovr"
        One column a class, or one a pair of classes. Two classes have one decision value.
    break_ties : bool, default=False
        Predict the largest ovr decision value in place of the lowest class among those with the
        most votes.
    probability : bool, default=False
        Enable `predict_proba`, see Notes. Training takes about four times as long.
    max_iter : int, default=-1
        Limit on the solver's iterations, for each pair of classes; -1 for none.
    max_gram_bytes : int, default=8589934592
        The most that Gram matrices may take, 8 GiB. Fewer than `n_jobs` threads work where
        theirs would take more.
    n_jobs : int or None, default=None
        Threads over pairs of classes in fit, and over chunks of rows in predict.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels.
    class_weight_ : ndarray of shape (n_classes,)
        The factor of `C`, by class.
    kernel_ : RowKernel or MultiKernel
        The fitted kernel.
    support_ : ndarray of shape (n_SV,), int64
        Training rows that are a support vector of any pair, class after class.
    support_vectors_ : ndarray of shape (n_SV, n_features), float32 or float64
        Those rows, float32 where the training rows were float32 (see Notes).
    n_support_ : ndarray of shape (n_classes,), int64
        Support vectors of each class.
    coef_pairs_ : ndarray of shape (n_SV, n_pairs), float64
        Coefficients, so that the values of ``decision_function_shape="ovo"`` are
        ``K @ coef_pairs_ + intercept_``. Pairs stand in the order (0, 1), (0, 2), ..., (1, 2), ...
    intercept_ : ndarray of shape (n_pairs,), float64
        The same as SVC's.
    probA_, probB_ : ndarray of shape (n_pairs,) or (0,), float64
        Parameters of the sigmoid :math:`1 / (1 + \exp(A f + B))`, the probability of the first
        class of a pair with the decision value f for that class; empty if probability=False.
    n_iter_ : ndarray of shape (n_pairs,), int32
        Iterations of the solver.
    fit_status_ : int
        0 where every pair was solved, 1 where `max_iter` stopped one of them.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of str
        Only where X was a DataFrame.

    See Also
    --------
    MultiKernel : A kernel for each group of features.
    CentroidNystroem : A feature map for a linear classifier, for data too large for this one.

    Notes
    -----
    Products are taken in float32 where X is float32, otherwise in float64. float32 rows that lie
    far from the origin (``gamma * ||x||^2`` above 32 in the mean) are raised to float64 for the
    rbf kernel, as the distance between two of them would drown in rounding.

    With ``probability=True``, a sigmoid is fitted to the decision values of each pair [2]_. The
    values are out-of-fold: five folds are contiguous blocks of each class, without shuffling, so
    that two fits give equal results, and their Gram matrices are parts of that of the pair. The
    probabilities of the pairs are coupled by the second method of [3]_. `predict` then returns the
    most probable class, which may differ from the class with the most votes. Class weights change
    the probabilities as they do in logistic regression. If a class has one sample, that sample is
    never held out, and `fit` warns.

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
        """Solve each pair of classes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows; float32 is used as it is.
        y : array-like of shape (n_samples,)
            Labels.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Factors of `C` per sample. Samples of weight 0 or less are ignored.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If the Gram matrices would take more than `max_gram_bytes`, if less than two classes
            have samples of positive weight, or if `class_weight` is not positive.

        Warns
        -----
        UserWarning
            If probability=True and a class has one sample.
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
        counts = np.array([len(rows) for rows in members])
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
        self.kernel_ = as_kernel(self.kernel, self.gamma, self.degree, self.coef0).fit(X)
        X = self.kernel_.rows(X)

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
        # SVC's values are positive for the second of two classes, but for the first of a pair.
        sign = -1 if n_classes == 2 else 1
        coef, self.intercept_ = sign * solved.coef, sign * solved.intercept
        self.n_iter_, self.fit_status_ = solved.n_iter, solved.fit_status
        self.probA_, self.probB_ = -solved.sigmoids
        used = coef.any(axis=1)
        by_class = [rows[used[rows]] for rows in members]
        self.support_ = np.concatenate(by_class)
        self.n_support_ = np.array([len(rows) for rows in by_class])
        self.support_vectors_ = X[self.support_]
        self.coef_pairs_ = coef[self.support_]
        self._support_norms = self.kernel_.norms(self.support_vectors_)
        return self

    def _pair_decisions(self, X):
        check_is_fitted(self)
        X = validate_data(self, X, dtype=self.support_vectors_.dtype, order="C", reset=False)

        def decide(rows):
            values = self.kernel_.matrix(rows, self.support_vectors_, self._support_norms)
            return values @ self.coef_pairs_ + self.intercept_

        return map_chunks(
            decide,
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
            Rows.

        Returns
        -------
        ndarray of float64, shape (n_samples,), (n_samples, n_classes) or (n_samples, n_pairs)
            For two classes, positive for the second; else as `decision_function_shape` says. An
            ovr value is the class's votes plus, within 1/3, a monotonic function of the sum of
            its decision values.
        """
        decisions = self._pair_decisions(X)
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
            Rows.

        Returns
        -------
        ndarray of shape (n_samples,)
            Values of `classes_`: the most probable class if probability=True, otherwise the class
            with the most votes or, with `break_ties`, the largest decision value.
        """
        check_is_fitted(self)
        if self.break_ties and self.decision_function_shape == "ovo":
            raise ValueError("break_ties must be False when decision_function_shape is 'ovo'")
        if self.probability:
            # The label then always agrees with its confidence.
            codes = self.predict_proba(X).argmax(axis=1)
        elif len(self.classes_) == 2:
            codes = (self.decision_function(X) >= 0).astype(np.int64)
        elif self.break_ties:
            codes = self.decision_function(X).argmax(axis=1)
        else:
            codes = pair_votes(self._pair_decisions(X), len(self.classes_))
        return self.classes_[codes]

    @available_if(lambda self: self.probability)
    def predict_proba(self, X):
        """Predict the probability of each class, only available if probability=True.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), float64
            Columns in the order of `classes_`; each row sums to 1.
        """
        decisions = self._pair_decisions(X)
        if len(self.probA_) == 0:
            raise NotFittedError("predict_proba needs a classifier fitted with probability=True.")
        if len(self.classes_) == 2:
            decisions = -decisions
        pairs = expit(-(self.probA_ * decisions + self.probB_))
        return couple_present(pairs, self._trained)
