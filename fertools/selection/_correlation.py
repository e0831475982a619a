"""F statistics of features and correlations between them, computed in blocks."""

import numpy as np
from sklearn.utils import gen_batches

# Number of elements of X that are centered at once, in double precision: 128 MiB.
_BLOCK = 1 << 24
# Shape of the blocks of matrix products: 8 MiB of float32 fit in the cache.
_ROWS, _COLUMNS = 1024, 2048
# Smallest unexplained fraction of the variance that is not due to rounding.
_UNEXPLAINED = 1e-12


def anova_f(eta_squared, n_samples, n_classes):
    """Return the statistic of a one-way analysis of variance from squared correlation ratios."""
    degrees = max(n_samples - n_classes, 1) / max(n_classes - 1, 1)
    return eta_squared / np.maximum(1 - eta_squared, _UNEXPLAINED) * degrees


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
        self.length = np.where(self.varying & (total > 0), np.sqrt(total), np.inf)
        self.eta_squared = np.minimum(between / self.length**2, 1)
        self.f = anova_f(self.eta_squared, len(X), len(counts))

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


class StreamedCorrelations:
    """The correlations of `Correlations`, from chunks of samples that are read once.

    The sums of products of all pairs of features are kept, in double precision.

    Parameters
    ----------
    n_features, n_classes : int

    Attributes
    ----------
    varying, eta_squared, f : ndarray of shape (n_features,)
        As in `Correlations`; available after `finish`.
    n_samples : int
        Number of samples.
    """

    def __init__(self, n_features, n_classes):
        self.n_samples = 0
        self._offset = None
        self._counts = np.zeros(n_classes)
        self._sums = np.zeros((n_classes, n_features))
        self._products = np.zeros((n_features, n_features))
        self._lowest = np.full(n_features, np.inf)
        self._highest = np.full(n_features, -np.inf)

    def add(self, X, classes):
        """Add samples of shape (n, n_features) with class indices of shape (n,)."""
        if not len(X):
            return
        X = np.asarray(X, dtype=np.float64)
        if self._offset is None:
            # Values near 0 preserve digits in the sums of products.
            self._offset = X.mean(axis=0)
        self._lowest = np.minimum(self._lowest, X.min(axis=0))
        self._highest = np.maximum(self._highest, X.max(axis=0))
        X = X - self._offset
        members = (classes == np.arange(len(self._counts))[:, None]).astype(np.float64)
        self._counts += members.sum(axis=1)
        self._sums += members @ X
        self._products += X.T @ X
        self.n_samples += len(X)

    def finish(self):
        """Compute the statistics from the sums, and return the object."""
        used = self._counts > 0
        counts, sums = self._counts[used], self._sums[used]
        mean = sums.sum(axis=0) / self.n_samples
        self.varying = self._highest > self._lowest
        self._covariance = self._products - self.n_samples * np.outer(mean, mean)
        total = np.diag(self._covariance).clip(min=0)
        between = (sums**2 / counts[:, None]).sum(axis=0) - self.n_samples * mean**2
        self._length = np.where(self.varying & (total > 0), np.sqrt(total), np.inf)
        self.eta_squared = np.clip(between / self._length**2, 0, 1)
        self.f = anova_f(self.eta_squared, self.n_samples, len(counts))
        return self

    def absolute(self, chosen):
        """Compute absolute correlations with the features `chosen`, as `Correlations` does."""
        return np.abs(self._covariance[chosen]) / self._length[chosen, None] / self._length
