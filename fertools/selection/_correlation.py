"""Relevance by analysis of variance, redundancy by correlation."""

import numpy as np

_BLOCK = 512


def column_blocks(n_features, block=_BLOCK):
    """Yield slices of at most `block` columns."""
    for start in range(0, n_features, block):
        yield slice(start, min(start + block, n_features))


def f_scores(X, codes):
    r"""Compute the F statistic of a one-way analysis of variance for each feature.

    .. math:: F = \frac{SS_{between} / (k - 1)}{SS_{within} / (n - k)}

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    codes : ndarray of shape (n_samples,), intp
        Classes 0..k-1.

    Returns
    -------
    f : ndarray of shape (n_features,), float64
        0 for a constant feature, infinite where the classes explain everything.
    eta_squared : ndarray of shape (n_features,), float64
        :math:`SS_{between} / SS_{total}`, the squared correlation ratio.
    """
    n_samples, n_features = X.shape
    counts = np.bincount(codes).astype(np.float64)
    members = (codes == np.arange(len(counts))[:, None]).astype(np.float64)
    between, total = np.empty(n_features), np.empty(n_features)
    for columns in column_blocks(n_features):
        values = X[:, columns].astype(np.float64)
        values -= values.mean(axis=0)
        total[columns] = np.einsum("ij,ij->j", values, values)
        between[columns] = ((members @ values) ** 2 / counts[:, None]).sum(axis=0)
    constant = np.ptp(X, axis=0) == 0
    between[constant] = total[constant] = 0
    within = np.maximum(total - between, 0)
    freedom = (n_samples - len(counts)) / max(len(counts) - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        f = np.where(between > 0, between / within * freedom, 0)
        eta_squared = np.where(total > 0, between / total, 0)
    return f, eta_squared


def standardized_columns(X):
    """Scale each column to mean 0 and length 1, so that products are Pearson correlations.

    Returns
    -------
    ndarray of shape (n_samples, n_features), float32
        A constant column becomes zeros: it correlates with nothing.
    """
    Z = np.empty(X.shape, dtype=np.float32)
    for columns in column_blocks(X.shape[1]):
        values = X[:, columns].astype(np.float64)
        constant = np.ptp(values, axis=0) == 0
        values -= values.mean(axis=0)
        length = np.sqrt(np.einsum("ij,ij->j", values, values))
        Z[:, columns] = values / np.where(constant, np.inf, length)
    return Z


def absolute_correlations(Z, chosen):
    """Return |Pearson| of the features `chosen` with all features.

    Parameters
    ----------
    Z : ndarray of shape (n_samples, n_features)
        From `standardized_columns`.
    chosen : ndarray of int

    Returns
    -------
    ndarray of shape (len(chosen), n_features), float32
    """
    # A copy of the chosen columns: two distinct operands keep NumPy from calling syrk.
    return np.abs(np.ascontiguousarray(Z[:, chosen].T) @ Z)
