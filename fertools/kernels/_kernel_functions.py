"""Kernel matrices, computed in blocks with matrix products."""

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.metrics.pairwise import additive_chi2_kernel

from .._utils.quantization import inner, inner_by_part

KERNELS = ("linear", "rbf", "poly", "chi2", "intersection")
# exp(-gamma * distance): the product of two such kernels adds their distances.
EXPONENTIAL = ("rbf", "chi2")

# Number of samples per block: small enough to limit temporary arrays, large enough for efficient
# products. Blocks also avoid a fault of OpenBLAS: single-precision A @ A.T of tens of thousands of
# samples has crashed in syrk.
BLOCK = 512
# Number of kernel values per tile, so that a tile fits into the cache.
_TILE = 2**19
# gamma * ||x||^2 times the rounding error of float32 is the error of the exponent of an rbf kernel
# that is computed from norms and products: at this bound, it is about 2e-6.
_MAX_FLOAT32_EXPONENT = 32


def squared_norms(X):
    """Return ``(X ** 2).sum(axis=1)``, summed in float64."""
    return np.einsum("ij,ij->i", X, X, dtype=np.float64)


def resolve_gamma(gamma, X):
    """Return the value of `gamma` for training samples, as scikit-learn's SVC does.

    Parameters
    ----------
    gamma : {"scale", "auto"} or float
        "scale" is ``1 / (n_features * X.var())``, or 1 if the variance is 0; "auto" is
        ``1 / n_features``.
    X : ndarray of shape (n_samples, n_features)

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


def check_domain(X, kernel):
    """Raise ValueError if a kernel of histograms receives negative values."""
    if kernel in ("chi2", "intersection") and X.min() < 0:
        raise ValueError(
            f"X must be non-negative if kernel={kernel!r}; got a minimum of {X.min():g}."
        )


def needs_float64(X, kernel, gamma):
    """Return whether float32 products would change an rbf kernel by more than about 2e-6."""
    return kernel == "rbf" and gamma * squared_norms(X).mean() > _MAX_FLOAT32_EXPONENT


def check_finite(values, X):
    """Return kernel values of the samples `X` unchanged; raise ValueError if they overflow."""
    # The sum is much faster than isfinite; a sum of large finite values may overflow as well.
    if not np.isfinite(values.sum()) and not np.isfinite(values).all():
        raise ValueError(
            f"X must hold values for which the kernel is finite in {values.dtype}; got values up "
            f"to {np.abs(X).max():g}. Scale X, or choose other parameters of the kernel."
        )
    return values


def fill_matrix(block, X, Y=None):
    """Fill a kernel matrix tile by tile.

    Parameters
    ----------
    block : callable
        ``block(rows, columns)`` is the kernel between ``X[rows]`` and ``Y[columns]``; both
        arguments are slices.
    X : ndarray of shape (n_samples_X, n_features)
    Y : ndarray of shape (n_samples_Y, n_features) or None, default=None
        None means `X`; only half of the values are then computed.

    Returns
    -------
    ndarray of shape (n_samples_X, n_samples_Y), dtype of `X`

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
            # One error for all values instead of NumPy's warnings.
            with np.errstate(over="ignore", invalid="ignore"):
                out[rows, columns] = check_finite(block(rows, columns), X)
        if Y is None:
            out[rows.stop :, rows] = out[rows, rows.stop :].T
    return out


def similarity(X, Y, kernel, gamma, x_norms=None, y_norms=None):
    """Compute `gamma` times the similarity of pairs of samples.

    The similarity is the negative distance, whose exponential is the kernel, for rbf and chi2, and
    the kernel itself for linear and intersection.

    Parameters
    ----------
    X, Y : ndarray of shape (n_samples_X, n_features) and (n_samples_Y, n_features)
        Not views of the same memory, for which NumPy would call syrk. `Y` may be a QuantizedMatrix.
    kernel : {"linear", "rbf", "chi2", "intersection"}
    gamma : float
    x_norms, y_norms : ndarray of shape (n_samples_X,) and (n_samples_Y,)
        `squared_norms`; only used by rbf.

    Returns
    -------
    ndarray of shape (n_samples_X, n_samples_Y)
    """
    if kernel == "rbf":
        values = _negative_distances(inner(X, Y), gamma, x_norms, y_norms)
        return np.minimum(values, 0, out=values)
    if kernel == "linear":
        values = inner(X, Y)
    elif kernel == "chi2":
        values = additive_chi2_kernel(X, np.asarray(Y))
    elif kernel == "intersection":
        Y = np.asarray(Y)
        values = X.sum(axis=1, dtype=np.float64)[:, None] + Y.sum(axis=1, dtype=np.float64)
        values -= cdist(X, Y, "cityblock")
        values /= 2
    else:
        raise ValueError(
            f"kernel must be 'rbf', 'linear', 'chi2' or 'intersection'; got {kernel!r}."
        )
    values *= gamma
    return values


