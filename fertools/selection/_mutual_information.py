"""Mutual information of discretized features."""

import numpy as np
from sklearn.utils import gen_batches

from .._utils.compilation import compiled

# Number of columns that are discretized at once.
_BLOCK = 256


def quantile_codes(X, n_bins):
    """Discretize each feature at its quantiles, into bins of about equal size.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    n_bins : int

    Returns
    -------
    ndarray of shape (n_samples, n_features), uint8
        Bin indices in 0..n_bins-1. The upper edge belongs to a bin, so equal values share a bin.
    """
    shares = np.arange(1, n_bins) / n_bins
    codes = np.zeros(X.shape, dtype=np.uint8)
    for columns in gen_batches(X.shape[1], _BLOCK):
        values = np.ascontiguousarray(X[:, columns].T)
        cuts = np.quantile(values, shares, axis=1, method="lower")
        codes[:, columns] = sum((values > cut[:, None]).astype(np.uint8) for cut in cuts).T
    return codes


# Constants of the population count of a word, which sums bits in pairs, fours, eights and all.
_PAIRS, _FOURS = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333)
_EIGHTS, _ONES = np.uint64(0x0F0F0F0F0F0F0F0F), np.uint64(0x0101010101010101)
_1, _2, _4, _56 = (np.uint64(shift) for shift in (1, 2, 4, 56))


@compiled
def _pair_sums(chosen, bits, starts, single, plogp, within, together):
    n_features, n_bits, _ = bits.shape
    n_bins, n_classes = n_bits + 1, len(starts) - 1
    counts = np.empty((n_bins, n_bins), dtype=np.int64)
    sums = np.empty((n_bins, n_bins), dtype=np.int64)
    for j in range(n_features):
        for i in range(len(chosen)):
            sums[:] = 0
            class_sum = 0.0
            for c in range(n_classes):
                first, last = starts[c], starts[c + 1]
                # Counts of the first bins follow from the margins.
                counts[0] = single[j, c]
                for p in range(n_bits):
                    left = bits[chosen[i], p, first:last]
                    rest = single[chosen[i], c, p + 1]
                    for q in range(n_bits):
                        right = bits[j, q, first:last]
                        total = np.uint64(0)
                        for w in range(len(right)):
                            word = left[w] & right[w]
                            word -= (word >> _1) & _PAIRS
                            word = (word & _FOURS) + ((word >> _2) & _FOURS)
                            word = (word + (word >> _4)) & _EIGHTS
                            total += (word * _ONES) >> _56
                        count = np.int64(total)
                        counts[p + 1, q + 1] = count
                        counts[0, q + 1] -= count
                        rest -= count
                    counts[p + 1, 0] = rest
                    counts[0, 0] -= rest
                for p in range(n_bins):
                    for q in range(n_bins):
                        class_sum += plogp[counts[p, q]]
                        sums[p, q] += counts[p, q]
            within[i, j] = class_sum
            total_sum = 0.0
            for p in range(n_bins):
                for q in range(n_bins):
                    total_sum += plogp[sums[p, q]]
            together[i, j] = total_sum


class Histograms:
    """Histograms of discretized features and classes, and their mutual information in nats.

    Each bin of a feature is stored as a bit vector over the samples, so that a joint count is the
    population count of the conjunction of two bit vectors.

    Parameters
    ----------
    codes : ndarray of shape (n_samples, n_features), uint8
        Bin indices, as returned by `quantile_codes`.
    n_bins : int
        Number of bins.
    classes : ndarray of shape (n_samples,), intp
        Class indices in 0..k-1.

    Attributes
    ----------
    single : ndarray of shape (n_features, n_classes, n_bins), int64
        Number of samples per feature, class and bin.
    bits : ndarray of shape (n_features, n_bins - 1, n_words), uint64
        Bit vectors of all bins but the first; samples are sorted by class, and each class starts
        with a new word.
    """

    def __init__(self, codes, n_bins, classes):
        self.n_samples, n_features = codes.shape
        members = [np.flatnonzero(classes == c) for c in range(classes.max() + 1)]
        self.class_sizes = np.array([len(rows) for rows in members])
        self.starts = np.concatenate([[0], np.cumsum(-(-self.class_sizes // 64))])
        self.single = np.empty((n_features, len(members), n_bins), dtype=np.int64)
        self.bits = np.zeros((n_features, n_bins - 1, self.starts[-1]), dtype=np.uint64)
        in_bytes = self.bits.view(np.uint8)
        for c, rows in enumerate(members):
            first, n_bytes = 8 * self.starts[c], -(-len(rows) // 8)
            class_codes = codes[rows]
            for b in range(n_bins):
                is_in = class_codes == b
                self.single[:, c, b] = is_in.sum(axis=0)
                if b:
                    packed = np.packbits(is_in, axis=0).T
                    in_bytes[:, b - 1, first : first + n_bytes] = packed
        counts = np.arange(self.n_samples + 1)
        self.plogp = counts * np.log(np.maximum(counts, 1))

    def relevance(self):
        """Compute I(x; y) for each feature."""
        joint = self.plogp[self.single].sum(axis=(1, 2))
        by_feature = self.plogp[self.single.sum(axis=1)].sum(axis=1)
        by_class = self.plogp[self.class_sizes].sum()
        return self._per_sample(joint - by_feature - by_class + self.plogp[-1])

    def entropies(self):
        """Compute H(x) for each feature."""
        by_feature = self.plogp[self.single.sum(axis=1)].sum(axis=1)
        return self._per_sample(self.plogp[-1] - by_feature)

    def information_between(self, chosen):
        """Compute I(x_j; x_k) for each chosen j and all k, of shape (n_chosen, n_features)."""
        alone = self.plogp[self.single.sum(axis=1)].sum(axis=1)
        joint = self._sums(chosen)[1]
        return self._per_sample(joint - alone[chosen, None] - alone + self.plogp[-1])

    def joint_information(self, chosen):
        """Compute I(x_j, x_k; y) for each chosen j and all k, of shape (n_chosen, n_features)."""
        within, joint = self._sums(chosen)
        by_class = self.plogp[self.class_sizes].sum()
        return self._per_sample(within - joint - by_class + self.plogp[-1])

    def _sums(self, chosen):
        """Sum n ln n over pairs of bins, with counts per class and counts of all samples."""
        within, together = np.empty((2, len(chosen), len(self.bits)))
        arrays = chosen, self.bits, self.starts, self.single, self.plogp
        _pair_sums(*arrays, within, together)
        return within, together

    def _per_sample(self, sums):
        return np.maximum(sums, 0) / self.n_samples
