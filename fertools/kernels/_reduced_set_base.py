"""What machines share that hold means of training rows in place of these rows."""

from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions

from .._utils.quantization import rounded
from ._cholesky import solve_definite
from ._gram_svc import GramSVC
from ._kernel_functions import BLOCK
from ._kernel_machine import KernelMachine
from ._multi_kernel import MultiKernel

# Added to the diagonal of the kernel matrix of the means, which makes it safe to solve in single
# precision.
_RIDGE = 0.02
# Rows looked at, as some may be copies.
_LOOKED = 10
# Rows are copies where their squared distance is less than this share of their squared length.
_COPY = 1e-4


def oriented(rows, towards, odd):
    """Return rows, or their mirror images where those are nearer to another row.

    Parameters
    ----------
    rows : ndarray of shape (n, n_features)
    towards : ndarray of shape (n_features,)
    odd : ndarray of bool, shape (n_features,), or None
        Which features change their sign in a mirror image; None where that is not known.

    Returns
    -------
    ndarray of shape (n, n_features)
    """
    if odd is None:
        return rows
    turned = rows[:, odd] @ towards[odd] < 0
    return np.where(turned[:, None] & odd, -rows, rows)


def blended(kernel, X, at, share):
    """Return means of rows and the row that is nearest to each, apart from copies.

    Parameters
    ----------
    kernel : RowKernel or MultiKernel
        Fitted. The nearest row is that of the largest kernel value.
    X : ndarray of shape (n, n_features)
        At least two rows.
    at : ndarray of shape (m,), int
        The rows that the means are made from.
    share : float
        The weight of these rows; the nearest ones have the rest.

    Returns
    -------
    nearest : ndarray of shape (m,), int
        The rows that were added.
    means : ndarray of shape (m, n_features)
        Each of the root mean squared length of `X`, as a mean is shorter than what it is made of.
    """
    odd = getattr(kernel, "_odd", None)
    n_looked = min(_LOOKED, len(X))
    norms = kernel.norms(X)
    nearest = np.empty(len(at), dtype=np.intp)
    means = np.empty((len(at), X.shape[1]), dtype=X.dtype)
    for start in range(0, len(at), BLOCK):
        values = kernel.matrix(X[at[start : start + BLOCK]], X, norms)
        looked = np.argpartition(-values, n_looked - 1, axis=1)[:, :n_looked]
        order = np.argsort(-np.take_along_axis(values, looked, axis=1), axis=1)
        for k, found in enumerate(np.take_along_axis(looked, order, axis=1), start):
            row = X[at[k]]
            near = oriented(X[found], row, odd)
            copies = ((near - row) ** 2).sum(axis=1) <= _COPY * (row**2).sum()
            # The first that is no copy, or else a copy.
            other = copies.argmin()
            nearest[k] = found[other]
            means[k] = share * row + (1 - share) * near[other]
    lengths = np.sqrt((means**2).sum(axis=1, keepdims=True))
    means *= np.sqrt((X**2).sum() / len(X)) / np.maximum(lengths, np.finfo(X.dtype).tiny)
    return nearest, means


class ReducedSetMachine(KernelMachine):
    """Replace the training rows in a sum of kernel values by means of two.

    A subclass has the parameters of `CONSTRAINTS`, fits a machine with them, and calls `_reduce`
    with what it found.
    """

    CONSTRAINTS = {
        "kernel": [StrOptions({"rbf"}), MultiKernel],
        "gamma": GramSVC._parameter_constraints["gamma"],
        "share": [Interval(Real, 0.5, 1, closed="left")],
        "rounding": [Interval(Real, 0, None, closed="neither"), None],
        "n_components": [Interval(Integral, 1, None, closed="left"), None],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
    }

    def _reduce(self, kernel, X, at, coef):
        """Keep the means, and the function of them that is nearest to one of training rows.

        Parameters
        ----------
        kernel : RowKernel or MultiKernel
            Fitted.
        X : ndarray of shape (n, n_features)
            Training rows, as the kernel wants them.
        at : ndarray of shape (m,), int
            The rows in the function.
        coef : ndarray of shape (m, n_outputs)
            Their coefficients.
        """
        kept = at
        if self.n_components is not None and self.n_components < len(at):
            random = check_random_state(self.random_state)
            kept = np.sort(random.choice(at, self.n_components, replace=False))
        nearest, means = blended(kernel, X, kept, self.share)
        self.members_ = np.column_stack([kept, nearest])
        self._keep(kernel, rounded(means, self.rounding))
        self.coef_ = self._project(X[at], coef.astype(X.dtype)).T

    def _project(self, rows, coef):
        """Return the coefficients of the means that come nearest to those of rows."""
        norms, kernel, means = self._norms, self.kernel_, self.components_
        wanted = np.zeros((len(means), coef.shape[1]), dtype=means.dtype)
        for start in range(0, len(coef), BLOCK):
            block = slice(start, start + BLOCK)
            wanted += kernel.matrix(rows[block], means, norms).T @ coef[block]
        gram = kernel.matrix(means)
        gram.flat[:: len(gram) + 1] += _RIDGE
        solve_definite(gram, wanted)
        return wanted
