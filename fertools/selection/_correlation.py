"""F statistics of features and correlations between them, computed in blocks."""

import numpy as np
from sklearn.utils import gen_batches

# Number of elements of X that are centered at once, in double precision: 128 MiB.
_BLOCK = 1 << 24
# Shape of the blocks of matrix products: 8 MiB of float32 fit in the cache.
_ROWS, _COLUMNS = 1024, 2048
# Smallest unexplained fraction of the variance that is not due to rounding.
_UNEXPLAINED = 1e-12


class Correlations:
    r"""Correlations of features with the classes and with each other.

    X is centered in blocks whenever it is read, which avoids a copy. Products are computed in the
    precision of X and summed in double precision: r of float32 features is accurate to about 1e-7.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features), float32 or float64
    classes : ndarray of shape (n_samples,), intp
        Class indices in 0..k-1.

    Attributes
    ----------
    varying : ndarray of shape (n_features,), bool
        Mask of the features that are not constant.
    eta_squared : ndarray of shape (n_features,), float64
        Squared correlation ratio of feature and class, :math:`SS_{between} / SS_{total}`; 0 for a
        constant feature.
    f : ndarray of shape (n_features,), float64
        Statistic of a one-way analysis of variance,
        :math:`\frac{SS_{between} / (k - 1)}{SS_{within} / (n - k)}`; 0 for a constant feature.
        :math:`SS_{within}` is at least 1e-12 of the total.
    """

    def __init__(self, X, classes):
        self.X = X
        self.varying = np.ptp(X, axis=0) > 0
        self.mean = X.mean(axis=0, dtype=np.float64)
        counts = np.bincount(classes)
        members = (classes == np.arange(len(counts))[:, None]).astype(np.float64)
        total, sums = 0, 0
        for rows, centered in self._centered():
            total = total + np.einsum("ij,ij->j", centered, centered)
            sums = sums + members[:, rows] @ centered
        between = (sums**2 / counts[:, None]).sum(axis=0)
        self.length = np.where(self.varying, np.sqrt(total), np.inf)
        self.eta_squared = np.minimum(between / self.length**2, 1)
        degrees = max(len(X) - len(counts), 1) / max(len(counts) - 1, 1)
        self.f = self.eta_squared / np.maximum(1 - self.eta_squared, _UNEXPLAINED) * degrees

    def _centered(self):
        """Yield slices of samples, and the centered values of these samples in float64."""
        n_samples, n_features = self.X.shape
        step = max(1, _BLOCK // n_features)
        for start in range(0, n_samples, step):
            rows = slice(start, start + step)
            yield rows, self.X[rows] - self.mean

    def absolute(self, chosen):
        """Compute the absolute Pearson correlations of the features `chosen` with all features.

        Parameters
        ----------
        chosen : ndarray of int
            Indices of features.

        Returns
        -------
        ndarray of shape (len(chosen), n_features), float64
            Absolute correlations; 0 for constant features.
        """
        X, mean = self.X, self.mean.astype(self.X.dtype)
        products = np.zeros((len(chosen), X.shape[1]))
        for rows in gen_batches(len(X), _ROWS):
            # Indexing makes a copy: with two distinct operands NumPy does not call syrk.
            left = (X[rows][:, chosen] - mean[chosen]).T
            for columns in gen_batches(X.shape[1], _COLUMNS):
                products[:, columns] += left @ (X[rows, columns] - mean[columns])
        return np.abs(products) / self.length[chosen, None] / self.length
