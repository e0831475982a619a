"""Kernel matrices, built in blocks with matrix products."""

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.metrics.pairwise import additive_chi2_kernel

KERNELS = ("linear", "rbf", "poly", "chi2", "intersection")

# Rows of a block: few enough to keep temporaries small, enough to keep the product efficient.
# Blocks also keep clear of an OpenBLAS fault: single-precision A @ A.T of tens of thousands of
# rows has crashed in syrk.
BLOCK = 512
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
    if kernel in ("chi2", "intersection") and X.min() < 0:
        raise ValueError(
            f"X must hold no negative values where kernel={kernel!r}; got a minimum of {X.min():g}."
        )
    far = kernel == "rbf" and gamma * squared_norms(X).mean() > _MAX_FLOAT32_EXPONENT
    return X.astype(np.float64) if far else X


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
    >>> from fertools.svm import kernel_matrix
    >>> kernel_matrix(np.array([[0.0, 1.0]]), np.array([[0.0, 1.0], [1.0, 3.0]]), "intersection")
    array([[1., 1.]])
    """
    symmetric = Y is None
    Y = X if symmetric else Y
    x_norms = None
    if kernel == "rbf":
        x_norms = squared_norms(X)
        if y_norms is None:
            y_norms = x_norms if symmetric else squared_norms(Y)
    out = np.empty((len(X), len(Y)), dtype=X.dtype)
    for start in range(0, len(X), BLOCK):
        rows = slice(start, start + BLOCK)
        first = start if symmetric else 0
        # A copy, as NumPy would give a block times its own transpose to syrk.
        left, right = X[rows].copy(), Y[first:]
        if kernel == "rbf":
            block = _rbf(left, right, x_norms[rows], y_norms[first:], gamma)
        else:
            block = _block(left, right, kernel, gamma, degree, coef0)
        out[rows, first:] = block
        if symmetric:
            out[rows.stop :, rows] = out[rows, rows.stop :].T
    return out


def _rbf(X, Y, x_norms, y_norms, gamma):
    """Compute exp(2 gamma x.y - gamma |x|^2 - gamma |y|^2) in place on the product."""
    block = X @ Y.T
    block *= 2 * gamma
    block -= (gamma * x_norms).astype(block.dtype)[:, None]
    block -= (gamma * y_norms).astype(block.dtype)
    np.minimum(block, 0, out=block)
    return np.exp(block, out=block)


def _block(X, Y, kernel, gamma, degree, coef0):
    if kernel == "linear":
        return X @ Y.T
    if kernel == "poly":
        return (gamma * (X @ Y.T) + coef0) ** degree
    if kernel == "chi2":
        return np.exp(gamma * additive_chi2_kernel(X, Y))
    sums = X.sum(axis=1, dtype=np.float64)[:, None] + Y.sum(axis=1, dtype=np.float64)
    return (sums - cdist(X, Y, "cityblock")) / 2
