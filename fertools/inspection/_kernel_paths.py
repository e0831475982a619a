"""Mean gradients of kernel expansions along straight paths."""

from typing import NamedTuple

import numpy as np

from .._utils.mirror_symmetry import reflect
from ..kernels._kernel_functions import EXPONENTIAL
from ..kernels._multi_kernel import _TERMS, MultiKernel

# Vectors per block: bounds the memory of their conversion to double precision.
_BLOCK = 4096
_FIRST_NODES, _MAX_NODES = 16, 2048
_TOLERANCE = 1e-9


class Part(NamedTuple):
    """Kernel on some of the features."""

    weight: float
    kind: str
    gamma: float
    columns: slice | np.ndarray


class Path:
    """Straight path between two points, with the nodes of a Gauss-Legendre quadrature.

    Parameters
    ----------
    start, stop : ndarray of shape (n_features,), float64
    n_nodes : int

    Attributes
    ----------
    points : ndarray of shape (n_nodes + 2, n_features)
        The two ends and the nodes.
    weights : ndarray of shape (n_nodes + 2,)
        Weights of the points in the mean over the path; 0 for the ends.
    """

    def __init__(self, start, stop, n_nodes):
        nodes, weights = np.polynomial.legendre.leggauss(n_nodes)
        shares = np.concatenate([[0, 1], (nodes + 1) / 2])
        self.points = start + shares[:, None] * (stop - start)
        self.weights = np.concatenate([[0, 0], weights / 2])


def squared_distances(X, Y):
    """Return the squared distances of samples in double precision."""
    squares = (X**2).sum(axis=1)[:, None] + (Y**2).sum(axis=1)
    return np.maximum(squares - 2 * (X @ Y.T), 0)


def _chi2(X, Y):
    """Return chi-squared distances, and the function that sums their weighted gradients."""
    distances, total = np.empty((len(X), len(Y))), X.shape[1]

    def ratio(x):
        sums = x + Y
        return np.divide(x - Y, sums, out=np.zeros_like(sums), where=sums > 0)

    for row, x in zip(distances, X, strict=True):
        row[:] = ((x - Y) * ratio(x)).sum(axis=1)

    def gradient(factors):
        result = np.zeros(total)
        for factor, x in zip(factors, X, strict=True):
            r = ratio(x)
            # The derivative of (x - y)^2 / (x + y) is r (2 - r), with r = (x - y) / (x + y).
            result += factor @ (r * (2 - r))
        return result

    return distances, gradient


def _rbf(X, Y):
    """Return squared distances, and the function that sums their weighted gradients."""

    def gradient(factors):
        return 2 * (factors.sum(axis=1) @ X - factors.sum(axis=0) @ Y)

    return squared_distances(X, Y), gradient


_DISTANCES = {"rbf": _rbf, "chi2": _chi2}


def _exponential(parts, path, Y, coef):
    """Return values and mean gradient of the exponential of a weighted sum of distances."""
    total, gradients = 0, []
    for weight, kind, gamma, columns in parts:
        distances, gradient = _DISTANCES[kind](path.points[:, columns], Y[:, columns])
        total = total - weight * gamma * distances
        gradients.append((weight * gamma, columns, gradient))
    terms = np.exp(total) * coef
    mean = np.zeros(Y.shape[1])
    for factor, columns, gradient in gradients:
        mean[columns] -= factor * gradient(path.weights[:, None] * terms)
    return terms.sum(axis=1), mean


def _linear(X, Y, coef):
    direction = coef @ Y
    return X @ direction, direction


def _poly(path, Y, coef, gamma, degree, coef0):
    inner = gamma * (path.points @ Y.T) + coef0
    slopes = degree * gamma * inner ** (degree - 1) * coef
    return inner**degree @ coef, (path.weights @ slopes) @ Y


def _intersection(X, Y, coef):
    """Return values and mean gradient of a sum over features, which needs no quadrature."""
    sums = np.stack([coef @ np.minimum(x, Y) for x in X])
    change = sums[1] - sums[0]
    step = X[1] - X[0]
    return sums.sum(axis=1), np.divide(change, step, out=np.zeros_like(step), where=step != 0)


