"""Affine maps of features, with their transposes and least-norm inverses."""

import numpy as np
import pandas as pd
from scipy.linalg import lstsq
from scipy.sparse import diags_array
from scipy.sparse.linalg import LinearOperator, cg
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

from .._utils.mirror_symmetry import split_even_odd
from ..features import FeatureFusion, PrincipalFeatures, VisualWords
from ..features._local_descriptors import window_starts

_SCALERS = (StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler)
# Relative residual of the least-norm inverse of a matrix.
_ACCURACY = 1e-12


class Identity:
    """Features that are used as they are."""

    def forward(self, v):
        """Return the output for a vector."""
        return v

    def backward(self, gradient):
        """Return the gradient with respect to the input."""
        return gradient

    def lift(self, change):
        """Return the smallest change of the input that gives a change of the output."""
        return change


class Scale(Identity):
    """Elementwise product and sum."""

    def __init__(self, factor, offset=0.0):
        self.factor, self.offset = factor, offset

    def forward(self, v):
        return v * self.factor + self.offset

    def backward(self, gradient):
        return gradient * self.factor


class Take(Identity):
    """Selection or permutation of features."""

    def __init__(self, indices, n_features):
        self.indices, self.n_features = indices, n_features

    def forward(self, v):
        return v[self.indices]

    def backward(self, gradient):
        full = np.zeros(self.n_features)
        full[self.indices] = gradient
        return full


class Matrix(Identity):
    """Product with a matrix of shape (n_inputs, n_outputs) and a sum."""

    def __init__(self, matrix, offset=0.0):
        self.matrix, self.offset = np.asarray(matrix, dtype=np.float64), offset

    def forward(self, v):
        return v @ self.matrix + self.offset

    def backward(self, gradient):
        return self.matrix @ gradient

    def lift(self, change):
        # The columns of principal axes are nearly orthogonal: a few products instead of a
        # factorization.
        squares = (self.matrix**2).sum(axis=0)
        normal = LinearOperator(
            (len(squares), len(squares)), lambda x: self.matrix.T @ (self.matrix @ x), dtype=float
        )
        preconditioner = diags_array(1 / np.where(squares > 0, squares, 1))
        solution, status = cg(normal, change, rtol=_ACCURACY, maxiter=100, M=preconditioner)
        if status:
            solution = lstsq(self.matrix, lstsq(self.matrix.T, change)[0])[0]
        return self.matrix @ solution


class EvenOdd(Identity):
    """Components of a `PrincipalFeatures`: matrices on the even and the odd part of features."""

    def __init__(self, features):
        mirror = features._mirror
        order = np.arange(len(mirror))
        self.first = np.flatnonzero(mirror > order)
        self.second, self.fixed = mirror[self.first], np.flatnonzero(mirror == order)
        self.mirror = mirror
        offsets = -np.asarray(features.mean_, dtype=np.float64), 0.0
        parts = zip(features.components_, offsets, strict=True)
        self.parts = [Matrix(np.asarray(part).T, offset) for part, offset in parts]
        self.n_even = len(features.components_[0])

    def _join(self, even, odd):
        """Invert `split_even_odd`, which is orthogonal, for one vector."""
        full = np.empty(len(self.mirror))
        sums, n_pairs = even[: len(self.first)], len(self.first)
        full[self.first] = (sums + odd) * np.sqrt(0.5)
        full[self.second] = (sums - odd) * np.sqrt(0.5)
        full[self.fixed] = even[n_pairs:]
        return full

    def _apply(self, method, values):
        halves = values[: self.n_even], values[self.n_even :]
        return self._join(
            *(getattr(part, method)(half) for part, half in zip(self.parts, halves, strict=True))
        )

    def forward(self, v):
        halves = split_even_odd(v[None], self.mirror)
        return np.concatenate(
            [part.forward(half[0]) for part, half in zip(self.parts, halves, strict=True)]
        )

    def backward(self, gradient):
        return self._apply("backward", gradient)

    def lift(self, change):
        return self._apply("lift", change)


class Parallel(Identity):
    """Maps of consecutive blocks of features.

    Parameters
    ----------
    maps : list of (map, int, int)
        Each map, with its number of inputs and of outputs.
    """

    def __init__(self, maps):
        self.maps = [item[0] for item in maps]
        self.inputs = np.cumsum([item[1] for item in maps])[:-1]
        self.outputs = np.cumsum([item[2] for item in maps])[:-1]

    def _apply(self, method, values, limits):
        parts = zip(self.maps, np.split(values, limits), strict=True)
        return np.concatenate([getattr(one, method)(part) for one, part in parts])

    def forward(self, v):
        return self._apply("forward", v, self.inputs)

    def backward(self, gradient):
        return self._apply("backward", gradient, self.outputs)

    def lift(self, change):
        return self._apply("lift", change, self.outputs)


