"""What a subset kept of each descriptor and of each region of the face."""

import re

import numpy as np
import pandas as pd

_CELL = re.compile(r"_(y\d+x\d+)(?:_|$)")


def descriptor_and_region(name):
    """Split a feature's name: ``lbp_r1_y3x4_bin12`` is of `lbp_r1`, at `y3x4`.

    A name without a cell looks at the whole face: ``dct_0_5`` is of `dct`, ``zernike_n8_m2_abs``
    of `zernike`.
    """
    cell = _CELL.search(name)
    if cell:
        return name[: cell.start()], cell.group(1)
    return re.split(r"_(?=[a-z]?\d)", name, maxsplit=1)[0], "whole"


def group_report(feature_names, support):
    """Count what a selection kept of each descriptor and region.

    Parameters
    ----------
    feature_names : array-like of str, shape (n_features,)
    support : array-like of bool, shape (n_features,)

    Returns
    -------
    pandas.DataFrame
        A row for each descriptor and region: `descriptor`, `region`, `available`, `selected`
        and `share` = selected / available.

    Examples
    --------
    >>> from fertools.selection import group_report
    >>> names = ["lbp_r1_y0x0_bin0", "lbp_r1_y0x0_bin1", "dct_0_1"]
    >>> group_report(names, [True, False, True])
      descriptor region  available  selected  share
    0     lbp_r1   y0x0          2         1    0.5
    1        dct  whole          1         1    1.0
    """
    names, support = list(feature_names), np.asarray(support, dtype=bool)
    if len(names) != len(support):
        raise ValueError(
            f"feature_names must hold {len(support)} names, one a feature; got {len(names)}."
        )
    table = pd.DataFrame(
        [descriptor_and_region(name) for name in names], columns=["descriptor", "region"]
    )
    table["selected"] = support
    groups = table.groupby(["descriptor", "region"], sort=False)["selected"]
    report = groups.agg(available="size", selected="sum").reset_index()
    report["share"] = report["selected"] / report["available"]
    return report
