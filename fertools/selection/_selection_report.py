"""Table of the selected features per descriptor and face region."""

import numpy as np
import pandas as pd

_COLUMNS = ["descriptor", "y0", "x0", "y1", "x1"]


def count_selected(groups, support):
    """Count the available and the selected features per descriptor and face region.

    Parameters
    ----------
    groups : structured ndarray of shape (n_features,)
        Attribute `groups_` of a fitted descriptor: the `descriptor` and the box `y0, x0, y1, x1` of
        each feature, in fractions of the height and width of the image.
    support : array-like of bool, shape (n_features,)
        Mask of the selected features, as returned by the method `get_support` of a selector.

    Returns
    -------
    pandas.DataFrame
        One row per descriptor and box, in the order of the features, with the columns
        `descriptor`, `y0`, `x0`, `y1`, `x1`, `available`, `selected` and `share`, which is
        selected / available.

    Raises
    ------
    TypeError
        If `groups` is not a structured array with these fields.
    ValueError
        If `groups` and `support` differ in length, or `support` is not a boolean mask.

    Examples
    --------
    >>> import numpy as np
    >>> from fertools.datasets import make_faces
    >>> from fertools.features import OrientedGradients
    >>> from fertools.selection._selection_report import count_selected
    >>> images = make_faces(2, random_state=0).images
    >>> hog = OrientedGradients(4, grids=((1, 2),), block=1).fit(images)
    >>> count_selected(hog.groups_, [True, False, False, False, True, True, True, True])
      descriptor   y0   x0   y1   x1  available  selected  share
    0    hog_1x2  0.0  0.0  1.0  0.5          4         1   0.25
    1    hog_1x2  0.0  0.5  1.0  1.0          4         4   1.00
    """
    names = getattr(getattr(groups, "dtype", None), "names", None) or ()
    if not set(_COLUMNS) <= set(names):
        raise TypeError(
            f"groups must be a structured array with the fields {', '.join(_COLUMNS)}, such as "
            f"groups_ of a fitted descriptor; got {type(groups).__name__}."
        )
    support = np.asarray(support)
    if support.dtype != bool or support.shape != groups.shape:
        raise ValueError(
            f"support must be a boolean mask of shape {groups.shape}, one value per feature of "
            f"groups; got {support.dtype} of shape {support.shape}."
        )
    table = pd.DataFrame({column: groups[column] for column in _COLUMNS}).assign(selected=support)
    counts = table.groupby(_COLUMNS, sort=False)["selected"]
    report = counts.agg(available="size", selected="sum").reset_index()
    return report.assign(share=report["selected"] / report["available"])


def find_selection(pipeline):
    """Return the feature groups of the descriptor of a pipeline, and the selected features.

    Parameters
    ----------
    pipeline : Pipeline
        Fitted pipeline. The descriptor is the first step with `groups_`, the selector the first
        step after it with `get_support`.

    Returns
    -------
    groups : structured ndarray of shape (n_features,)
        `groups_` of the descriptor.
    support : ndarray of shape (n_features,), bool
        Mask of the selected features; all True without a selector.

    Raises
    ------
    ValueError
        If no step has `groups_`.
    """
    groups = None
    for _, step in pipeline.steps:
        if groups is None:
            groups = getattr(step, "groups_", None)
        elif hasattr(step, "get_support"):
            return groups, step.get_support()
    if groups is None:
        raise ValueError(
            "pipeline must hold a fitted descriptor, with the attribute groups_; got the steps "
            f"{[name for name, _ in pipeline.steps]}."
        )
    return groups, np.ones(len(groups), dtype=bool)
