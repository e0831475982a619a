"""Kernel matrices, built in blocks with matrix products."""

from numbers import Real

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.base import BaseEstimator, clone
from sklearn.metrics.pairwise import additive_chi2_kernel
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

KERNELS = ("linear", "rbf", "poly", "chi2", "intersection")
# exp(-gamma * distance): a product of two of them is one of the sum of their distances.
EXPONENTIAL = ("rbf", "chi2")

# What the parameters of a machine with a kernel may be.
KERNEL_CONSTRAINTS = {
    "kernel": [StrOptions(set(KERNELS)), HasMethods(["fit", "rows", "norms", "matrix"])],
    "degree": [Interval(Real, 0, None, closed="left")],
    "gamma": [StrOptions({"scale", "auto"}), Interval(Real, 0, None, closed="left")],
    "coef0": [Interval(Real, None, None, closed="neither")],
}

# Rows of a block: few enough to keep temporaries small, enough to keep the product efficient.
# Blocks also keep clear of an OpenBLAS fault: single-precision A @ A.T of tens of thousands of
# rows has crashed in syrk.
BLOCK = 512
# Values that are made at a time, so that they stay in the cache.
_TILE = 2**19
# gamma * ||x||^2 times the float32 rounding error is the error of the exponent of an rbf kernel
# that is written with norms and products: at this bound it is about 2e-6.
_MAX_FLOAT32_EXPONENT = 32


def squared_norms(X):
    """Return ``(X ** 2).sum(axis=1)``, summed in float64."""
    return np.einsum("ij,ij->i", X, X, dtype=np.float64)


def resolve_gamma(gamma, X):
    """Return the number that `gamma` means for the training rows `X`, as in scikit-learn's SVC.

    Parameters
    ----------
    gamma : {"scale", "auto"} or float
        "scale" is ``1 / (n_features * X.var())`` and 1 where the variance is 0; "auto" is
        ``1 / n_features``.
    X : ndarray of shape (n, n_features)

    Returns
    -------
    float
    """
    if gamma == "scale":
        variance = X.var(dtype=np.float64)
        return float(1 / (X.shape[1] * variance)) if variance > 0 else 1.0
    if gamma == "auto":
        return 1 / X.shape[1]
    return float(gamma)


def kernel_rows(X, kernel, gamma):
    """Hold the training rows against the kernel: its domain, and the precision it needs.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), float32 or float64
    kernel : str
        One of `KERNELS`.
    gamma : float
        The resolved width.

    Returns
    -------
    ndarray of shape (n, n_features)
        `X`, or float64 in place of float32 where the rows lie so far from the origin, measured in
        kernel widths, that float32 products would cost the rbf kernel more than about 2e-6.

    Raises
    ------
    ValueError
        Where a kernel of histograms gets negative values.
    """
    check_domain(X, kernel)
    return X.astype(np.float64) if is_far(X, kernel, gamma) else X


def check_domain(X, kernel):
    """Raise ValueError where a kernel of histograms gets negative values."""
    if kernel in ("chi2", "intersection") and X.min() < 0:
        raise ValueError(
            f"X must hold no negative values where kernel={kernel!r}; got a minimum of {X.min():g}."
        )


def is_far(X, kernel, gamma):
    """Return whether float32 products would cost the kernel of these rows its accuracy."""
    return kernel == "rbf" and gamma * squared_norms(X).mean() > _MAX_FLOAT32_EXPONENT


def finite(values, X):
    """Return kernel values of the samples `X` unchanged; raise ValueError if they overflow."""
    # Much faster than isfinite, and in the cache; a sum of large finite values may overflow too.
    if not np.isfinite(values.sum()) and not np.isfinite(values).all():
        raise ValueError(
            f"X must hold values for which the kernel is finite in {values.dtype}; got values up "
            f"to {np.abs(X).max():g}. Scale X, or choose other parameters of the kernel."
        )
    return values


