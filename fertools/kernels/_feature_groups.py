"""Groups of features: their columns, scales and parameters."""

import numpy as np

from .._utils.mirror_symmetry import contiguous
from ._kernel_functions import EXPONENTIAL, similarity, squared_norms

# Number of samples from which a scale is estimated: a million pairs.
_SAMPLE = 1000


def group_columns(groups):
    """Return the columns of each group, {name: slice, or indices if not contiguous}."""
    names, first = np.unique(groups, return_index=True)
    # In the order of the features, which is the order of the user.
    return {
        name: contiguous(np.flatnonzero(groups == name))
        for name in names[np.argsort(first)].tolist()
    }


def group_scale(X, kernel):
    """Return the mean distance (rbf, chi2) or the mean self-similarity (linear, intersection).

    The result is 1 if that mean is 0.
    """
    norms = squared_norms(X)
    values = similarity(X, X.copy(), kernel, 1.0, norms, norms)
    mean = -values.mean() if kernel in EXPONENTIAL else values.diagonal().mean()
    return float(mean) if mean > 0 else 1.0


def by_group(parameter, value, names):
    """Return ``{name: value}`` from one value for all groups or from such a dict."""
    if not isinstance(value, dict):
        return dict.fromkeys(names, value)
    if value.keys() != set(names):
        raise ValueError(f"{parameter} must name each of the groups {names}; got {list(value)}.")
    return {name: value[name] for name in names}


def group_weights(weights, names):
    """Return the weight of each group by name; None gives equal weights that sum to 1.

    Raises
    ------
    ValueError
        If the weights do not name the groups, are negative or are all 0.
    """
    found = by_group("weights", weights or 1 / len(names), names)
    if min(found.values()) < 0 or not any(found.values()):
        raise ValueError(f"weights must be at least 0 and not all 0; got {weights}.")
    return found


def evenly_sampled(X):
    """Return at most 1,000 evenly spaced samples as float64."""
    evenly = np.linspace(0, len(X) - 1, min(len(X), _SAMPLE)).astype(int)
    return X[evenly].astype(np.float64)
