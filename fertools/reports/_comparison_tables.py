"""What the pages of a report say in tables, as text."""

from math import floor, log10
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..evaluation._disagreement import finished


def three_digits(value):
    """Write a positive number with three significant digits, and no exponent."""
    decimals = 2 - floor(log10(value)) if value > 0 else 0
    return f"{value:,.{max(decimals, 0)}f}"


def _percent(value):
    return f"{100 * value:.2f}"


def _thousandths(value):
    return f"{value:.3f}"


class Column(NamedTuple):
    """How a column of `Comparison.table` is shown; `best` is "max", "min" or None."""

    title: str
    text: object
    best: str | None


COLUMNS = {
    "accuracy": Column("accuracy, %", _percent, "max"),
    "accuracy_low": Column("from", _percent, None),
    "accuracy_high": Column("to", _percent, None),
    "deduplicated": Column("without copies, %", _percent, "max"),
    "balanced_accuracy": Column("balanced, %", _percent, "max"),
    "macro_f1": Column("macro-F1, %", _percent, "max"),
    "log_loss": Column("log loss", _thousandths, "min"),
    "brier": Column("Brier", _thousandths, "min"),
    "ece": Column("ECE", _thousandths, "min"),
    "auc": Column("AUC", _thousandths, "max"),
    "coverage": Column("faces found, %", _percent, "max"),
    "ms_one": Column("ms, one face", three_digits, "min"),
    "ms_batch": Column("ms, in a batch", three_digits, "min"),
    "fit_seconds": Column("fit, s", three_digits, "min"),
    "peak_memory_mib": Column("memory, MiB", three_digits, "min"),
    "model_bytes": Column("model, KiB", lambda value: three_digits(value / 1024), "min"),
}
ABOUT_SCORES = (
    "Accuracy on all test images with its interval of 95 %, by bootstrap over images, or over "
    "persons where they are known; accuracy without the test images of which an exact copy was "
    "trained on; mean recall of the classes (balanced); log loss, Brier score, expected "
    "calibration error and one-vs-rest AUC of the probabilities. Milliseconds a face are of one "
    "thread; memory is what fitting and predicting took at the most."
)
ABOUT_PAIRS = (
    "McNemar's test between every two methods, on the images that one of them alone has right. p "
    "is corrected for the number of pairs with Holm's method; below 0.05 the difference is hardly "
    "chance."
)


def title_of(comparison):
    """Return the heading of a report."""
    n = len(comparison.cases)
    what = "1 method" if n == 1 else f"{n} methods"
    return f"Comparison of {what} on {comparison.about['data']['name']}"


def facts(comparison):
    """Return what was tested on, and with what: a dict from what it is to its text."""
    about, told = comparison.about, {}
    data, cases = about["data"], finished(comparison)
    told["images"] = f"{data['n_images']:,}"
    if cases:
        case = next(iter(cases.values()))
        told["tests"] = f"{len(case.row):,}; folds: {case.fold.max() + 1:,}"
        told["copies"] = f"{case.seen.sum():,} of the tests have an exact copy in training"
        if case.group is not None:
            told["persons"] = f"{len(np.unique(case.group)):,}"
    told["classes"] = ", ".join(f"{name} {n:,}" for name, n in data["counts"].items())
    told["sha256 of the data"] = data["sha256"]
    told["random state"] = str(about["random_state"])
    told["versions"] = ", ".join(f"{name} {of}" for name, of in about["versions"].items())
    told["machine"] = about["machine"]
    return told


def score_table(comparison):
    """Return the figures of the methods that did not fail.

    Returns
    -------
    DataFrame of float
        As `Comparison.table`, the columns of `COLUMNS` of which there is a figure; no coverage
        where every face was found.
    DataFrame of str
        The same as text; empty where there is no figure.
    """
    figures = comparison.table().loc[list(finished(comparison)), list(COLUMNS)]
    if (figures["coverage"] == 1).all():
        figures = figures.drop(columns="coverage")
    figures = figures.dropna(axis="columns", how="all")
    texts = figures.astype(object).copy()
    for name in figures:
        texts[name] = figures[name].map(COLUMNS[name].text, na_action="ignore").fillna("")
    return figures, texts


def pair_table(comparison):
    """Return McNemar's tests as text, the surest differences first."""
    pairs = comparison.pairs().sort_values("p_holm", kind="stable")
    return pd.DataFrame(
        {
            "first": pairs["first"],
            "second": pairs["second"],
            "only first right": pairs["only_first"].map("{:,}".format),
            "only second right": pairs["only_second"].map("{:,}".format),
            "p": pairs["p"].map("{:.2g}".format),
            "p after Holm": pairs["p_holm"].map("{:.2g}".format),
        }
    )


def class_table(comparison, score):
    """Return a score of each class by each method, in percent, as text."""
    return pd.DataFrame(
        {
            name: {
                label: f"{100 * case.scores['published']['per_class'][label][score]:.1f}"
                for label in comparison.target_names
            }
            for name, case in finished(comparison).items()
        }
    ).T


def group_table(comparison):
    """Return the accuracy of each method in each group, that of the worst mean first."""
    table = pd.DataFrame(
        {
            name: pd.Series(case.predicted == case.truth).groupby(case.group).mean()
            for name, case in finished(comparison).items()
        }
    ).rename_axis("person")
    return table.loc[table.mean(axis=1).sort_values(kind="stable").index]


def failures(comparison):
    """Return the methods that failed, with their reasons."""
    return pd.Series(
        {name: case.reason for name, case in comparison.cases.items() if case.status != "ok"},
        name="reason",
        dtype=object,
    ).to_frame()
