"""One kernel on all features."""

from numbers import Real

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

from ._kernel_functions import (
    KERNELS,
    check_domain,
    kernel_matrix,
    needs_float64,
    resolve_gamma,
    squared_norms,
)

# Constraints of the parameters that kernel classifiers share.
KERNEL_CONSTRAINTS = {
    "kernel": [StrOptions(set(KERNELS)), HasMethods(["fit", "convert", "norms", "matrix"])],
    "degree": [Interval(Real, 0, None, closed="left")],
    "gamma": [StrOptions({"scale", "auto"}), Interval(Real, 0, None, closed="left")],
    "coef0": [Interval(Real, None, None, closed="neither")],
}


class SingleKernel(BaseEstimator):
    """Kernel on all features, as selected by the string options of `kernel`.

    A classifier fits a kernel to its training samples, converts them with `convert`, computes the
    `norms` of the samples it stores, and passes both to `matrix`. `MultiKernel` has the same
    methods.

    Parameters
    ----------
    kernel, gamma, degree, coef0
        As in `GramSVC`.

    Attributes
    ----------
    gamma_ : float
        Value of `gamma` for the training samples.
    """

    def __init__(self, kernel="rbf", gamma="scale", degree=3, coef0=0.0):
        self.kernel = kernel
        self.gamma = gamma
        self.degree = degree
        self.coef0 = coef0

    def fit(self, X):
        """Compute `gamma_`."""
        self.gamma_ = resolve_gamma(self.gamma, X)
        return self

    def convert(self, X):
        """Check training samples, and convert them to the precision that the kernel needs.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features), float32 or float64

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            `X`, or float64 instead of float32 if the samples are so far from the origin, in
            units of the kernel width, that float32 products would change the rbf kernel by more
            than about 2e-6.

        Raises
        ------
        ValueError
            If a kernel of histograms receives negative values.
        """
        check_domain(X, self.kernel)
        return X.astype(np.float64) if needs_float64(X, self.kernel, self.gamma_) else X

    def norms(self, Y):
        """Return the squared norms of samples, see `squared_norms`."""
        return squared_norms(Y)

    def matrix(self, X, Y=None, y_norms=None):
        """Compute the kernel between samples, see `kernel_matrix`."""
        parameters = {"gamma": self.gamma_, "degree": self.degree, "coef0": self.coef0}
        return kernel_matrix(X, Y, self.kernel, y_norms=y_norms, **parameters)


def make_kernel(kernel, gamma, degree=3, coef0=0.0):
    """Return an unfitted kernel for the parameters of a classifier."""
    return SingleKernel(kernel, gamma, degree, coef0) if isinstance(kernel, str) else clone(kernel)