def fill_matrix(block, X, Y=None):
    """Fill a kernel matrix, a tile at a time.

    Parameters
    ----------
    block : callable
        ``block(rows, columns)`` is the kernel between ``X[rows]`` and ``Y[columns]``; both are
        slices.
    X : ndarray of shape (n, n_features)
    Y : ndarray of shape (m, n_features) or None, default=None
        None means `X`: half of the values are then computed, and mirrored.

    Returns
    -------
    ndarray of shape (n, m), of the dtype of `X`

    Raises
    ------
    ValueError
        If the kernel overflows or is undefined.
    """
    n, m = len(X), len(X if Y is None else Y)
    out = np.empty((n, m), dtype=X.dtype)
    for start in range(0, n, BLOCK):
        rows, width = slice(start, start + BLOCK), _TILE // min(n - start, BLOCK)
        for first in range(start if Y is None else 0, m, width):
            columns = slice(first, first + width)
            # One error for all values, instead of NumPy's warnings.
            with np.errstate(over="ignore", invalid="ignore"):
                out[rows, columns] = finite(block(rows, columns), X)
        if Y is None:
            out[rows.stop :, rows] = out[rows, rows.stop :].T
    return out


def similarity(X, Y, kernel, gamma, x_norms=None, y_norms=None):
    """Compute gamma times what a kernel says of pairs of rows.

    That is minus the distance, of which rbf and chi2 are the exponential, and for linear and
    intersection the kernel itself.

    Parameters
    ----------
    X, Y : ndarray of shape (n, n_features) and (m, n_features)
        Not views of the same rows: NumPy would call syrk.
    kernel : {"linear", "rbf", "chi2", "intersection"}
    gamma : float
    x_norms, y_norms : ndarray of shape (n,) and (m,)
        `squared_norms`; only rbf reads them.

    Returns
    -------
    ndarray of shape (n, m)
    """
    if kernel == "rbf":
        values = X @ Y.T
        values *= 2 * gamma
        values -= (gamma * x_norms).astype(values.dtype)[:, None]
        values -= (gamma * y_norms).astype(values.dtype)
        return np.minimum(values, 0, out=values)
    if kernel == "linear":
        values = X @ Y.T
    elif kernel == "chi2":
        values = additive_chi2_kernel(X, Y)
    else:
        values = X.sum(axis=1, dtype=np.float64)[:, None] + Y.sum(axis=1, dtype=np.float64)
        values -= cdist(X, Y, "cityblock")
        values /= 2
    values *= gamma
    return values


def mirrored_similarity(X, Y, even, odd, kernel, gamma, x_norms=None, y_norms=None):
    """Compute `similarity` to rows, and to their mirror images, whose odd features change sign.

    Both together take the time of one: the product of the odd features is added to that of the
    even ones, and subtracted.

    Parameters
    ----------
    X, Y, kernel, gamma, x_norms, y_norms
        See `similarity`; only of rbf and linear may features be odd.
    even, odd : slice or ndarray of int
        Columns.

    Returns
    -------
    ndarray of shape (2, n, m)
    """
    turned = X[:, odd] @ Y[:, odd].T
    turned *= 2 * gamma if kernel == "rbf" else gamma
    still = similarity(X[:, even], Y[:, even], kernel, gamma, x_norms, y_norms)
    values = np.array([still + turned, still - turned])
    return np.minimum(values, 0, out=values) if kernel == "rbf" else values


