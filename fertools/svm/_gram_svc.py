"""The exact support vector classifier, trained on Gram matrices in place of rows."""

from itertools import combinations
from numbers import Integral, Real

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.svm import SVC
from sklearn.utils import compute_class_weight
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.multiclass import _ovr_decision_function, check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from .._parallel import map_chunks
from ._kernels import BLOCK, KERNEL_CONSTRAINTS, as_kernel


def pair_votes(decisions, n_classes):
    """Let the pairs of classes vote, as libsvm does.

    Parameters
    ----------
    decisions : ndarray of shape (n, n_classes * (n_classes - 1) / 2)
        Decision values of the pairs (0, 1), (0, 2), ..., (1, 2), ...; a positive value is a vote
        for the first class of the pair, any other for the second.
    n_classes : int

    Returns
    -------
    ndarray of shape (n,), int64
        The class with the most votes, the lowest where several have as many.
    """
    first, second = np.triu_indices(n_classes, 1)
    winners = np.where(decisions > 0, first, second)
    votes = (winners[:, :, None] == np.arange(n_classes)).sum(axis=1)
    return votes.argmax(axis=1)


class GramSVC(ClassifierMixin, BaseEstimator):
    r"""C-support vector classification, exact, on Gram matrices built with matrix products.

    libsvm computes a kernel value at a time, and again whenever it has left the cache. Here each
    pair of classes gets its Gram matrix at once, from a few matrix products, and libsvm's solver
    [1]_ works on that; a prediction is one product of a kernel matrix with all coefficients. The
    optimisation problem, its solver and the meaning of every parameter are those of
    :class:`sklearn.svm.SVC`, so predictions agree wherever SVC itself is sure within `tol`. On
    rows of thousands of features it is an order of magnitude faster.

    Memory is the Gram matrix of the largest pair, :math:`8 (n_i + n_j)^2` bytes, and those of all
    classes, :math:`4 \sum_i n_i^2` bytes for float32 rows and twice that for others.

    Parameters
    ----------
    C : float, default=1.0
        Strength of the hinge loss against the squared norm; the larger, the less regularised.
    kernel : {"linear", "rbf", "poly", "chi2", "intersection"} or MultiKernel, default="rbf"
        The kernel, as in :func:`~fertools.svm.kernel_matrix`; chi2 and intersection are for
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

    References
    ----------
    .. [1] C.-C. Chang, C.-J. Lin. LIBSVM: A library for support vector machines. ACM Transactions
       on Intelligent Systems and Technology 2(3), 27, 2011. :doi:`10.1145/1961189.1961199`

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.svm import GramSVC
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
            Factors of `C`, by row. Rows of weight 0 or less take no part.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            Where the Gram matrices would take more than `max_gram_bytes`, and where y holds one
            class only.
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
        self.kernel_ = as_kernel(self.kernel, self.gamma, self.degree, self.coef0).fit(X)
        X = self.kernel_.rows(X)
        members = [np.flatnonzero((codes == code) & (weights > 0)) for code in range(n_classes)]

        jobs = self._affordable_jobs([len(rows) for rows in members], X.itemsize)
        parallel = Parallel(n_jobs=jobs, prefer="threads")
        # Each class stands in several pairs, so the blocks within classes are computed once.
        within = parallel(delayed(self.kernel_.matrix)(X[rows]) for rows in members)
        pairs = list(combinations(range(n_classes), 2))
        solved = parallel(
            delayed(self._solve_pair)(X, members, within, weights, *pair) for pair in pairs
        )

        coef = np.zeros((len(X), len(pairs)))
        # A machine of two classes is positive for the second, one of a pair for the first.
        sign = 1 if n_classes == 2 else -1
        for column, (rows, dual_coef, _) in enumerate(solved):
            coef[rows, column] = sign * dual_coef
        self.intercept_ = sign * np.array([machine.intercept_[0] for _, _, machine in solved])
        self.n_iter_ = np.array([machine.n_iter_[0] for _, _, machine in solved])
        self.fit_status_ = max(machine.fit_status_ for _, _, machine in solved)
        used = coef.any(axis=1)
        by_class = [rows[used[rows]] for rows in members]
        self.support_ = np.concatenate(by_class)
        self.n_support_ = np.array([len(rows) for rows in by_class])
        self.support_vectors_ = X[self.support_]
        self.coef_pairs_ = coef[self.support_]
        self._support_norms = self.kernel_.norms(self.support_vectors_)
        return self

    def _affordable_jobs(self, counts, itemsize):
        """Return how many pairs of classes may have their Gram matrix at a time."""
        largest = sum(sorted(counts)[-2:])
        within, pair = itemsize * sum(count**2 for count in counts), 8 * largest**2
        if within + pair > self.max_gram_bytes:
            raise ValueError(
                f"max_gram_bytes must be at least {within + pair:,}, the bytes of the Gram "
                f"matrices of each class and of the {largest:,} rows of the largest pair; got "
                f"{self.max_gram_bytes:,}. For more rows than fit, approximate the kernel with "
                "sklearn.kernel_approximation.Nystroem or fertools.svm.CentroidNystroem and train "
                "a linear classifier."
            )
        return min(effective_n_jobs(self.n_jobs), (self.max_gram_bytes - within) // pair)

    def _solve_pair(self, X, members, within, weights, first, second):
        """Return the support vectors' rows, their coefficients and the solved two-class SVC."""
        rows = np.concatenate([members[first], members[second]])
        split = len(members[first])
        gram = np.empty((len(rows), len(rows)))
        gram[:split, :split] = within[first]
        gram[split:, split:] = within[second]
        gram[:split, split:] = self.kernel_.matrix(X[members[first]], X[members[second]])
        gram[split:, :split] = gram[:split, split:].T
        machine = SVC(
            C=self.C,
            kernel="precomputed",
            tol=self.tol,
            max_iter=self.max_iter,
            class_weight={0: self.class_weight_[first], 1: self.class_weight_[second]},
        )
        machine.fit(gram, np.arange(len(rows)) >= split, sample_weight=weights[rows])
        return rows[machine.support_], machine.dual_coef_[0], machine

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
            Values of `classes_`.
        """
        check_is_fitted(self)
        if self.break_ties and self.decision_function_shape == "ovo":
            raise ValueError("break_ties must be False when decision_function_shape is 'ovo'")
        if len(self.classes_) == 2:
            codes = (self.decision_function(X) >= 0).astype(np.int64)
        elif self.break_ties:
            codes = self.decision_function(X).argmax(axis=1)
        else:
            codes = pair_votes(self._pair_decisions(X), len(self.classes_))
        return self.classes_[codes]