def _expansion(kernel, path, Y, coef):
    """Return values along a path and the mean gradient of the expansion by a kernel."""
    if not isinstance(kernel, MultiKernel):
        kind, gamma = kernel.kernel, kernel.gamma_
        if kind == "poly":
            return _poly(path, Y, coef, gamma, kernel.degree, kernel.coef0)
        factor = gamma if kind in EXPONENTIAL else 1.0
        parts, combine = [Part(1.0, kind, factor, slice(None))], "sum"
    else:
        parts, combine = [Part(*part[:4]) for part in kernel._parts], kernel.combine
    if combine == "product":
        return _exponential(parts, path, Y, coef)
    values, mean = np.zeros(len(path.points)), np.zeros(Y.shape[1])
    for weight, kind, gamma, columns in parts:
        X, Y_part = path.points[:, columns], Y[:, columns]
        if kind in _DISTANCES:
            own, gradient = _exponential([Part(1.0, kind, gamma, columns)], path, Y, weight * coef)
            mean += gradient
        else:
            summed = _linear if kind == "linear" else _intersection
            own, gradient = summed(X, Y_part, weight * gamma * coef)
            mean[columns] += gradient
        values += own
    return values, mean


def _views(kernel, n_features):
    """Return the terms that a kernel with mirror symmetry averages.

    Returns
    -------
    list of (slice, callable)
        Columns of the sample, and function that returns the vectors to compare them with.
    """
    everything = slice(None)
    if not isinstance(kernel, MultiKernel):
        return [(everything, lambda Y: Y)]
    if kernel._halved:
        halves = slice(0, n_features // 2), slice(n_features // 2, None)
        return [
            (halves[i], lambda Y, columns=halves[j]: Y[:, columns])
            for i, j in _TERMS[: kernel.n_terms_]
        ]
    if kernel._odd is None:
        return [(everything, lambda Y: Y)]
    return [(everything, lambda Y: Y), (everything, lambda Y: reflect(Y, kernel._odd))]


def _mean_gradient(kernel, vectors, coef, start, stop, n_nodes):
    views = _views(kernel, len(start))
    paths = [Path(start[columns], stop[columns], n_nodes) for columns, _ in views]
    values, mean = 0, np.zeros(len(start))
    for first in range(0, len(vectors), _BLOCK):
        block = slice(first, first + _BLOCK)
        Y = np.asarray(vectors[block], dtype=np.float64)
        for (columns, view), path in zip(views, paths, strict=True):
            own, gradient = _expansion(kernel, path, view(Y), coef[block] / len(views))
            values = values + own
            mean[columns] += gradient
    return values[0], values[1], mean


def mean_gradient(kernel, vectors, coef, start, stop):
    r"""Return the mean gradient of a kernel expansion along a straight path.

    .. math:: \bar g = \int_0^1 \nabla f(u + t (v - u)) \, dt, \qquad
        f(v) - f(u) = \bar g \cdot (v - u)

    with :math:`f(x) = \sum_i a_i K(x, x_i)`. The number of nodes of the quadrature is doubled until
    the equation on the right holds to nine digits.

    Parameters
    ----------
    kernel : SingleKernel or MultiKernel
        Fitted kernel.
    vectors : array-like of shape (n_vectors, n_features)
        Vectors :math:`x_i`.
    coef : ndarray of shape (n_vectors,), float64
        Coefficients :math:`a_i`.
    start, stop : ndarray of shape (n_features,), float64
        Ends u and v of the path.

    Returns
    -------
    at_start, at_stop : float
        Values of f.
    gradient : ndarray of shape (n_features,), float64

    Raises
    ------
    RuntimeError
        If the integral does not converge with 2,048 nodes.
    """
    n_nodes = _FIRST_NODES
    while n_nodes <= _MAX_NODES:
        low, high, gradient = _mean_gradient(kernel, vectors, coef, start, stop, n_nodes)
        error = abs(gradient @ (stop - start) - (high - low))
        if error <= _TOLERANCE * max(1.0, abs(high), abs(low)):
            return float(low), float(high), gradient
        n_nodes *= 2
    raise RuntimeError(
        f"The path integral did not converge with {_MAX_NODES} nodes (error {error:.1e}): the "
        "kernel is too narrow for the distance from the baseline."
    )