def kernel_matrix(X, Y=None, kernel="rbf", *, gamma=1.0, degree=3, coef0=0.0, y_norms=None):
    r"""Compute the kernel between the rows of `X` and the rows of `Y`.

    ============ ========================================================================
    kernel       :math:`K(x, y)`
    ============ ========================================================================
    linear       :math:`x \cdot y`
    rbf          :math:`\exp(-\gamma \lVert x - y \rVert^2)`
    poly         :math:`(\gamma\, x \cdot y + c_0)^{degree}`
    chi2         :math:`\exp(-\gamma \sum_k (x_k - y_k)^2 / (x_k + y_k))`, with 0 / 0 = 0 [1]_
    intersection :math:`\sum_k \min(x_k, y_k) = (\sum_k x_k + y_k - |x_k - y_k|) / 2` [2]_
    ============ ========================================================================

    Parameters
    ----------
    X : ndarray of shape (n, n_features), float32 or float64
        Rows; not negative for chi2 and intersection.
    Y : ndarray of shape (m, n_features) or None, default=None
        Rows of the same dtype. None means `X`: half of the blocks are then computed, and mirrored.
    kernel : {"linear", "rbf", "poly", "chi2", "intersection"}, default="rbf"
        The kernel.
    gamma : float, default=1.0
        Width of rbf, poly and chi2.
    degree : float, default=3
        Degree of poly.
    coef0 : float, default=0.0
        The constant of poly.
    y_norms : ndarray of shape (m,) or None, default=None
        `squared_norms(Y)` where they are known; only rbf reads them.

    Returns
    -------
    ndarray of shape (n, m), of the dtype of `X`
        float32 rows give an accuracy of about 1e-6 of the kernel's scale.

    References
    ----------
    .. [1] J. Zhang, M. Marszalek, S. Lazebnik, C. Schmid. Local features and kernels for
       classification of texture and object categories. IJCV 73, 213-238, 2007.
       :doi:`10.1007/s11263-006-9794-4`
    .. [2] M. Swain, D. Ballard. Color indexing. IJCV 7, 11-32, 1991. :doi:`10.1007/BF00130487`

    Examples
    --------
    >>> import numpy as np
    >>> from fertools.kernels import kernel_matrix
    >>> kernel_matrix(np.array([[0.0, 1.0]]), np.array([[0.0, 1.0], [1.0, 3.0]]), "intersection")
    array([[1., 1.]])
    """
    x_norms = squared_norms(X) if kernel == "rbf" else None
    if kernel == "rbf" and y_norms is None:
        y_norms = x_norms if Y is None else squared_norms(Y)

    def block(rows, columns):
        # A copy, as NumPy would give a block times its own transpose to syrk.
        left, right = X[rows].copy(), (X if Y is None else Y)[columns]
        if kernel == "poly":
            return (gamma * (left @ right.T) + coef0) ** degree
        factor = gamma if kernel in EXPONENTIAL else 1.0
        norms = (x_norms[rows], y_norms[columns]) if kernel == "rbf" else ()
        values = similarity(left, right, kernel, factor, *norms)
        return np.exp(values, out=values) if kernel in EXPONENTIAL else values

    return fill_matrix(block, X, Y)


class RowKernel(BaseEstimator):
    """One kernel on all features: what a string means as the `kernel` of a machine.

    A kernel is fitted on the training rows; its `matrix` is then taken of `rows`, with the
    `norms` of the second argument where they are known. `MultiKernel` is the other one.

    Parameters
    ----------
    kernel, gamma, degree, coef0
        As in `GramSVC`.
    """

    def __init__(self, kernel="rbf", gamma="scale", degree=3, coef0=0.0):
        self.kernel = kernel
        self.gamma = gamma
        self.degree = degree
        self.coef0 = coef0

    def fit(self, X):
        """Learn `gamma_`."""
        self.gamma_ = resolve_gamma(self.gamma, X)
        return self

    def rows(self, X):
        """See `kernel_rows`."""
        return kernel_rows(X, self.kernel, self.gamma_)

    def norms(self, Y):
        """See `squared_norms`."""
        return squared_norms(Y)

    def matrix(self, X, Y=None, y_norms=None):
        """See `kernel_matrix`."""
        shape = {"gamma": self.gamma_, "degree": self.degree, "coef0": self.coef0}
        return kernel_matrix(X, Y, self.kernel, y_norms=y_norms, **shape)


def as_kernel(kernel, gamma, degree=3, coef0=0.0):
    """Return the kernel that a parameter `kernel` stands for, not fitted."""
    return RowKernel(kernel, gamma, degree, coef0) if isinstance(kernel, str) else clone(kernel)


def predicted_codes(decisions):
    """Return the number of the class that each row's decision values speak for.

    Parameters
    ----------
    decisions : ndarray of shape (n, n_classes), or (n,) for two classes
        The largest value wins; of two classes, the second where it is above 0.

    Returns
    -------
    ndarray of shape (n,), int
    """
    return (decisions > 0).astype(int) if decisions.ndim == 1 else decisions.argmax(axis=1)
