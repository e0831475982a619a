"""Groups of features: where each stands, its unit, and what a parameter says of it."""

import numpy as np

from ._kernel_functions import EXPONENTIAL, similarity, squared_norms

# A million pairs.
_SAMPLE = 1000


def group_columns(groups):
    """Return where each group stands: {name: slice, or indices where the group is scattered}."""
    names, first = np.unique(groups, return_index=True)
    columns = {}
    # In the order of the features, in which the user names them.
    for name in names[np.argsort(first)].tolist():
        indices = np.flatnonzero(groups == name)
        start, stop = int(indices[0]), int(indices[-1]) + 1
        # A slice is a view, where indices are a copy.
        columns[name] = slice(start, stop) if len(indices) == stop - start else indices
    return columns


def unit(X, kernel):
    """Return the mean of what a kernel measures, and 1 where there is nothing to measure.

    That is the distance between two rows for rbf and chi2, and the value of a row with itself for
    linear and intersection.
    """
    norms = squared_norms(X)
    values = similarity(X, X.copy(), kernel, 1.0, norms, norms)
    mean = -values.mean() if kernel in EXPONENTIAL else values.diagonal().mean()
    return float(mean) if mean > 0 else 1.0


def by_group(parameter, value, names):
    """Return ``{name: value}``, from one value for all groups or from such a dict."""
    if not isinstance(value, dict):
        return dict.fromkeys(names, value)
    if value.keys() != set(names):
        raise ValueError(f"{parameter} must name each of the groups {names}; got {list(value)}.")
    return {name: value[name] for name in names}


def weights_of(weights, names):
    """Return the weight of each group by name; None makes them equal, with a sum of 1.

    Raises
    ------
    ValueError
        Where the weights do not name the groups, or one is negative, or all are 0.
    """
    found = by_group("weights", weights or 1 / len(names), names)
    if min(found.values()) < 0 or not any(found.values()):
        raise ValueError(f"weights must be at least 0 and not all 0; got {weights}.")
    return found


def evenly_sampled(X):
    """Return rows that tell the mean distance, evenly spaced: at most 1,000, float64."""
    evenly = np.linspace(0, len(X) - 1, min(len(X), _SAMPLE)).astype(int)
    return X[evenly].astype(np.float64)
