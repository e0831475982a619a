"""Mirror symmetry: how features change when an image is mirrored left to right.

A transformer describes this change by one of two fitted attributes:

``mirror_``
    Permutation of the features, ``transform(X[:, :, ::-1]) == transform(X)[:, mirror_]``.
``odd_``
    Mask of the features that change their sign; the others stay the same,
    ``transform(X[:, :, ::-1]) == np.where(odd_, -transform(X), transform(X))``.

Mirroring twice restores the image, so every permutation here is its own inverse.
"""

import numpy as np


def reflect(X, odd):
    """Return the features of the mirror images of samples with even and odd features.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    odd : ndarray of shape (n_features,), bool
        Mask of the features that change sign.

    Returns
    -------
    ndarray of shape (n_samples, n_features)
    """
    return np.where(odd, -X, X)


def reflect_towards(X, target, odd):
    """Replace samples by their mirror images where those are closer to a target.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    target : ndarray of shape (n_features,)
    odd : ndarray of shape (n_features,), bool, or None
        Mask of the features that change sign; None leaves the samples unchanged.

    Returns
    -------
    ndarray of shape (n_samples, n_features)
    """
    if odd is None:
        return X
    is_closer = X[:, odd] @ target[odd] < 0
    return np.where(is_closer[:, None] & odd, -X, X)


def split_halves(X):
    """Return the features of images and those of their mirror images, which follow them."""
    return np.split(X, 2, axis=1)


def check_odd(name, odd, n_features):
    """Return a mask of odd features as an array.

    Raises
    ------
    ValueError
        If the mask is not boolean or does not have one element per feature.
    """
    odd = np.asarray(odd)
    if odd.shape != (n_features,) or odd.dtype != bool:
        raise ValueError(
            f"{name} must be None, 'halves' or a boolean mask of shape ({n_features},); got shape "
            f"{odd.shape} and dtype {odd.dtype}."
        )
    return odd


def even_and_odd(odd):
    """Return the columns of the even and of the odd features.

    Parameters
    ----------
    odd : ndarray of shape (n_features,), bool

    Returns
    -------
    even, odd : slice or ndarray of int
        A slice where the columns are contiguous, because it selects a view.
    """
    return contiguous(np.flatnonzero(~odd)), contiguous(np.flatnonzero(odd))


def contiguous(indices):
    """Return sorted indices as a slice if they are contiguous, otherwise unchanged."""
    if not len(indices):
        return slice(0)
    start, stop = int(indices[0]), int(indices[-1]) + 1
    return slice(start, stop) if len(indices) == stop - start else indices


def permute_axes(*permutations):
    """Return the permutation of a flattened array whose axes are permuted one by one.

    Parameters
    ----------
    *permutations : array-like of int
        Permutation of the indices along each axis.

    Returns
    -------
    ndarray of shape (n_features,), intp
        `n_features` is the product of the lengths of the axes, in C order.
    """
    index = np.arange(np.prod([len(axis) for axis in permutations]), dtype=np.intp)
    return index.reshape([len(axis) for axis in permutations])[np.ix_(*permutations)].ravel()


def mirror_grid(grid, cell):
    """Return the permutation of the features of a grid of cells.

    Parameters
    ----------
    grid : tuple of two int
        Number of rows and columns. The order of the columns is reversed.
    cell : array-like of int
        Permutation of the features within a cell.

    Returns
    -------
    ndarray of shape (rows * columns * len(cell),), intp
    """
    rows, columns = grid
    return permute_axes(np.arange(rows), np.arange(columns)[::-1], cell)


def swap_halves(n_features):
    """Return the permutation that exchanges the first and the second half of the features."""
    return np.roll(np.arange(n_features), n_features // 2)


def join_permutations(permutations):
    """Return the permutation of concatenated blocks, each permuted on its own.

    Parameters
    ----------
    permutations : list of ndarray of int
        Permutation of each block.

    Returns
    -------
    ndarray of shape (n_features,), intp
    """
    starts = np.cumsum([0] + [len(block) for block in permutations[:-1]])
    return np.concatenate(
        [start + block for start, block in zip(starts, permutations, strict=True)]
    )


def check_involution(permutation, n_features, name="mirror_"):
    """Raise ValueError if `permutation` is not its own inverse on `n_features` features."""
    features = np.arange(n_features)
    permutation = np.asarray(permutation)
    valid = permutation.shape == features.shape and np.isin(permutation, features).all()
    if not (valid and np.array_equal(permutation[permutation], features)):
        raise ValueError(
            f"{name} must be a permutation of {n_features} features that is its own inverse; got "
            f"{permutation!r}."
        )


def check_mirrored_grid(width, columns):
    """Raise AttributeError if mirroring an image does not map cells onto cells."""
    if width % columns:
        raise AttributeError(
            "mirror_ is only available if the number of columns of cells divides the width of the "
            f"images; got {columns} columns and {width} pixels."
        )


def mirrored(X, mirror):
    """Return the features of the mirror images by a permutation, or by a function of samples."""
    return mirror(X) if callable(mirror) else X[:, mirror]


def append_mirrored(X, mirror):
    """Append the features of the mirror images, see `mirrored`, unless `mirror` is None."""
    return X if mirror is None else np.vstack([X, mirrored(X, mirror)])


def split_even_odd(X, permutation):
    r"""Split features into a part that mirroring preserves and a part that it negates.

    A feature :math:`x_i` and its counterpart in the mirror image :math:`x_j` become
    :math:`(x_i + x_j) / \sqrt 2` and :math:`(x_i - x_j) / \sqrt 2`. The map is orthogonal and
    therefore preserves distances.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Features.
    permutation : ndarray of shape (n_features,)
        ``X[:, permutation]`` are the features of the mirror images.

    Returns
    -------
    even : ndarray of shape (n_samples, n_even)
        Sums, then the features that are their own counterpart.
    odd : ndarray of shape (n_samples, n_odd)
        Differences; ``n_even + n_odd`` equals `n_features`.
    """
    features = np.arange(len(permutation))
    first = np.flatnonzero(permutation > features)
    left, right = X[:, first], X[:, permutation[first]]
    root = np.float32(np.sqrt(0.5))
    fixed = X[:, permutation == features]
    return np.hstack([(left + right) * root, fixed]), (left - right) * root
