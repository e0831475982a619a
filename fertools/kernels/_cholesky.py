"""Blocked Cholesky factorization."""

import numpy as np
from scipy.linalg import cholesky, solve_triangular

# Side of the blocks. OpenBLAS has crashed in single-precision factorizations of matrices with tens
# of thousands of rows; blocks are as fast.
_SIDE = 2000


def _blocks(n):
    return [slice(start, min(start + _SIDE, n)) for start in range(0, n, _SIDE)]


def factorize(A):
    """Overwrite the lower triangle of a positive definite matrix with its Cholesky factor.

    Parameters
    ----------
    A : ndarray of shape (n, n)
        Overwritten by blocks; values above the blocks of the diagonal are unchanged.

    Raises
    ------
    scipy.linalg.LinAlgError
        If `A` is not positive definite in its precision.
    """
    blocks = _blocks(len(A))
    for k, at in enumerate(blocks):
        A[at, at] = cholesky(A[at, at], lower=True)
        for below in blocks[k + 1 :]:
            A[below, at] = solve_triangular(A[at, at], A[below, at].T, lower=True).T
        for right in blocks[k + 1 :]:
            # A copy: NumPy calls syrk for the product of an array and its own transpose.
            A[right.start :, right] -= A[right.start :, at] @ A[right, at].T.copy()


def solve_lower(L, B):
    """Overwrite `B` of shape (n, k) with the solution of L X = B, with `L` from `factorize`."""
    for at in _blocks(len(L)):
        B[at] -= L[at, : at.start] @ B[: at.start]
        B[at] = solve_triangular(L[at, at], B[at], lower=True)


def solve_upper(L, B):
    """Overwrite `B` of shape (n, k) with the solution of L.T X = B, with `L` from `factorize`."""
    for at in reversed(_blocks(len(L))):
        B[at] -= L[at.stop :, at].T @ B[at.stop :]
        B[at] = solve_triangular(L[at, at], B[at], lower=True, trans="T")


def solve_definite(A, B):
    """Overwrite `B` with the solution of A X = B, and `A` as `factorize` does."""
    factorize(A)
    solve_lower(A, B)
    solve_upper(A, B)


def inverse_diagonal(L):
    """Return the diagonal of the inverse of L L.T, with `L` from `factorize`."""
    diagonal = np.empty(len(L))
    for at in _blocks(len(L)):
        # Columns of the inverse of L, zero above this block.
        columns = np.eye(len(L) - at.start, at.stop - at.start, dtype=L.dtype)
        solve_lower(L[at.start :, at.start :], columns)
        diagonal[at] = np.einsum("ij,ij->j", columns, columns, dtype=np.float64)
    return diagonal
