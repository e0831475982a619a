"""Principal axes of data that mirroring maps onto themselves."""

import numpy as np
from scipy.sparse import csc_array


def symmetric_basis(permutation, signs):
    r"""Return orthonormal bases of the vectors that mirroring preserves and negates.

    Mirroring maps a vector x to :math:`x'_i = s_i x_{p(i)}`, with :math:`p(p(i)) = i` and
    :math:`s_{p(i)} = s_i`.

    Parameters
    ----------
    permutation : ndarray of shape (d,), int
        Permutation p.
    signs : ndarray of shape (d,)
        Signs s, 1 or -1.

    Returns
    -------
    even, odd : csc_array of shape (d, n_even) and (d, n_odd), float32
        Basis vectors in columns; n_even + n_odd equals d.
    """
    index = np.arange(len(permutation))
    first, fixed = index[permutation > index], permutation == index
    root = np.full(len(first), np.sqrt(0.5))
    bases = []
    for side in (1, -1):
        alone = index[fixed & (signs == side)]
        pairs = np.arange(len(first))
        columns = np.concatenate([pairs, pairs, len(first) + np.arange(len(alone))])
        rows = np.concatenate([first, permutation[first], alone])
        values = np.concatenate([root, side * root * signs[first], np.ones(len(alone))])
        shape = (len(permutation), len(first) + len(alone))
        bases.append(csc_array((values.astype(np.float32), (rows, columns)), shape=shape))
    return bases


def symmetric_axes(X, permutation, signs, n_axes):
    """Compute principal axes of data together with their mirror images, each even or odd.

    Parameters
    ----------
    X : ndarray of shape (n, d), float32
        Data.
    permutation, signs : ndarray of shape (d,)
        Effect of mirroring, see `symmetric_basis`.
    n_axes : int
        Maximum number of axes; also limited by the rank of the data.

    Returns
    -------
    mean : ndarray of shape (d,), float32
        Mean of the data and their mirror images.
    axes : ndarray of shape (d, n_axes), float32
        Orthonormal axes in columns, even axes first, in descending order of variance.
    variances : ndarray of shape (n_axes,), float64
        Variance along each axis.
    odd : ndarray of shape (n_axes,), bool
        Mask of the axes on which mirroring changes the sign of a coordinate.
    """
    mean, parts = np.zeros(X.shape[1], dtype=np.float32), []
    for is_odd, basis in enumerate(symmetric_basis(permutation, signs)):
        rows = X @ basis
        if not is_odd:
            center = rows.mean(axis=0, dtype=np.float64).astype(np.float32)
            mean = basis @ center
            rows = rows - center
        values, vectors = np.linalg.eigh((rows.T.copy() @ rows).astype(np.float64) / len(X))
        parts.append((values[::-1], basis @ vectors[:, ::-1]))
    variances = np.concatenate([values for values, _ in parts])
    odd = np.arange(len(variances)) >= len(parts[0][0])
    axes = np.hstack([vectors for _, vectors in parts])
    # Smaller variances of float32 data are rounding errors.
    rank = max(1, int(np.sum(variances > 1e-6 * variances.max())))
    kept = np.sort(np.argsort(-variances, kind="stable")[: min(n_axes, rank)])
    return mean, axes[:, kept].astype(np.float32), variances[kept], odd[kept]
