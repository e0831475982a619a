"""Scores of groups of samples, such as people of an age or gender."""

from pathlib import PurePosixPath

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ._scores import mean_f1_of_data, score_classification

# Numeric columns with more values are cut into ranges.
_MAX_VALUES = 6
_COLUMNS = ["column", "group", "n", "accuracy", "lower", "upper", "macro_f1"]


def score_groups(y_true: ArrayLike, y_pred: ArrayLike, groups: pd.DataFrame) -> pd.DataFrame:
    """Score the samples of each group separately.

    Differences between small groups are uncertain: compare the confidence intervals.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True labels.
    y_pred : array-like of shape (n_samples,)
        Predicted labels.
    groups : DataFrame of shape (n_samples, n_columns)
        Group of each sample in each column; samples with a missing value are left out of the
        column. Numeric columns with more than six values are cut at their terciles.

    Returns
    -------
    DataFrame
        One row per group, with its `column`, name (`group`), number of samples `n`, `accuracy`
        with its Wilson interval at 95 % (`lower`, `upper`), and `macro_f1`, the mean F1 of the
        classes that occur in `y_true` of the group.

    Raises
    ------
    ValueError
        If the lengths differ, or `groups` has no column.

    Examples
    --------
    >>> import pandas as pd
    >>> from fertools.evaluation import score_groups
    >>> groups = pd.DataFrame({"gender": ["f", "f", "m", "m"]})
    >>> table = score_groups(["sad", "happy"] * 2, ["sad", "happy", "sad", "sad"], groups)
    >>> table[["group", "n", "accuracy"]].values.tolist()
    [['f', 2, 1.0], ['m', 2, 0.5]]
    """
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    if not len(y_true) == len(y_pred) == len(groups):
        raise ValueError(
            "y_true, y_pred and groups must have the same length; got "
            f"{len(y_true)}, {len(y_pred)} and {len(groups)}."
        )
    if groups.shape[1] == 0:
        raise ValueError("groups must have at least one column; got 0.")
    rows = []
    for column in groups.columns:
        values = _categories(groups[column])
        for group in values.cat.categories:
            member = (values == group).to_numpy()
            rows.append([str(column), str(group), *_scores(y_true[member], y_pred[member])])
    return pd.DataFrame(rows, columns=_COLUMNS)


def groups_of_ids(table, ids):
    """Return the groups of each image from a table of people.

    Parameters
    ----------
    table : DataFrame
        Table whose first column is the identifier of a person, or the name of an image.
    ids : array-like of shape (n_images,), str
        Names of image files.

    Returns
    -------
    DataFrame of shape (n_images, n_columns - 1)
        Rows of the table for each image: that of its name with or without folders and extension.

    Raises
    ------
    ValueError
        If an identifier occurs twice, or no image is in the table.
    """
    key = table.columns[0]
    known = table.set_index(table[key].astype(str)).drop(columns=key)
    if known.index.has_duplicates:
        twice = known.index[known.index.duplicated()][0]
        raise ValueError(f"The column {key!r} must have unique values; got {twice!r} twice.")
    ids = np.asarray(ids).tolist()
    names = [_known_name(str(name), known.index) for name in ids]
    if not any(name is not None for name in names):
        raise ValueError(
            f"The column {key!r} must contain names of images, such as {str(ids[0])!r} or "
            f"{PurePosixPath(str(ids[0])).stem!r}; got {known.index[:3].tolist()}."
        )
    return known.reindex(names).reset_index(drop=True)


def _known_name(name, known):
    path = PurePosixPath(name)
    return next((form for form in (name, path.name, path.stem) if form in known), None)


def _categories(values):
    if pd.api.types.is_numeric_dtype(values) and values.nunique() > _MAX_VALUES:
        bins = pd.qcut(values, 3, duplicates="drop")
        ranges = values.groupby(bins, observed=True).agg(["min", "max"])
        return bins.cat.remove_unused_categories().cat.rename_categories(_range_names(ranges))
    return values.astype("category").cat.remove_unused_categories()


def _range_names(ranges):
    """Name ranges with six digits, or with more if the names would be equal."""
    for n_digits in (6, 10, 17):
        names = [
            f"{low:.{n_digits}g} to {high:.{n_digits}g}"
            for low, high in ranges.itertuples(index=False)
        ]
        if len(set(names)) == len(names):
            break
    return names


def _scores(y_true, y_pred):
    scores = score_classification(y_true, y_pred)
    return [scores["n"], scores["accuracy"], *scores["accuracy_interval"], mean_f1_of_data(scores)]
