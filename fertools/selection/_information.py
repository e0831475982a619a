"""Mutual information from integer histograms."""

import numpy as np

from ._correlation import column_blocks

_BLOCK = 256


def quantile_codes(X, n_bins):
    """Cut each feature at its quantiles into bins of about equal numbers.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    n_bins : int

    Returns
    -------
    ndarray of shape (n_samples, n_features), uint8, in Fortran order
        Bin 0..n_bins-1. A value equal to a cut lies below it, so equal values share a bin.
    """
    shares = np.arange(1, n_bins) / n_bins
    codes = np.zeros(X.shape, dtype=np.uint8, order="F")
    for columns in column_blocks(X.shape[1]):
        values = np.ascontiguousarray(X[:, columns].T)
        cuts = np.quantile(values, shares, axis=1, method="lower")
        for cut in cuts:
            codes[:, columns] += (values > cut[:, None]).T
    return codes


def _plogp(counts):
    """Return n ln n, 0 at n = 0."""
    return counts * np.log(np.maximum(counts, 1))


class Histograms:
    """Joint counts of binned features and classes, and the information they hold.

    Parameters
    ----------
    codes : ndarray of shape (n_samples, n_features), uint8
        From `quantile_codes`.
    n_bins : int
    classes : ndarray of shape (n_samples,), intp
        0..k-1.

    Attributes
    ----------
    single : ndarray of shape (n_classes, n_features, n_bins), float64
        How many samples of each class lie in each bin of each feature.
    """

    def __init__(self, codes, n_bins, classes):
        self.n_samples, self.n_features = codes.shape
        self.n_bins = n_bins
        order = np.argsort(classes, kind="stable")
        self.codes = codes[order]
        ends = np.cumsum(np.bincount(classes))
        self.classes = [slice(a, b) for a, b in zip([0, *ends[:-1]], ends, strict=True)]
        self.single = np.stack(
            [
                np.stack([(self.codes[rows] == b).sum(axis=0) for b in range(n_bins)], axis=-1)
                for rows in self.classes
            ]
        ).astype(np.float64)

    def relevance(self):
        """Return I(x; y) of each feature, in nats."""
        n = self.n_samples
        joint = _plogp(self.single).sum(axis=(0, 2))
        by_feature = _plogp(self.single.sum(axis=0)).sum(axis=1)
        by_class = _plogp(np.array([rows.stop - rows.start for rows in self.classes])).sum()
        return np.maximum(joint - by_feature - by_class + _plogp(n), 0) / n

    def entropies(self):
        """Return H(x) of each feature, in nats."""
        n = self.n_samples
        return (_plogp(n) - _plogp(self.single.sum(axis=0)).sum(axis=1)) / n

    def _indicators(self, rows, columns):
        """Return 0/1 indicators of the bins but the first, bin by bin: (n_rows, bins * columns)."""
        codes = self.codes[rows, columns]
        return np.hstack([(codes == b).astype(np.float32) for b in range(1, self.n_bins)])

    def pair_counts(self, rows, single, chosen, columns):
        """Count pairs of bins by one product of 0/1 matrices; margins give the first bins.

        Parameters
        ----------
        rows : slice
            The samples to count.
        single : ndarray of shape (n_features, n_bins)
            Counts of these samples for each feature alone.
        chosen : ndarray of int
        columns : slice

        Returns
        -------
        ndarray of shape (n_bins, n_chosen, n_bins, n_columns), float64
            Float32 sums of ones are exact below 2 ** 24 samples.
        """
        bins, n_columns = self.n_bins, columns.stop - columns.start
        counts = np.empty((bins, len(chosen), bins, n_columns))
        inner = self._indicators(rows, chosen).T @ self._indicators(rows, columns)
        counts[1:, :, 1:] = inner.reshape(bins - 1, len(chosen), bins - 1, n_columns)
        counts[1:, :, 0] = single[chosen].T[1:, :, None] - counts[1:, :, 1:].sum(axis=2)
        counts[0] = single[columns].T[None] - counts[1:].sum(axis=0)
        return counts

    def information_between(self, chosen):
        """Return I(x_j; x_k) for each chosen j and every k: shape (n_chosen, n_features)."""
        n, everything = self.n_samples, slice(0, self.n_samples)
        single = self.single.sum(axis=0)
        alone = _plogp(single).sum(axis=1)
        information = np.empty((len(chosen), self.n_features))
        for columns in column_blocks(self.n_features, _BLOCK):
            counts = self.pair_counts(everything, single, chosen, columns)
            joint = _plogp(counts).sum(axis=(0, 2))
            information[:, columns] = joint - alone[chosen, None] - alone[columns] + _plogp(n)
        return np.maximum(information, 0) / n

    def joint_information(self, chosen):
        """Return I(x_j, x_k; y) for each chosen j and every k: shape (n_chosen, n_features)."""
        n = self.n_samples
        by_class = sum(_plogp(rows.stop - rows.start) for rows in self.classes)
        information = np.empty((len(chosen), self.n_features))
        for columns in column_blocks(self.n_features, _BLOCK):
            total, within = 0, 0
            for rows, single in zip(self.classes, self.single, strict=True):
                counts = self.pair_counts(rows, single, chosen, columns)
                total = total + counts
                within = within + _plogp(counts).sum(axis=(0, 2))
            information[:, columns] = within - _plogp(total).sum(axis=(0, 2)) - by_class
        return np.maximum(information + _plogp(n), 0) / n
