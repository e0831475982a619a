"""Mutual information from integer histograms."""

import numpy as np

# Columns that are worked on at once: their 0/1 indicators are about 100 MB for FER-2013.
_BLOCK = 256


def _column_blocks(n_features):
    for start in range(0, n_features, _BLOCK):
        yield slice(start, min(start + _BLOCK, n_features))


def quantile_codes(X, n_bins):
    """Cut each feature at its quantiles into bins of about equal numbers.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    n_bins : int

    Returns
    -------
    ndarray of shape (n_samples, n_features), uint8
        Bin 0..n_bins-1. A value equal to a cut lies below it, so equal values share a bin.
    """
    shares = np.arange(1, n_bins) / n_bins
    codes = np.zeros(X.shape, dtype=np.uint8)
    for columns in _column_blocks(X.shape[1]):
        values = np.ascontiguousarray(X[:, columns].T)
        cuts = np.quantile(values, shares, axis=1, method="lower")
        codes[:, columns] = sum((values > cut[:, None]).astype(np.uint8) for cut in cuts).T
    return codes


def _plogp(counts):
    """Return n ln n, 0 at n = 0."""
    return counts * np.log(np.maximum(counts, 1))


class Histograms:
    """Joint counts of binned features and classes, and the information they hold, in nats.

    Parameters
    ----------
    codes : ndarray of shape (n_samples, n_features), uint8
        From `quantile_codes`.
    n_bins : int
    classes : ndarray of shape (n_samples,), intp
        0..k-1.

    Attributes
    ----------
    single : ndarray of shape (n_classes, n_bins, n_features), float64
        How many samples of each class lie in each bin of each feature.
    """

    def __init__(self, codes, n_bins, classes):
        self.n_samples, self.n_features = codes.shape
        self.n_bins = n_bins
        self.codes = codes[np.argsort(classes, kind="stable")]
        ends = np.cumsum(np.bincount(classes)).tolist()
        self.classes = [slice(a, b) for a, b in zip([0, *ends[:-1]], ends, strict=True)]
        self.single = np.array(
            [
                [np.count_nonzero(self.codes[rows] == b, axis=0) for b in range(n_bins)]
                for rows in self.classes
            ],
            dtype=np.float64,
        )
        self.class_sizes = self.single[:, :, 0].sum(axis=1)

    def relevance(self):
        """Return I(x; y) of each feature."""
        n = self.n_samples
        joint = _plogp(self.single).sum(axis=(0, 1))
        by_feature = _plogp(self.single.sum(axis=0)).sum(axis=0)
        by_class = _plogp(self.class_sizes).sum()
        return np.maximum(joint - by_feature - by_class + _plogp(n), 0) / n

    def entropies(self):
        """Return H(x) of each feature."""
        n = self.n_samples
        return (_plogp(n) - _plogp(self.single.sum(axis=0)).sum(axis=0)) / n

    def _indicators(self, rows, columns):
        """Return 0/1 indicators of the bins but the first, bin by bin: (n_rows, bins * columns)."""
        codes = self.codes[rows, columns]
        return np.hstack([codes == b for b in range(1, self.n_bins)], dtype=np.float32)

    def _pair_counts(self, chosen, groups):
        """Count the samples in each pair of bins, by products of 0/1 matrices.

        Parameters
        ----------
        chosen : ndarray of int
            Features.
        groups : list of (slice, ndarray of shape (n_bins, n_features))
            Samples to count together, and their counts for each feature alone; these margins
            give the first bin of each feature, which the product leaves out.

        Yields
        ------
        columns : slice
            A block of all features.
        counts : list of ndarray of shape (n_bins, n_chosen, n_bins, n_columns), float64
            For each group. Float32 sums of ones are exact below 2 ** 24 samples.
        """
        bins, n_chosen = self.n_bins, len(chosen)
        left = [self._indicators(rows, chosen).T for rows, _ in groups]
        for columns in _column_blocks(self.n_features):
            n_columns = columns.stop - columns.start
            every = []
            for ones, (rows, single) in zip(left, groups, strict=True):
                counts = np.empty((bins, n_chosen, bins, n_columns))
                inner = ones @ self._indicators(rows, columns)
                counts[1:, :, 1:] = inner.reshape(bins - 1, n_chosen, bins - 1, n_columns)
                counts[1:, :, 0] = single[1:, chosen, None] - counts[1:, :, 1:].sum(axis=2)
                counts[0] = single[:, columns] - counts[1:].sum(axis=0)
                every.append(counts)
            yield columns, every

    def information_between(self, chosen):
        """Return I(x_j; x_k) for each chosen j and every k: shape (n_chosen, n_features)."""
        n, single = self.n_samples, self.single.sum(axis=0)
        alone = _plogp(single).sum(axis=0)
        information = np.empty((len(chosen), self.n_features))
        for columns, (counts,) in self._pair_counts(chosen, [(slice(0, n), single)]):
            joint = _plogp(counts).sum(axis=(0, 2))
            information[:, columns] = joint - alone[chosen, None] - alone[columns] + _plogp(n)
        return np.maximum(information, 0) / n

    def joint_information(self, chosen):
        """Return I(x_j, x_k; y) for each chosen j and every k: shape (n_chosen, n_features)."""
        n, by_class = self.n_samples, _plogp(self.class_sizes).sum()
        groups = list(zip(self.classes, self.single, strict=True))
        information = np.empty((len(chosen), self.n_features))
        for columns, counts in self._pair_counts(chosen, groups):
            within = sum(_plogp(part).sum(axis=(0, 2)) for part in counts)
            total = _plogp(sum(counts)).sum(axis=(0, 2))
            information[:, columns] = within - total - by_class + _plogp(n)
        return np.maximum(information, 0) / n
