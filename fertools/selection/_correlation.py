"""Relevance by analysis of variance in double precision, redundancy by correlation."""

import numpy as np
from sklearn.utils import gen_batches

# Elements of X that are centered at once in double precision: 128 MiB.
_BLOCK = 1 << 24
# A block that is centered for a product: 8 MiB of float32 stay in the cache.
_ROWS, _COLUMNS = 1024, 2048
# An explained share this close to 1 differs from it by rounding only.
_UNEXPLAINED = 1e-12


class Correlations:
    r"""How features go with the classes and with each other.

    X is centered in blocks each time it is read, so that nothing of its size is kept. Products are
    taken in the precision of X and added up in double precision: r of float32 features is exact
    to about 1e-7.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features), float32 or float64
    classes : ndarray of shape (n_samples,), intp
        0..k-1.

    Attributes
    ----------
    varying : ndarray of shape (n_features,), bool
        False for a constant feature.
    eta_squared : ndarray of shape (n_features,), float64
        :math:`SS_{between} / SS_{total}`, the squared correlation ratio of feature and class; 0
        for a constant feature.
    f : ndarray of shape (n_features,), float64
        :math:`\frac{SS_{between} / (k - 1)}{SS_{within} / (n - k)}`, the statistic of a one-way
        analysis of variance; 0 for a constant feature. Where the classes explain everything,
        :math:`SS_{within}` counts as 1e-12 of the total.
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
        freedom = max(len(X) - len(counts), 1) / max(len(counts) - 1, 1)
        self.f = self.eta_squared / np.maximum(1 - self.eta_squared, _UNEXPLAINED) * freedom

    def _centered(self):
        """Yield slices of rows, and these rows of X less the mean of each feature, float64."""
        n_samples, n_features = self.X.shape
        step = max(1, _BLOCK // n_features)
        for start in range(0, n_samples, step):
            rows = slice(start, start + step)
            yield rows, self.X[rows] - self.mean

    def absolute(self, chosen):
        """Return |Pearson's r| of the features `chosen` with all features.

        Parameters
        ----------
        chosen : ndarray of int

        Returns
        -------
        ndarray of shape (len(chosen), n_features), float64
            0 for constants: they correlate with nothing.
        """
        X, kind = self.X, self.X.dtype
        mean = self.mean.astype(kind)
        products = np.zeros((len(chosen), X.shape[1]))
        for rows in gen_batches(len(X), _ROWS):
            # Indexing copies: two distinct operands keep NumPy from calling syrk.
            left = (X[rows][:, chosen] - mean[chosen]).T
            for columns in gen_batches(X.shape[1], _COLUMNS):
                products[:, columns] += left @ (X[rows, columns] - mean[columns])
        return np.abs(products) / self.length[chosen, None] / self.length
