"""Matrices of small integers, which take a quarter of the memory of single precision."""

from itertools import pairwise

import numpy as np

from .compilation import compiled

# Up to this number of rows, a product reads the integers instead of converting them.
_FEW = 3
# Number of rows converted at once: their floats stay in the cache.
_ROWS = 1024


class QuantizedMatrix:
    """Matrix of integers times a step per matrix or row.

    It supports slices, `numpy.asarray`, and products by `inner`.

    Parameters
    ----------
    codes : ndarray of shape (n_rows, n_columns), integers, C order
    steps : ndarray of shape (1, 1) or (n_rows, 1), float32 or float64
        Values are ``codes * steps``. The dtype is that of the values.
    columns : tuple of two int or None, default=None
        First column and the one after the last; None means all. Compiled code is faster on a range
        of columns of contiguous rows than on a slice.
    """

    ndim = 2

    def __init__(self, codes, steps, columns=None):
        self.codes, self.steps = codes, steps
        self.columns = (0, codes.shape[1]) if columns is None else columns

    @property
    def shape(self):
        """Number of rows and columns."""
        return len(self.codes), self.columns[1] - self.columns[0]

    @property
    def dtype(self):
        """Data type of the values."""
        return self.steps.dtype

    def __len__(self):
        return len(self.codes)

    def __getitem__(self, key):
        rows, columns = key if isinstance(key, tuple) else (key, slice(None))
        steps = self.steps if len(self.steps) == 1 else self.steps[rows]
        if isinstance(columns, slice) and columns.step is None:
            first, stop, _ = columns.indices(self.shape[1])
            kept = self.columns[0] + first, self.columns[0] + max(first, stop)
            return QuantizedMatrix(self.codes[rows], steps, kept)
        return QuantizedMatrix(np.ascontiguousarray(self._kept()[rows][:, columns]), steps)

    def _kept(self):
        return self.codes[:, slice(*self.columns)]

    def __array__(self, dtype=None, copy=None):
        values = self._kept() * self.steps
        return values if dtype is None else values.astype(dtype, copy=False)


def quantize(array, share, axis=None):
    """Round an array to multiples of a fraction of its root mean square.

    With a fraction of 0.5, normally distributed values compress to about 0.4 bytes each by Huffman
    coding.

    Parameters
    ----------
    array : ndarray of shape (n_rows, n_columns)
        Values.
    share : float or None
        Step as a fraction of the root mean square; None returns `array` unchanged.
    axis : 1 or None, default=None
        1 gives each row its own step; None means one step for all values.

    Returns
    -------
    QuantizedMatrix or ndarray
        Rounded values, of the shape and dtype of `array`.
    """
    if share is None:
        return array
    squares = np.square(array, dtype=np.float64)
    deviation = np.sqrt(squares.mean(axis=axis, keepdims=True))
    # Zeros are unchanged by any step.
    steps = share * np.where(deviation > 0, deviation, 1)
    largest = np.iinfo(np.int32).max
    steps = np.minimum(steps, np.finfo(array.dtype).max / largest)
    if not (np.abs(array) / largest <= steps).all():
        # Such small steps are below the precision of the values.
        return array
    codes = np.round(array / steps)
    kind = np.min_scalar_type(-int(np.abs(codes).max(initial=1)))
    return QuantizedMatrix(
        np.ascontiguousarray(codes, dtype=kind), steps.astype(array.dtype, copy=False)
    )


def inner(X, Y):
    """Return ``X @ Y.T``.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), float32 or float64
    Y : ndarray or QuantizedMatrix of shape (m, n_features)

    Returns
    -------
    ndarray of shape (n, m), dtype of `X`

    Raises
    ------
    ValueError
        If the numbers of features differ.
    """
    return inner_by_part(X, Y, (0, Y.shape[1]))[0]


def inner_by_part(X, Y, bounds):
    """Return ``X[:, part] @ Y[:, part].T`` for adjacent parts of the columns.

    For few rows of `X`, the time is that of reading a `QuantizedMatrix`, which is read once.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), float32 or float64
    Y : ndarray or QuantizedMatrix of shape (m, n_features)
    bounds : tuple of int
        First column of each part, and `n_features`.

    Returns
    -------
    ndarray of shape (n_parts, n, m), dtype of `X`

    Raises
    ------
    ValueError
        If the numbers of features differ.
    """
    if X.shape[1] != Y.shape[1]:
        raise ValueError(f"X must have {Y.shape[1]} features; got {X.shape[1]}.")
    parts = [slice(*pair) for pair in pairwise(bounds)]
    if not isinstance(Y, QuantizedMatrix):
        return np.stack([X[:, part] @ Y[:, part].T for part in parts])
    out = np.zeros((len(parts), len(X), len(Y)), dtype=X.dtype)
    if len(X) <= _FEW:
        _multiply(np.ascontiguousarray(X), Y.codes, Y.columns[0], np.array(bounds), out)
    else:
        for start in range(0, len(Y), _ROWS):
            rows = slice(start, start + _ROWS)
            values = Y[rows]._kept().astype(X.dtype)
            for part, products in zip(parts, out, strict=True):
                products[:, rows] = X[:, part] @ values[:, part].T
    out *= Y.steps.T.astype(X.dtype, copy=False)
    return out


@compiled
def _multiply(X, codes, first, bounds, out):
    for j in range(len(codes)):
        for part in range(len(bounds) - 1):
            start, stop = bounds[part], bounds[part + 1]
            # Slices of one row are contiguous; the index `first + k` would not be vectorized.
            row = codes[j][first + start : first + stop]
            for i in range(len(X)):
                values, total = X[i][start:stop], out[part, i, j]
                for k in range(len(values)):
                    total += values[k] * row[k]
                out[part, i, j] = total
