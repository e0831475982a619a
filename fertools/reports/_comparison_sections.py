"""Sections of the page of a comparison, one function per section.

Each function takes the comparison and its test data (or None), and returns a `Section`, or None if
the comparison has nothing to show in it.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from ..evaluation._comparison_result import finished
from ..evaluation._disagreement import (
    disagreement,
    hardest,
    most_disputed,
    predictions_per_method,
)
from ._comparison_charts import (
    chart_row,
    class_chart,
    confusion_chart,
    cost_chart,
    group_chart,
    history_chart,
    pairs_chart,
    reliability_chart,
)
from ._comparison_tables import (
    ABOUT_PAIRS,
    ABOUT_SCORES,
    COLUMNS,
    failures,
    group_table,
    pair_table,
    score_table,
)
from ._html import escape, make_figure, make_table

# Number of faces in a gallery.
_N_FACES = 24


class Section(NamedTuple):
    """Section of a page: title, explanation, and content as HTML."""

    title: str
    text: str
    content: str


def scores_section(comparison, data):
    """Return the table of scores with the best value of each column marked."""
    if not finished(comparison):
        return None
    figures, texts = score_table(comparison)
    head = "".join(f'<th scope="col"><button>{COLUMNS[name].title}</button></th>' for name in texts)
    best = {name: figures[name].agg(COLUMNS[name].best) for name in figures if COLUMNS[name].best}
    rows = []
    for method in texts.index:
        cells = [f'<th scope="row">{escape(method)}</th>']
        for name, value in figures.loc[method].items():
            css = ' class="best"' if value == best.get(name) else ""
            number = "" if np.isnan(value) else f"{value:.6g}"
            cells.append(f'<td{css} data-value="{number}">{texts.loc[method, name]}</td>')
        rows.append(f"<tr>{''.join(cells)}</tr>")
    table = (
        '<div class="side" role="region" aria-label="scores" tabindex="0"><table>'
        f'<thead><tr><th scope="col">method</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )
    return Section("scores", ABOUT_SCORES, table)


def differences_section(comparison, data):
    """Return the pairwise tests."""
    if len(finished(comparison)) < 2:
        return None
    table = make_table(pair_table(comparison), index=False)
    content = chart_row([pairs_chart(comparison)]) + _details("All pairs", table)
    return Section("differences", ABOUT_PAIRS, content)


def time_section(comparison, data):
    """Return the charts of accuracy over prediction time."""
    if not finished(comparison):
        return None
    text = (
        "Bars are 95 % confidence intervals. A method is on the Pareto front if no other method is "
        "both faster and more accurate."
    )
    charts = [cost_chart(comparison, cost) for cost in ("ms_one", "ms_batch")]
    return Section("accuracy and time", text, chart_row(charts))


def classes_section(comparison, data):
    """Return recall and precision per class."""
    if not finished(comparison):
        return None
    text = (
        "Recall is the share of the images of a class that are predicted as this class. Precision "
        "is the share of the images predicted as a class that belong to it."
    )
    charts = [class_chart(comparison, score) for score in ("recall", "precision")]
    return Section("classes", text, chart_row(charts))


def persons_section(comparison, data):
    """Return the accuracy per person."""
    results = finished(comparison)
    group = next(iter(results.values())).group if results else None
    if group is None or len(np.unique(group)) < 2:
        return None
    text = "Dots are persons, large dots their median, and lines their interquartile range."
    table = make_table(group_table(comparison), "{:.1%}")
    details = _details("All persons, sorted by mean accuracy", table)
    return Section("persons", text, chart_row([group_chart(comparison)]) + details)


def confusion_section(comparison, data):
    """Return the confusion matrices."""
    results = finished(comparison)
    if not results:
        return None
    text = "Rows are true classes, columns predicted classes, with shares of the row and counts."
    charts = [confusion_chart(name, result) for name, result in results.items()]
    return Section("confusion matrices", text, chart_row(charts))


def reliability_section(comparison, data):
    """Return the reliability diagrams of methods with probabilities."""
    charts = [
        reliability_chart(name, result)
        for name, result in finished(comparison).items()
        if result.probabilities is not None
    ]
    if not charts:
        return None
    text = (
        "Accuracy over confidence, the probability of the predicted class. Below the diagonal a "
        "method is overconfident, above it underconfident. ECE is the mean gap."
    )
    return Section("reliability", text, chart_row(charts))


def history_section(comparison, data):
    """Return the learning curves of networks."""
    charts = [
        history_chart(name, result)
        for name, result in finished(comparison).items()
        if (result.history or {}).get("loss")
    ]
    if not charts:
        return None
    return Section("learning curves", "Networks in the first fold.", chart_row(charts))


def hardest_section(comparison, data):
    """Return the faces that the fewest methods classify correctly."""
    if data is None or not finished(comparison):
        return None
    text = (
        "Faces classified correctly by the fewest methods, sorted by the mean probability of the "
        "true label. Captions give the label and the predictions. If all methods agree on another "
        "class, the label may be wrong."
    )
    shown = hardest(disagreement(comparison))
    return Section("hardest faces", text, _gallery(comparison, data, shown.head(_N_FACES)))


def disputed_section(comparison, data):
    """Return the faces on which the methods disagree most."""
    if data is None or not finished(comparison):
        return None
    shown = most_disputed(disagreement(comparison)).query("bits > 0")
    if not len(shown):
        return None
    text = "Faces with the largest entropy of the predictions over the methods."
    return Section("disputed faces", text, _gallery(comparison, data, shown.head(_N_FACES)))


def failed_section(comparison, data):
    """Return the failed methods with their error messages."""
    failed = failures(comparison)
    if not len(failed):
        return None
    return Section("failed", "Methods that raised an exception.", make_table(failed, css="text"))


def methods_section(comparison, data):
    """Return the estimators with their parameters."""
    content = "".join(
        _details(escape(name), f"<code>{escape(result.parameters)}</code>")
        for name, result in comparison.results.items()
    )
    return Section("methods", "Estimators and their parameters.", content)


# In the order of the page.
SECTIONS = (
    scores_section,
    differences_section,
    time_section,
    classes_section,
    persons_section,
    confusion_section,
    reliability_section,
    history_section,
    hardest_section,
    disputed_section,
    failed_section,
    methods_section,
)


def _gallery(comparison, data, shown):
    """Return the pictures of some rows of a table of `disagreement`, with the predictions."""
    votes, names = predictions_per_method(comparison), list(finished(comparison))
    faces = []
    for index, row, truth in zip(shown.index, shown["row"], shown["truth"], strict=True):
        voters = pd.Series(names).groupby(votes[index]).agg(", ".join)
        lines = [f"{label}: {methods}" for label, methods in voters.items()]
        faces.append(make_figure(data.images[row], truth, [*lines, f"({data.ids[row]})"]))
    return f'<div class="pictures">{"".join(faces)}</div>'


def _details(summary, content):
    return f"<details><summary>{summary}</summary>{content}</details>"
