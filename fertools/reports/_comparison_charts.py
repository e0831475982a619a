"""Charts of a comparison report: displays of `fertools.plotting` as embedded SVG."""

from contextlib import contextmanager
from io import BytesIO

import numpy as np

from .._utils.optional import import_optional
from ..plotting import (
    AccuracyCostDisplay,
    ConfusionMatrixDisplay,
    LearningCurvesDisplay,
    ReliabilityDisplay,
)
from ..plotting._image_tiles import make_axes
from ..plotting._pairwise import LEVEL, PairwiseDisplay
from ..plotting._per_class import PerClassDisplay
from ..plotting._per_group import PerGroupDisplay
from ._html import data_uri, escape

# Text as SVG text keeps the file small; a $ in a name is no formula.
_STYLE = {"svg.fonttype": "none", "svg.hashsalt": "", "text.parse_math": False, "font.size": 9}


@contextmanager
def report_style():
    """Draw in the style of reports, independent of the user's matplotlib settings."""
    style = import_optional("matplotlib.style", "plot")
    with style.context(["default", _STYLE]):
        yield


def chart_row(charts):
    """Return charts side by side, wrapped to the page width."""
    return f'<div class="charts">{"".join(charts)}</div>'


def _embed(display, alt, title=""):
    """Return a display as an embedded SVG image, and close its figure."""
    figure, buffer = display.figure_, BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    import_optional("matplotlib.pyplot", "plot").close(figure)
    width = 96 * figure.get_figwidth()
    # Narrow screens scroll instead of shrinking the text until it is unreadable.
    size = f"width: {width:.0f}px; min-width: {0.7 * width:.0f}px"
    uri = data_uri(buffer.getvalue(), "image/svg+xml")
    heading = f"<h3>{escape(title)}</h3>" if title else ""
    picture = f'<img src="{uri}" alt="{escape(alt)}" style="{size}">'
    return f'<figure class="chart">{heading}<div>{picture}</div></figure>'


def pairs_chart(comparison):
    """Draw McNemar's test of all pairs of methods."""
    n_significant = (comparison.pairs()["p_holm"] < LEVEL).sum()
    alt = f"Differences in accuracy; {n_significant} of the pairs have p below {LEVEL}."
    return _embed(PairwiseDisplay.from_comparison(comparison), alt)


def cost_chart(comparison, cost):
    """Draw the accuracy over the prediction time."""
    display = AccuracyCostDisplay.from_comparison(comparison, cost=cost)
    front = ", ".join(np.array(display.names)[display.front_])
    title = {"ms_one": "One face at a time", "ms_batch": "Faces in batches"}[cost]
    return _embed(display, f"Accuracy over milliseconds per face; Pareto front: {front}.", title)


def class_chart(comparison, score):
    """Draw a score per class."""
    display = PerClassDisplay.from_comparison(comparison, score=score)
    means = np.mean(display.scores, axis=0)
    lowest = display.classes[means.argmin()]
    alt = f"{score} per class; the lowest mean is {means.min():.0%}, for {lowest}."
    return _embed(display, alt)


def group_chart(comparison):
    """Draw the accuracy per person."""
    display = PerGroupDisplay.from_comparison(comparison)
    means = np.mean(display.accuracy, axis=0)
    alt = f"Accuracy per group; mean over the methods {means.min():.0%} in the worst group"
    return _embed(display, f"{alt} and {means.max():.0%} in the best.")


def confusion_chart(name, result):
    """Draw the confusion matrix of a method."""
    scores = result.scores["published"]
    counts, labels = np.array(scores["confusion_matrix"]), scores["labels"]
    side = 1.2 + 0.48 * len(labels)
    display = ConfusionMatrixDisplay(counts, display_labels=labels).plot(make_axes((side, side)))
    errors = counts - np.diag(counts.diagonal())
    truth, predicted = np.unravel_index(errors.argmax(), errors.shape)
    alt = f"Confusion matrix of {name}, accuracy {scores['accuracy']:.1%}"
    if errors.any():
        alt += f"; most frequent error: {labels[truth]} predicted as {labels[predicted]}"
    return _embed(display, f"{alt}.", name)


def reliability_chart(name, result):
    """Draw the reliability diagram of a method."""
    display = ReliabilityDisplay.from_predictions(
        result.truth, result.probabilities, result.classes, ax=make_axes((3.8, 3.8))
    )
    alt = f"Reliability diagram of {name}, expected calibration error {display.ece_:.3f}."
    return _embed(display, alt, name)


def history_chart(name, result):
    """Draw the learning curves of a method."""
    display = LearningCurvesDisplay.from_history(result.history, best_epoch=result.best_epoch)
    display.figure_.set_size_inches(2.9 * len(display.axes_), 2.9)
    alt = f"Learning curves of {name}; the best epoch is {display.best_epoch_ + 1}."
    return _embed(display, alt, name)