def transform_row(step, row):
    """Return the output of a fitted transformer for one vector."""
    X = np.reshape(row, (1, -1))
    if hasattr(step, "feature_names_in_"):
        X = pd.DataFrame(X, columns=step.feature_names_in_)
    return np.asarray(step.transform(X), dtype=np.float64)[0]


def affine_map(step, n_features):
    """Return a fitted transformer of features as an affine map, or None if it is not one.

    Parameters
    ----------
    step : transformer
        Fitted scaler, selector or projection.
    n_features : int
        Number of its inputs.

    Returns
    -------
    map or None
    """
    if hasattr(step, "get_support"):
        return Take(np.flatnonzero(step.get_support()), n_features)
    if isinstance(step, _SCALERS) and not getattr(step, "clip", False):
        zero = transform_row(step, np.zeros(n_features))
        return Scale(transform_row(step, np.ones(n_features)) - zero, zero)
    if isinstance(step, (PCA, TruncatedSVD, LinearDiscriminantAnalysis)):
        if isinstance(step, LinearDiscriminantAnalysis):
            matrix = step.scalings_[:, : step._max_components]
        else:
            matrix = step.components_.T
        if getattr(step, "whiten", False):
            matrix = matrix / np.sqrt(step.explained_variance_)
        return Matrix(matrix, transform_row(step, np.zeros(n_features)))
    return None


def is_projection(step):
    """Return whether each output of a transformer mixes several features."""
    return isinstance(step, (PCA, TruncatedSVD, LinearDiscriminantAnalysis))


def window_limits(side, window, step, n_cells):
    """Return where the windows of each cell lie along an axis, as fractions of its length.

    Windows are distributed evenly over the cells. As the pixels at the center of a window have
    the largest weight, its outer quarters are not counted.

    Returns
    -------
    ndarray of shape (n_cells, 2)
    """
    starts = window_starts(side, window, step)
    edges = np.arange(n_cells + 1) * len(starts) / n_cells
    centers = starts[0] + window / 2 + (edges - 0.5) * step
    limits = np.column_stack([centers[:-1] - window / 4, centers[1:] + window / 4])
    return np.clip(limits, 0, side) / side


def word_groups(words):
    """Return the groups of a `VisualWords`, with the boxes that the windows of each cell cover."""
    groups = words.groups_.copy()
    n_of_cell = int(np.prod(words._cell_shape()))
    boxes = []
    for grid in words.grids:
        down, across = (
            window_limits(side, window, words.step, n)
            for side, window, n in zip(words.image_shape_, words._window(), grid, strict=True)
        )
        boxes += [(*y, *x) for y in down for x in across]
    for k, name in enumerate(("y0", "y1", "x0", "x1")):
        groups[name] = np.repeat(np.array(boxes)[:, k], n_of_cell)
    return groups


def local_groups(descriptor):
    """Return descriptor and box of each feature."""
    return word_groups(descriptor) if isinstance(descriptor, VisualWords) else descriptor.groups_


def descriptor_parts(descriptor):
    """Split a fitted descriptor into local features and the map from these to its output.

    Parameters
    ----------
    descriptor : ImageTransformer

    Returns
    -------
    describe : callable
        Function from images of shape (n, h, w) to local features of shape (n, n_local).
    groups : structured ndarray of shape (n_local,)
        Descriptor and box of each local feature.
    first : map
        Map from local features to the output of the descriptor.
    """
    if isinstance(descriptor, PrincipalFeatures):
        local = descriptor.transformer_
        return local.transform, local_groups(local), EvenOdd(descriptor)
    if isinstance(descriptor, FeatureFusion):
        parts = [descriptor_parts(member) for _, member in descriptor.descriptors_]
        sizes = [member._n_features_out for _, member in descriptor.descriptors_]
        maps = [
            (first, len(groups), size)
            for (_, groups, first), size in zip(parts, sizes, strict=True)
        ]

        def describe(images):
            return np.hstack([function(images) for function, *_ in parts])

        is_plain = all(type(first) is Identity for first, *_ in maps)
        groups = np.concatenate([groups for _, groups, _ in parts])
        return describe, groups, Identity() if is_plain else Parallel(maps)
    return descriptor.transform, local_groups(descriptor), Identity()
