"""Kernel ridge classifier."""

from numbers import Integral, Real

import numpy as np
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import validate_data

from ._kernel_classifier import KernelClassifier
from ._ridge_solver import signed_targets, solve_ridge
from ._single_kernel import KERNEL_CONSTRAINTS, make_kernel


class BaseKernelRidge(KernelClassifier):
    """Base class of kernel ridge classifiers: validation, kernel and targets."""

    def _prepare(self, X, y):
        """Validate the input, fit the kernel and store the training samples.

        Returns
        -------
        K : ndarray of shape (n_samples, n_samples)
            Kernel matrix of the training samples.
        Y : ndarray of shape (n_samples, n_outputs)
            Targets 1 and -1.
        """
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32], order="C")
        self.classes_, Y = signed_targets(y)
        self.kernel_ = make_kernel(self.kernel, self.gamma, self.degree, self.coef0).fit(X)
        self.X_fit_ = self.kernel_.convert(X)
        self._norms = self.kernel_.norms(self.X_fit_)
        return self.kernel_.matrix(self.X_fit_), Y


class KernelRidgeClassifier(BaseKernelRidge):
    r"""Classifier using kernel ridge regression.

    The targets of each class are 1 for its samples and -1 for all others. The decision function

    .. math:: f(x) = \sum_i a_i K(x, x_i) + b

    minimizes the squared error plus :math:`\alpha a^T K a`; the intercept b is not regularized.
    The coefficients of all classes are the solution of one linear system, by one Cholesky
    factorization, whereas a support vector machine solves a quadratic program. This is also known
    as a least-squares support vector machine [1]_.

    Memory is that of the kernel matrix, :math:`4 n^2` bytes for n training samples in float32 and
    twice that in float64; time is proportional to :math:`n^3`.

    Parameters
    ----------
    alpha : float, default=1.0
        Regularization strength, in units of the kernel.
    kernel : {"linear", "rbf", "poly", "chi2", "intersection"} or MultiKernel, default="rbf"
        Kernel, as in `GramSVC`.
    gamma : {"scale", "auto"} or float, default="scale"
        Kernel coefficient, as in `GramSVC`.
    degree : float, default=3
        Degree of the poly kernel.
    coef0 : float, default=0.0
        Constant term of the poly kernel.
    n_jobs : int or None, default=None
        Number of threads for prediction.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    kernel_ : SingleKernel or MultiKernel
        Fitted kernel.
    dual_coef_ : ndarray of shape (n_samples, n_outputs), float64
        Coefficients :math:`a_i`; one output per class, or one for two classes.
    intercept_ : ndarray of shape (n_outputs,), float64
        Intercepts b.
    X_fit_ : ndarray of shape (n_samples, n_features)
        Training samples.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of str
        Names of the features seen in fit; only defined if X was a DataFrame.

    See Also
    --------
    KernelRidgeClassifierCV : Kernel ridge classifier that chooses alpha by its leave-one-out error.
    PairMeansClassifier : The same, trained on means of two samples, so that it stores none.
    sklearn.kernel_ridge.KernelRidge : Kernel ridge regression without an intercept.

    References
    ----------
    .. [1] J. A. K. Suykens, J. Vandewalle. Least squares support vector machine classifiers.
       Neural Processing Letters 9, 293-300, 1999. :doi:`10.1023/A:1018628609742`

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.kernels import KernelRidgeClassifier
    >>> faces = make_faces(140, random_state=0)
    >>> X = faces.images.reshape(140, -1) / 255
    >>> ridge = KernelRidgeClassifier(alpha=0.1).fit(X[:100], faces.labels[:100])
    >>> ridge.predict(X[100:]).shape
    (40,)
    """

    _parameter_constraints = {
        **KERNEL_CONSTRAINTS,
        "alpha": [Interval(Real, 0, None, closed="neither")],
        "n_jobs": [Integral, None],
    }

    def __init__(self, alpha=1.0, *, kernel="rbf", gamma="scale", degree=3, coef0=0.0, n_jobs=None):
        self.alpha = alpha
        self.kernel = kernel
        self.gamma = gamma
        self.degree = degree
        self.coef0 = coef0
        self.n_jobs = n_jobs

    def fit(self, X, y):
        """Fit the classifier.

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
            If y has a single class.
        """
        self._validate_params()
        K, Y = self._prepare(X, y)
        self.dual_coef_, self.intercept_, _ = solve_ridge(K, Y, self.alpha)
        return self
