"""Kernel ridge classification, exact, with the leave-one-out error in closed form."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils._param_validation import Interval
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from .._utils.parallel import map_chunks
from ._cholesky import (
    inverse_diagonal,
    solve_definite,
)
from ._kernel_functions import BLOCK, KERNEL_CONSTRAINTS, as_kernel, predicted_codes


def solve_ridge(K, Y, alpha):
    r"""Solve kernel ridge regression with an intercept.

    With :math:`H = (K + \alpha I)^{-1}` and :math:`s = H 1`,

    .. math:: b = s^T Y / s^T 1, \quad a = H (Y - 1 b)

    Parameters
    ----------
    K : ndarray of shape (n, n)
        Kernel of the training rows; overwritten as `factorize` does.
    Y : ndarray of shape (n, k)
        Targets.
    alpha : float

    Returns
    -------
    coef : ndarray of shape (n, k), float64
        The coefficients a.
    intercept : ndarray of shape (k,), float64
        The constants b.
    ones : ndarray of shape (n, 1), float64
        The vector s.
    """
    K.flat[:: len(K) + 1] += alpha
    solution = np.column_stack([Y, np.ones(len(Y))]).astype(K.dtype)
    solve_definite(K, solution)
    solution = solution.astype(np.float64)
    coef, ones = solution[:, :-1], solution[:, -1:]
    intercept = coef.sum(axis=0) / ones.sum()
    return coef - ones * intercept, intercept, ones


def left_out_values(L, Y, coef, ones):
    r"""Return what the regression on all other rows predicts for each row.

    .. math:: y_i - f_{-i}(x_i) = \frac{a_i}{H_{ii} - s_i^2 / s^T 1}

    Parameters
    ----------
    L : ndarray of shape (n, n)
        What `solve_ridge` left of the kernel.
    Y : ndarray of shape (n, k)
        Targets.
    coef, ones : ndarray
        From `solve_ridge`.

    Returns
    -------
    ndarray of shape (n, k), float64
    """
    leverage = inverse_diagonal(L)[:, None] - ones**2 / ones.sum()
    return Y - coef / leverage


def signed_targets(y):
    """Return the classes, and 1 and -1 for each: of two for the second alone.

    Raises
    ------
    ValueError
        Where y holds one class only, or values that are no classes.
    """
    check_classification_targets(y)
    binarizer = LabelBinarizer(neg_label=-1)
    Y = binarizer.fit_transform(y).astype(np.float64)
    if len(binarizer.classes_) < 2:
        raise ValueError("The number of classes has to be greater than one; got 1 class")
    return binarizer.classes_, Y


class KernelRidgeClassifier(ClassifierMixin, BaseEstimator):
    r"""Ridge regression of 1 and -1, one against the rest, in the space of a kernel.

    .. math:: f(x) = \sum_i a_i K(x, x_i) + b

    One Cholesky factorization, in place of a quadratic programme, gives the coefficients of all
    classes and what the machine trained on all other rows would say of each training row [1]_.
    So it is a quick judge of kernels, weights and widths, and its `loo_decisions_` are
    out-of-sample scores for a calibration or an ensemble. Known as the least-squares support
    vector machine [2]_.

    Memory is two matrices of all training rows: :math:`8 n^2` bytes for float32 rows, twice that
    for others; the time grows with :math:`n^3` for each of `alphas`.

    Parameters
    ----------
    alphas : float or list of float, default=(0.01, 0.1, 1.0)
        Strengths of the regularization, in units of the kernel's values. The one with the lowest
        leave-one-out error is taken.
    kernel : {"linear", "rbf", "poly", "chi2", "intersection"} or MultiKernel, default="rbf"
        As in `GramSVC`.
    gamma : {"scale", "auto"} or float, default="scale"
        As in `GramSVC`.
    degree : float, default=3
        Degree of the poly kernel.
    coef0 : float, default=0.0
        The constant of the poly kernel.
    n_jobs : int or None, default=None
        Threads over chunks of rows in predict.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels.
    kernel_ : RowKernel or MultiKernel
        The fitted kernel.
    alpha_ : float
        The chosen one of `alphas`.
    loo_errors_ : ndarray of shape (n_alphas,)
        Mean squared leave-one-out error of each of `alphas`, the predicted residual sum of
        squares over its terms.
    loo_decisions_ : ndarray of shape (n_samples, n_classes), or (n_samples,) for two classes
        The `decision_function` of each training row, by the machine with `alpha_` that was trained
        on all other rows. The scales of a MultiKernel and of gamma="scale" stay those of all rows.
    coef_ : ndarray of shape (n_samples, n_outputs), float64
        The coefficients :math:`a_i`; one output for two classes, else one a class.
    intercept_ : ndarray of shape (n_outputs,)
        The constants b.
    X_fit_ : ndarray of shape (n_samples, n_features)
        The training rows.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of str
        Only where X was a DataFrame.

    See Also
    --------
    ReducedSetRidgeClassifier : With means of two rows in place of training rows.
    tune_weights : Weights of the groups of a MultiKernel, by this leave-one-out error.

    References
    ----------
    .. [1] G. C. Cawley, N. L. C. Talbot. Fast exact leave-one-out cross-validation of sparse
       least-squares support vector machines. Neural Networks 17(10), 1467-1475, 2004.
       :doi:`10.1016/j.neunet.2004.07.002`
    .. [2] J. A. K. Suykens, J. Vandewalle. Least squares support vector machine classifiers.
       Neural Processing Letters 9, 293-300, 1999. :doi:`10.1023/A:1018628609742`

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.kernels import KernelRidgeClassifier
    >>> faces = make_faces(140, random_state=0)
    >>> X = faces.images.reshape(140, -1) / 255
    >>> machine = KernelRidgeClassifier().fit(X, faces.labels)
    >>> machine.loo_decisions_.shape
    (140, 7)
    """

    _parameter_constraints = {
        **KERNEL_CONSTRAINTS,
        "alphas": ["array-like", Interval(Real, 0, None, closed="neither")],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        alphas=(0.01, 0.1, 1.0),
        *,
        kernel="rbf",
        gamma="scale",
        degree=3,
        coef0=0.0,
        n_jobs=None,
    ):
        self.alphas = alphas
        self.kernel = kernel
        self.gamma = gamma
        self.degree = degree
        self.coef0 = coef0
        self.n_jobs = n_jobs

    def fit(self, X, y):
        """Solve for each of `alphas`, and keep the best.

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
            Where y holds one class only, and where an alpha is not above 0.
        """
        self._validate_params()
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32], order="C")
        self.classes_, Y = signed_targets(y)
        alphas = np.atleast_1d(np.asarray(self.alphas, dtype=object)).tolist()
        if not alphas or not all(isinstance(a, Real) and 0 < a < np.inf for a in alphas):
            raise ValueError(
                f"alphas must be one or several finite numbers above 0; got {self.alphas!r}."
            )
        self.kernel_ = as_kernel(self.kernel, self.gamma, self.degree, self.coef0).fit(X)
        self.X_fit_ = self.kernel_.rows(X)
        self._norms = self.kernel_.norms(self.X_fit_)
        K = self.kernel_.matrix(self.X_fit_)
        errors = []
        for alpha in alphas:
            L = K.copy()
            coef, intercept, ones = solve_ridge(L, Y, alpha)
            left_out = left_out_values(L, Y, coef, ones)
            errors.append(((Y - left_out) ** 2).mean())
            if errors[-1] == min(errors):
                self.alpha_, self.coef_, self.intercept_ = float(alpha), coef, intercept
                self.loo_decisions_ = self._as_decisions(left_out)
        self.loo_errors_ = np.array(errors)
        return self

    def _as_decisions(self, values):
        return values.ravel() if len(self.classes_) == 2 else values

    def decision_function(self, X):
        """Compute the values of the regressions.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        ndarray of float64, shape (n_samples, n_classes), or (n_samples,) for two classes
            Near 1 for the class of the row and near -1 for others; for two classes, positive for
            the second.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=self.X_fit_.dtype, order="C", reset=False)

        def decide(rows):
            return self.kernel_.matrix(rows, self.X_fit_, self._norms) @ self.coef_

        values = map_chunks(
            decide,
            X,
            len(self.intercept_),
            n_jobs=self.n_jobs,
            dtype=np.float64,
            chunk_size=BLOCK,
        )
        return self._as_decisions(values + self.intercept_)

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
        decisions = self.decision_function(X)
        return self.classes_[predicted_codes(decisions)]
