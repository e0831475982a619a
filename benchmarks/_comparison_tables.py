"""Tables and plot of the comparison of all methods."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from _common import drawing, is_complete
from _markdown import table

from fertools.evaluation import Comparison
from fertools.evaluation._comparison_result import finished
from fertools.evaluation._result_files import SUMMARY
from fertools.plotting import AccuracyCostDisplay

NAME = "comparison"
PLOT = "comparison.svg"


def best_first(folder):
    """Return the comparison in ``folder/comparison``, with methods sorted by accuracy.

    Returns
    -------
    Comparison or None
        Methods that did not fail, without networks whose training was cut off; None if there is no
        file.
    """
    if not Path(folder, NAME, SUMMARY).exists():
        return None
    comparison = Comparison.load(Path(folder, NAME))
    cases = finished(comparison).items()
    order = sorted(
        (one for one in cases if is_complete(one[0], folder)),
        key=lambda one: -one[1].scores["published"]["accuracy"],
    )
    return replace(comparison, results=dict(order))


def format_cell(value, form, factor=1):
    """Format a number; NaN is an empty string."""
    return "" if np.isnan(value) else f"{factor * value:{form}}"


def size_note(names):
    """Return a sentence on the methods that are named after an image size."""
    sized = (name.rpartition("_") for name in names)
    notes = (f"`{name}_{size}` on {size} x {size}" for name, _, size in sized if size.isdigit())
    text = ", ".join(notes)
    return f"Networks were trained on images of 48 x 48 pixels, {text}. " if text else ""


def _interval(row):
    """Format the confidence interval of an accuracy."""
    return " - ".join(f"{100 * row[f'accuracy_{end}']:.2f}" for end in ("low", "high"))


def _p_value(p):
    """Format a p-value."""
    return f"{p:.2g}" if p >= 0.0001 else "< 0.0001"


def _cells(found):
    """Return the cells of each method, by column."""
    rows, [best, *others] = found.table(), found.results
    pairs = found.pairs()
    to_best = pairs[pairs["first"] == best].set_index("second")["p_holm"]
    return [
        {
            "PrivateTest": f"`{name}`",
            "accuracy, %": f"{100 * row['accuracy']:.2f}",
            "95 % interval": _interval(row),
            "p": _p_value(to_best[name]) if name in others else "",
            "dedup.": format_cell(row["deduplicated"], ".2f", 100),
            "macro-F1": format_cell(row["macro_f1"], ".2f", 100),
            "log loss": format_cell(row["log_loss"], ".3f"),
            "ECE": format_cell(row["ece"], ".3f"),
            "AUC": format_cell(row["auc"], ".3f"),
            "fit, s": format_cell(row["fit_seconds"], ",.0f"),
            "ms, single": format_cell(row["ms_one"], ".2f"),
            "ms, batch": format_cell(row["ms_batch"], ".2f"),
            "MB": format_cell(row["model_bytes"], ".1f", 1e-6),
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
        f"{n_pairs} pairs. Milliseconds per face, single and in a batch, are measured on one "
        "thread, from the crop to the label. Fit times start from the images. Except for "
        "`majority` and `chance`, they were measured on two threads by the scripts that trained "
        "the methods. The milliseconds of `fer`, which runs in a separate process, are those of "
        "`peers.py`, and its training time is not known. Methods without probabilities have no log "
        "loss, calibration error and area under the curve. "
        f"{size_note(found.results)}{about['machine']}; fertools {versions['fertools']}, Python "
        f"{versions['python']}, scikit-learn {versions['sklearn']}, NumPy {versions['numpy']}.\n"
    )


def plot(folder, pages):
    """Plot the accuracy of all methods over their prediction time."""
    found = best_first(folder)
    if found is None:
        return
    plt = drawing()
    figure, axes = plt.subplots(figsize=(8, 4.4), layout="constrained")
    AccuracyCostDisplay.from_comparison(found, ax=axes)
    figure.savefig(pages / PLOT, metadata={"Date": None})
    plt.close(figure)


def leak(folder):
    """Return the accuracy on PrivateTest with and without duplicates of training images."""
    found = best_first(folder)
    rows = [
        [
            f"`{name}`",
            f"{100 * row['accuracy']:.2f}",
            _interval(row),
            f"{100 * row['deduplicated']:.2f}",
            f"{100 * (row['accuracy'] - row['deduplicated']):.1f}",
        ]
        for name, row in found.table().iterrows()
        if name not in ("majority", "chance")
    ]
    seen = next(iter(found.results.values())).seen
    header = ["PrivateTest", "published, %", "95 % interval", "deduplicated, %", "difference"]
    return table(header, rows) + (
        f"\n{seen.sum():,} of {len(seen):,} images have an exact duplicate in Training. The "
        "[benchmarks](../benchmarks.md#all-methods-on-the-same-split) describe the methods.\n"
    )
