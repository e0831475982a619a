"""Words for local descriptors, learned without labels."""

import warnings

import numpy as np
from scipy.sparse import csr_array
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state, gen_batches

# Rows at a time: their products with the words stay small.
_BLOCK = 2048


def whitening(X, regularization, n_dimensions=None):
    r"""Learn the linear map that makes the columns uncorrelated and of variance 1.

    .. math:: W = U (\Lambda + \epsilon \bar\lambda I)^{-1/2} U^T

    where :math:`U \Lambda U^T` is the covariance, :math:`\bar\lambda` its mean eigenvalue and
    :math:`\epsilon` the regularization: the map that changes the rows least (ZCA). With
    `n_dimensions`, the last factor is left out and U keeps its leading columns (PCA). Directions
    without variance go to 0.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    regularization : float
        At least 0.
    n_dimensions : int or None, default=None

    Returns
    -------
    mean : ndarray of shape (d,), float32
    matrix : ndarray of shape (d, d) or (d, n_dimensions), float32
        To be used as ``(X - mean) @ matrix``.

    References
    ----------
    A. J. Bell, T. J. Sejnowski (1997). The "independent components" of natural scenes are edge
    filters. Vision Research 37(23), 3327-3338. :doi:`10.1016/S0042-6989(97)00121-1`
    """
    mean = X.mean(axis=0, dtype=np.float64)
    centered = X - mean
    values, vectors = np.linalg.eigh(centered.T @ centered / len(X))
    values, vectors = values[::-1], vectors[:, ::-1]
    # Of float32 rows, what is below is rounding.
    real = values > 1e-6 * values[0]
    scales = np.zeros_like(values)
    scales[real] = 1 / np.sqrt(values[real] + regularization * values.mean())
    matrix = vectors * scales
    matrix = matrix @ vectors.T if n_dimensions is None else matrix[:, :n_dimensions]
    return mean.astype(np.float32), matrix.astype(np.float32)


def unit_rows(X):
    """Scale each row to length 1; a row of zeros stays."""
    lengths = np.sqrt(np.einsum("ij,ij->i", X, X))
    return X / np.where(lengths > 0, lengths, 1)[:, None]


def with_mirror_images(rows, mirror):
    """Append the mirror image of each row, whose values stand at the places `mirror`, if any."""
    return rows if mirror is None else np.vstack([rows, rows[:, mirror]])


def spherical_kmeans(X, n_words, *, max_iter=20, random_state=None, mirror=None):
    r"""Find directions, such that each row lies along one of them as well as can be.

    .. math:: \max \sum_i \max_j d_j^T x_i \quad\text{with}\quad \|d_j\| = 1

    Each round gives every row to the word of the largest inner product, and turns each word
    towards the sum of its rows, :math:`d_j \leftarrow (d_j + \sum x_i) / \|\cdot\|`. The sum does
    not decrease. A word without a row starts again from a row drawn at random.

    Parameters
    ----------
    X : ndarray of shape (n, d), float32
    n_words : int
        At most n; with `mirror`, the number of pairs.
    max_iter : int, default=20
    random_state : int, RandomState or None, default=None
    mirror : ndarray of shape (d,), int, or None, default=None
        Where the values of a mirrored row come from. Then the second half of the words are the
        mirror images of the first.

    Returns
    -------
    ndarray of shape (n_words, d) or, with `mirror`, (2 * n_words, d), float32

    References
    ----------
    A. Coates, A. Y. Ng (2012). Learning feature representations with k-means. Neural Networks:
    Tricks of the Trade, LNCS 7700, 561-580. :doi:`10.1007/978-3-642-35289-8_30`
    """
    random_state = check_random_state(random_state)
    words = unit_rows(X[random_state.choice(len(X), n_words, replace=False)])
    for _ in range(max_iter):
        sums, counts = word_sums(X, with_mirror_images(words, mirror))
        if mirror is not None:
            sums = sums[:n_words] + sums[n_words:, mirror]
            counts = counts[:n_words] + counts[n_words:]
        words = unit_rows(words + sums)
        empty = np.flatnonzero(counts == 0)
        words[empty] = unit_rows(X[random_state.choice(len(X), len(empty))])
    return with_mirror_images(words, mirror)


def word_sums(X, words):
    """Give each row to the word of the largest inner product; add up and count the rows of each.

    Returns
    -------
    sums : ndarray of shape (n_words, d), float32
    counts : ndarray of shape (n_words,), int
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
    """Fit a mixture of Gaussians of diagonal covariances.

    Parameters
    ----------
    X : ndarray of shape (n, d), float32
        Of variance 1, about; the variances of the Gaussians are at least 0.01.
    n_words : int
        At most n; with `mirror`, the number of pairs.
    max_iter : int, default=20
    random_state : int, RandomState or None, default=None
    mirror : ndarray of shape (d,), int, or None, default=None
        Where the values of a mirrored row come from. Then each Gaussian shares its weight with its
        mirror image, which stands in the second half.

    Returns
    -------
    means, variances : ndarray of shape (n_words, d) or, with `mirror`, (2 * n_words, d), float32
    weights : ndarray of shape (n_words,) or (2 * n_words,), float32
    """
    # Imported here, as it costs as much as the rest of the package.
    from sklearn.mixture import GaussianMixture

    # Without a floor, a Gaussian of windows that are nearly flat magnifies rounding.
    mixture = GaussianMixture(
        n_words,
        covariance_type="diag",
        reg_covar=0.01,
        max_iter=max_iter,
        random_state=random_state,
    )
    with warnings.catch_warnings():
        # What counts is that the Gaussians cover the rows, not the optimum.
        warnings.simplefilter("ignore", ConvergenceWarning)
        mixture.fit(X)
    means = with_mirror_images(mixture.means_, mirror)
    variances = with_mirror_images(mixture.covariances_, mirror)
    weights = np.resize(mixture.weights_, len(means))
    return means, variances, weights / weights.sum()
