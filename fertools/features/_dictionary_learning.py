"""Unsupervised learning of a dictionary of visual words from local descriptors."""

import warnings

import numpy as np
from scipy.sparse import csr_array
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state, gen_batches

from .._utils.mirror_symmetry import append_mirrored, mirrored

# Batch size that limits the memory of the products with the words.
_BLOCK = 2048


def whitening(X, regularization, n_dimensions=None):
    r"""Compute the ZCA or PCA whitening of data.

    .. math:: W = U (\Lambda + \epsilon \bar\lambda I)^{-1/2} U^T

    where :math:`U \Lambda U^T` is the covariance, :math:`\bar\lambda` its mean eigenvalue and
    :math:`\epsilon` the regularization. With `n_dimensions`, the last factor is omitted and U is
    truncated to its leading columns (PCA). Directions without variance are mapped to 0.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Data.
    regularization : float
        Regularization :math:`\epsilon`, at least 0.
    n_dimensions : int or None, default=None
        Number of dimensions of PCA whitening; None uses ZCA whitening.

    Returns
    -------
    mean : ndarray of shape (d,), float32
        Mean of the data.
    matrix : ndarray of shape (d, d) or (d, n_dimensions), float32
        Whitening matrix; ``(X - mean) @ matrix`` is whitened.

    References
    ----------
    A. J. Bell, T. J. Sejnowski (1997). The "independent components" of natural scenes are edge
    filters. Vision Research 37(23), 3327-3338. :doi:`10.1016/S0042-6989(97)00121-1`
    """
    mean = X.mean(axis=0, dtype=np.float64)
    centered = X - mean
    values, vectors = np.linalg.eigh(centered.T @ centered / len(X))
    values, vectors = values[::-1], vectors[:, ::-1]
    # Smaller eigenvalues of float32 data are rounding errors.
    real = values > 1e-6 * values[0]
    scales = np.zeros_like(values)
    scales[real] = 1 / np.sqrt(values[real] + regularization * values.mean())
    matrix = vectors * scales
    matrix = matrix @ vectors.T if n_dimensions is None else matrix[:, :n_dimensions]
    return mean.astype(np.float32), matrix.astype(np.float32)


def unit_rows(X):
    """Scale each row of `X` to unit norm; rows of zeros are unchanged."""
    lengths = np.sqrt(np.einsum("ij,ij->i", X, X))
    return X / np.where(lengths > 0, lengths, 1)[:, None]


def spherical_kmeans(X, n_words, *, max_iter=20, random_state=None, mirror=None):
    r"""Learn words by damped spherical k-means.

    .. math:: \max \sum_i \max_j d_j^T x_i \quad\text{subject to}\quad \|d_j\| = 1

    Each iteration assigns every sample to the word with the largest inner product and updates each
    word by the sum of its samples, :math:`d_j \leftarrow (d_j + \sum x_i) / \|\cdot\|`. The
    objective does not decrease. Words without samples are reinitialized with random samples.

    Parameters
    ----------
    X : ndarray of shape (n, d), float32
        Samples.
    n_words : int
        Number of words, or of pairs of words if `mirror` is given; at most n.
    max_iter : int, default=20
        Number of iterations.
    random_state : int, RandomState or None, default=None
        Random seed of the initial words.
    mirror : ndarray of shape (d,), int, callable or None, default=None
        Permutation of the values of a sample under mirroring, or an orthogonal function of samples
        that returns their mirror images. If given, the second half of the words are the mirror
        images of the first half.

    Returns
    -------
    ndarray of shape (n_words, d), or (2 * n_words, d) if `mirror` is given, float32
        Words of unit norm.

    References
    ----------
    A. Coates, A. Y. Ng (2012). Learning feature representations with k-means. Neural Networks:
    Tricks of the Trade, LNCS 7700, 561-580. :doi:`10.1007/978-3-642-35289-8_30`
    """
    random_state = check_random_state(random_state)
    words = unit_rows(X[random_state.choice(len(X), n_words, replace=False)])
    for _ in range(max_iter):
        sums, counts = word_sums(X, append_mirrored(words, mirror))
        if mirror is not None:
            sums = sums[:n_words] + mirrored(sums[n_words:], mirror)
            counts = counts[:n_words] + counts[n_words:]
        words = unit_rows(words + sums)
        empty = np.flatnonzero(counts == 0)
        words[empty] = unit_rows(X[random_state.choice(len(X), len(empty))])
    return append_mirrored(words, mirror)


def word_sums(X, words):
    """Assign samples to the words with the largest inner product.

    Returns
    -------
    sums : ndarray of shape (n_words, d), float32
        Sum of the samples of each word.
    counts : ndarray of shape (n_words,), int
        Number of samples of each word.
    """
    sums, counts = np.zeros_like(words), np.zeros(len(words), dtype=int)
    for block in gen_batches(len(X), _BLOCK):
        rows = X[block]
        nearest = (rows @ words.T).argmax(axis=1)
        ones, starts = np.ones(len(rows), dtype=rows.dtype), np.arange(len(rows) + 1)
        sums += csr_array((ones, nearest, starts), shape=(len(rows), len(words))).T @ rows
        counts += np.bincount(nearest, minlength=len(words))
    return sums, counts


def gaussian_mixture(X, n_words, *, max_iter=20, random_state=None, mirror=None):
    """Fit a Gaussian mixture with diagonal covariances.

    Parameters
    ----------
    X : ndarray of shape (n, d), float32
        Samples, whitened: variances of the Gaussians are regularized by 0.01.
    n_words : int
        Number of Gaussians, or of pairs of Gaussians if `mirror` is given; at most n.
    max_iter : int, default=20
        Maximum number of iterations.
    random_state : int, RandomState or None, default=None
        Random seed of the initialization.
    mirror : ndarray of shape (d,), int, or None, default=None
        Permutation of the values of a sample under mirroring. If given, the mirror images of the
        Gaussians are appended, and each pair shares the weight of the original.

    Returns
    -------
    means, variances : ndarray of shape (n_words, d) or (2 * n_words, d), float32
        Means and variances of the Gaussians.
    weights : ndarray of shape (n_words,) or (2 * n_words,), float32
        Weights of the Gaussians.
    """
    # Lazy import: sklearn.mixture takes as long to import as the rest of the package.
    from sklearn.mixture import GaussianMixture

    # Without regularization, a Gaussian of nearly constant windows amplifies rounding errors.
    mixture = GaussianMixture(
        n_words,
        covariance_type="diag",
        reg_covar=0.01,
        max_iter=max_iter,
        random_state=random_state,
    )
    with warnings.catch_warnings():
        # The encoding does not require a converged mixture.
        warnings.simplefilter("ignore", ConvergenceWarning)
        mixture.fit(X)
    means = append_mirrored(mixture.means_, mirror)
    variances = append_mirrored(mixture.covariances_, mirror)
    weights = np.resize(mixture.weights_, len(means))
    return means, variances, weights / weights.sum()
