"""The table and the plot of the comparison of all methods."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from _common import drawing
from _markdown import table

from fertools.evaluation import Comparison
from fertools.evaluation._comparison_result import finished
from fertools.evaluation._result_files import SUMMARY
from fertools.plotting import AccuracyCostDisplay

NAME = "comparison"
PLOT = "comparison.svg"
# Columns of the short table.
_SHORT = ("PrivateTest", "accuracy, %", "95 % interval", "dedup.", "macro-F1", "fit, s")
_SHORT += ("ms of many", "MB")


def best_first(folder):
    """Return the comparison in ``folder/comparison``, its methods by accuracy.

    Returns
    -------
    Comparison or None
        Of the cases that did not fail; None where there is no file.
    """
    if not Path(folder, NAME, SUMMARY).exists():
        return None
    comparison = Comparison.load(Path(folder, NAME))
    cases = finished(comparison).items()
    order = sorted(cases, key=lambda one: -one[1].scores["published"]["accuracy"])
    return replace(comparison, results=dict(order))


def _cell(value, form, factor=1):
    """Return a figure as text; empty where there is none."""
    return "" if np.isnan(value) else f"{factor * value:{form}}"


def _interval(row):
    """Return the limits of an accuracy as text."""
    return " - ".join(f"{100 * row[f'accuracy_{end}']:.2f}" for end in ("low", "high"))


def _chance(p):
    """Return a p-value as text."""
    return f"{p:.2g}" if p >= 0.0001 else "< 0.0001"


def _cells(found):
    """Return the cells of each method, by their column."""
    rows, [best, *others] = found.table(), found.results
    pairs = found.pairs()
    to_best = pairs[pairs["first"] == best].set_index("second")["p_holm"]
    return [
        {
            "PrivateTest": f"`{name}`",
            "accuracy, %": f"{100 * row['accuracy']:.2f}",
            "95 % interval": _interval(row),
            "p": _chance(to_best[name]) if name in others else "",
            "dedup.": _cell(row["deduplicated"], ".2f", 100),
            "macro-F1": _cell(row["macro_f1"], ".2f", 100),
            "log loss": _cell(row["log_loss"], ".3f"),
            "ECE": _cell(row["ece"], ".3f"),
            "AUC": _cell(row["auc"], ".3f"),
            "fit, s": _cell(row["fit_seconds"], ",.0f"),
            "ms of one": _cell(row["ms_one"], ".2f"),
            "ms of many": _cell(row["ms_batch"], ".2f"),
            "MB": _cell(row["model_bytes"], ".1f", 1e-6),
        }
        for name, row in rows.iterrows()
    ]


def comparison(folder):
    """Return the table of all methods."""
    found = best_first(folder)
    if found is None:
        return ""
    cells, best, n_cases = _cells(found), next(iter(found.results)), len(found.results)
    n_pairs = n_cases * (n_cases - 1) // 2
    about = found.about
    versions = about["versions"]
    return table([*cells[0]], [[*of.values()] for of in cells]) + (
        f"\np: McNemar's test against `{best}`, with Holm's correction for all "
        f"{n_pairs} pairs. Milliseconds a face are of one thread, from the crop to the name. "
        "Seconds of fitting count from the images; but for `majority` and `chance` they are not of "
        "this run: the scripts that trained the methods measured them, on two threads. So are the "
        "milliseconds of `fer`, which runs in a process of its own; what it took to train is not "
        "known. Without probabilities there is no log loss, calibration error and area under the "
        f"curve. {about['machine']}; fertools {versions['fertools']}, Python {versions['python']}, "
        f"scikit-learn {versions['sklearn']}, NumPy {versions['numpy']}.\n"
    )


def comparison_short(folder):
    """Return the table of all methods with the figures that most readers look for."""
    found = best_first(folder)
    if found is None:
        return ""
    lines = [[of[column] for column in _SHORT] for of in _cells(found)]
    return table([*_SHORT], lines) + (
        "\nMilliseconds a face are of one thread, from the crop to the name. "
        f"{found.about['machine']}.\n"
    )


def plot(folder, pages):
    """Draw the accuracy of all methods over their time."""
    found = best_first(folder)
    if found is None:
        return
    plt = drawing()
    figure, axes = plt.subplots(figsize=(8, 4.4), layout="constrained")
    AccuracyCostDisplay.from_comparison(found, ax=axes)
    figure.savefig(pages / PLOT, metadata={"Date": None})
    plt.close(figure)
