"""Kernel ridge classifier that chooses its regularization by the leave-one-out error."""

from numbers import Integral, Real

import numpy as np

from ._kernel_ridge import BaseKernelRidge
from ._ridge_solver import leave_one_out_predictions, solve_ridge
from ._single_kernel import KERNEL_CONSTRAINTS


class KernelRidgeClassifierCV(BaseKernelRidge):
    r"""Kernel ridge classifier with built-in leave-one-out cross-validation.

    The classifier is `KernelRidgeClassifier` with the element of `alphas` whose mean squared
    leave-one-out error is lowest. The leave-one-out predictions have a closed form [1]_ that
    needs no further factorization, so the error is a fast criterion for kernels, weights and
    kernel widths as well, and `loo_decisions_` are out-of-sample decision values for calibration
    or an ensemble.

    Memory is two kernel matrices of the training samples, :math:`8 n^2` bytes for n samples in
    float32 and twice that in float64; time is proportional to :math:`n^3` for each of `alphas`.

    Parameters
    ----------
    alphas : array-like of shape (n_alphas,), default=(0.01, 0.1, 1.0)
        Regularization strengths, in units of the kernel.
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
    alpha_ : float
        Chosen element of `alphas`.
    loo_errors_ : ndarray of shape (n_alphas,)
        Mean squared leave-one-out error of each of `alphas`.
    loo_decisions_ : ndarray of shape (n_samples, n_classes), or (n_samples,) for two classes
        Decision values of each training sample by the classifier with `alpha_` that was trained
        on all other samples. The kernel, including the scales of a MultiKernel and gamma="scale",
        is fitted on all samples.
    dual_coef_ : ndarray of shape (n_samples, n_outputs), float64
        Coefficients of the kernel values; one output per class, or one for two classes.
    intercept_ : ndarray of shape (n_outputs,), float64
        Intercepts.
    X_fit_ : ndarray of shape (n_samples, n_features)
        Training samples.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of str
        Names of the features seen in fit; only defined if X was a DataFrame.

    See Also
    --------
    KernelRidgeClassifier : Kernel ridge classifier with a given alpha.

    References
    ----------
    .. [1] G. C. Cawley, N. L. C. Talbot. Fast exact leave-one-out cross-validation of sparse
       least-squares support vector machines. Neural Networks 17(10), 1467-1475, 2004.
       :doi:`10.1016/j.neunet.2004.07.002`

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.kernels import KernelRidgeClassifierCV
    >>> faces = make_faces(140, random_state=0)
    >>> X = faces.images.reshape(140, -1) / 255
    >>> ridge = KernelRidgeClassifierCV().fit(X, faces.labels)
    >>> ridge.loo_decisions_.shape
    (140, 7)
    """

    _parameter_constraints = {
        **KERNEL_CONSTRAINTS,
        "alphas": ["array-like"],
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
        """Fit the classifier for each of `alphas`, and keep the best.

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
            If y has a single class, or an element of `alphas` is not positive and finite.
        """
        self._validate_params()
        alphas = list(self.alphas)
        if not alphas or not all(isinstance(a, Real) and 0 < a < np.inf for a in alphas):
            raise ValueError(f"alphas must be positive finite numbers; got {self.alphas!r}.")
        K, Y = self._prepare(X, y)
        errors = []
        for alpha in alphas:
            L = K.copy()
            coef, intercept, ones = solve_ridge(L, Y, alpha)
            predictions = leave_one_out_predictions(L, Y, coef, ones)
            errors.append(((Y - predictions) ** 2).mean())
            if errors[-1] == min(errors):
                self.alpha_, self.dual_coef_, self.intercept_ = float(alpha), coef, intercept
                self.loo_decisions_ = (
                    predictions.ravel() if len(self.classes_) == 2 else predictions
                )
        self.loo_errors_ = np.array(errors)
        return self
