"""Groups of features: where each stands, its unit, and what a parameter says of it."""

import numpy as np

from ._kernels import EXPONENTIAL, similarity, squared_norms


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