def _negative_distances(products, gamma, x_norms, y_norms):
    """Convert inner products in place to `-gamma` times squared distances."""
    products *= 2 * gamma
    products -= (gamma * x_norms).astype(products.dtype)[:, None]
    products -= (gamma * y_norms).astype(products.dtype)
    return products


def similarity_with_mirror(X, Y, even, odd, kernel, gamma, x_norms=None, y_norms=None):
    """Compute the `similarity` to samples and to their mirror images.

    Odd features change sign in the mirror image, so their product is added for the samples and
    subtracted for the mirror images: both take the time of one.

    Parameters
    ----------
    X, Y, kernel, gamma, x_norms, y_norms
        See `similarity`; for kernels other than rbf and linear, all features are even.
    even, odd : slice or ndarray of int
        Columns of the even and of the odd features.

    Returns
    -------
    ndarray of shape (2, n_samples_X, n_samples_Y)
    """
    if kernel not in ("rbf", "linear"):
        values = similarity(X, Y, kernel, gamma)
        return np.array([values, values])
    even_part, odd_part = _products_by_parity(X, Y, even, odd)
    if kernel == "rbf":
        even_part = _negative_distances(even_part, gamma, x_norms, y_norms)
        odd_part *= 2 * gamma
    else:
        even_part *= gamma
        odd_part *= gamma
    values = np.array([even_part + odd_part, even_part - odd_part])
    return np.minimum(values, 0, out=values) if kernel == "rbf" else values


def _products_by_parity(X, Y, even, odd):
    """Return the inner products of the even and of the odd features."""
    if (
        isinstance(even, slice)
        and isinstance(odd, slice)
        and (even.start, even.stop) == (0, odd.start)
    ):
        return inner_by_part(X, Y, (0, odd.start, Y.shape[1]))
    return [inner(X[:, columns], Y[:, columns]) for columns in (even, odd)]


def kernel_matrix(X, Y=None, kernel="rbf", *, gamma=1.0, degree=3, coef0=0.0, y_norms=None):
    r"""Compute the kernel between samples.

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
    X : ndarray of shape (n_samples_X, n_features), float32 or float64
        Samples; non-negative for chi2 and intersection.
    Y : ndarray of shape (n_samples_Y, n_features) or None, default=None
        Samples of the same dtype. None means `X`; only half of the values are then computed.
    kernel : {"linear", "rbf", "poly", "chi2", "intersection"}, default="rbf"
        Kernel function.
    gamma : float, default=1.0
        Coefficient of rbf, poly and chi2.
    degree : float, default=3
        Degree of poly.
    coef0 : float, default=0.0
        Constant term of poly.
    y_norms : ndarray of shape (n_samples_Y,) or None, default=None
        ``squared_norms(Y)`` if already computed; only used by rbf.

    Returns
    -------
    ndarray of shape (n_samples_X, n_samples_Y), dtype of `X`
        float32 samples give an accuracy of about 1e-6 of the scale of the kernel.

    References
    ----------
    .. [1] J. Zhang, M. Marszalek, S. Lazebnik, C. Schmid. Local features and kernels for
       classification of texture and object categories. IJCV 73, 213-238, 2007.
       :doi:`10.1007/s11263-006-9794-4`
    .. [2] M. Swain, D. Ballard. Color indexing. IJCV 7, 11-32, 1991. :doi:`10.1007/BF00130487`
    """
    x_norms = squared_norms(X) if kernel == "rbf" else None
    if kernel == "rbf" and y_norms is None:
        y_norms = x_norms if Y is None else squared_norms(Y)

    def block(rows, columns):
        # A copy: NumPy calls syrk for the product of an array and its own transpose.
        left, right = X[rows].copy(), (X if Y is None else Y)[columns]
        if kernel == "poly":
            return (gamma * inner(left, right) + coef0) ** degree
        factor = gamma if kernel in EXPONENTIAL else 1.0
        norms = (x_norms[rows], y_norms[columns]) if kernel == "rbf" else ()
        values = similarity(left, right, kernel, factor, *norms)
        return np.exp(values, out=values) if kernel in EXPONENTIAL else values

    return fill_matrix(block, X, Y)
