"""Tables and texts of a comparison report."""

from collections.abc import Callable
from math import floor, log10
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..evaluation._comparison_result import accuracy_per_group, finished


def three_digits(value):
    """Format a positive number with three significant digits and without an exponent."""
    decimals = 2 - floor(log10(value)) if value > 0 else 0
    return f"{value:,.{max(decimals, 0)}f}"


def _percent(value):
    return f"{100 * value:.2f}"


def _thousandths(value):
    return f"{value:.3f}"


class Column(NamedTuple):
    """Title and number format of a column of `Comparison.table`.

    `best` is "max", "min" or None.
    """

    title: str
    format: Callable
    best: str | None


COLUMNS = {
    "accuracy": Column("accuracy, %", _percent, "max"),
    "accuracy_low": Column("from", _percent, None),
    "accuracy_high": Column("to", _percent, None),
    "deduplicated": Column("without duplicates, %", _percent, "max"),
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
    "Accuracy on all test images with its 95 % confidence interval, by bootstrap over images or, "
    "if known, over persons; accuracy without the test images that have an exact duplicate in "
    "training; balanced accuracy (mean recall); macro-F1; log loss, Brier score, expected "
    "calibration error (ECE) and one-vs-rest AUC of the probabilities; milliseconds per face on "
    "one thread; peak memory of fitting and predicting."
)
ABOUT_PAIRS = (
    "McNemar's test of each pair of methods, on the images that only one of them classifies "
    "correctly. P-values are corrected for the number of pairs with Holm's method; differences "
    "with p below 0.05 are significant."
)


def report_title(comparison):
    """Return the title of a report."""
    n = len(comparison.results)
    methods = "1 method" if n == 1 else f"{n} methods"
    return f"Comparison of {methods} on {comparison.about['data']['name']}"


def facts(comparison):
    """Return the test data and the environment of a comparison: a dict from term to text."""
    about = comparison.about
    data, results = about["data"], finished(comparison)
    terms = {"images": f"{data['n_images']:,}"}
    if results:
        result = next(iter(results.values()))
        terms["tests"] = f"{len(result.row):,}; folds: {result.fold.max() + 1:,}"
        terms["duplicates"] = f"{result.seen.sum():,} of the tests have one in training"
        if result.group is not None:
            terms["persons"] = f"{len(np.unique(result.group)):,}"
    terms["classes"] = ", ".join(f"{name} {n:,}" for name, n in data["counts"].items())
    terms["sha256 of the data"] = data["sha256"]
    terms["random state"] = str(about["random_state"])
    terms["versions"] = ", ".join(f"{name} {of}" for name, of in about["versions"].items())
    terms["machine"] = about["machine"]
    return terms


def score_table(comparison):
    """Return scores and costs of the finished methods.

    Returns
    -------
    DataFrame of float
        Non-empty columns of `Comparison.table` listed in `COLUMNS`, without the coverage if every
        face was found.
    DataFrame of str
        The same values as text; empty for missing values.
    """
    figures = comparison.table().loc[list(finished(comparison)), list(COLUMNS)]
    if (figures["coverage"] == 1).all():
        figures = figures.drop(columns="coverage")
    figures = figures.dropna(axis="columns", how="all")
    texts = figures.astype(object).copy()
    for name in figures:
        texts[name] = figures[name].map(COLUMNS[name].format, na_action="ignore").fillna("")
    return figures, texts


def pair_table(comparison):
    """Return McNemar's tests as text, sorted by the corrected p-value."""
    pairs = comparison.pairs().sort_values("p_holm", kind="stable")
    return pd.DataFrame(
        {
            "first": pairs["first"],
            "second": pairs["second"],
            "only first correct": pairs["only_first"].map("{:,}".format),
            "only second correct": pairs["only_second"].map("{:,}".format),
            "p": pairs["p"].map("{:.2g}".format),
            "p after Holm": pairs["p_holm"].map("{:.2g}".format),
        }
    )


def class_table(comparison, score):
    """Return a score of each method (row) for each class (column) in percent, as text."""
    return pd.DataFrame(
        {
            name: {
                label: f"{100 * result.scores['published']['per_class'][label][score]:.1f}"
                for label in comparison.target_names
            }
            for name, result in finished(comparison).items()
        }
    ).T


def group_table(comparison):
    """Return the accuracy of each method per person, sorted by the mean over the methods."""
    table = accuracy_per_group(comparison).rename_axis("person")
    return table.loc[table.mean(axis=1).sort_values(kind="stable").index]


def failures(comparison):
    """Return the error messages of the failed methods."""
    results = comparison.results.items()
    return pd.Series(
        {name: result.reason for name, result in results if result.status != "ok"},
        name="reason",
        dtype=object,
    ).to_frame()
