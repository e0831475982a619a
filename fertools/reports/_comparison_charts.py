"""The charts of a report: displays of `fertools.plotting` as SVG inside the page."""

from contextlib import contextmanager
from io import BytesIO

import numpy as np

from .._utils.optional import import_optional
from ._html import data_uri, escape

# SVG with its text as text is small; a $ in a name is no formula.
_STYLE = {"svg.fonttype": "none", "svg.hashsalt": "", "text.parse_math": False, "font.size": 9}


@contextmanager
def drawing():
    """Draw as a report needs it, whatever the user has set."""
    style = import_optional("matplotlib.style", "plot")
    with style.context(["default", _STYLE]):
        yield


def charts(figures):
    """Return charts side by side, as many as the width takes."""
    return f'<div class="charts">{"".join(figures)}</div>'


def _chart(display, alt, title=""):
    """Return a display as a picture on white, and close its figure."""
    figure, buffer = display.figure_, BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    import_optional("matplotlib.pyplot", "plot").close(figure)
    width = 96 * figure.get_figwidth()
    # Where it is smaller its text cannot be read; the box around it scrolls instead.
    size = f"width: {width:.0f}px; min-width: {0.7 * width:.0f}px"
    uri = data_uri(buffer.getvalue(), "image/svg+xml")
    heading = f"<h3>{escape(title)}</h3>" if title else ""
    picture = f'<img src="{uri}" alt="{escape(alt)}" style="{size}">'
    return f'<figure class="chart">{heading}<div>{picture}</div></figure>'


def pairs_chart(comparison):
    """Draw McNemar's tests of all pairs."""
    from ..plotting import PairwiseDisplay
    from ..plotting._pairwise import LEVEL

    n_certain = (comparison.pairs()["p_holm"] < LEVEL).sum()
    alt = f"Differences in accuracy; {n_certain} of the pairs have p below {LEVEL}."
    return _chart(PairwiseDisplay.from_comparison(comparison), alt)


def cost_chart(comparison, cost):
    """Draw accuracy over milliseconds a face."""
    from ..plotting import AccuracyCostDisplay

    display = AccuracyCostDisplay.from_comparison(comparison, cost=cost)
    front = ", ".join(np.array(display.names)[display.front_])
    title = {"ms_one": "One face at a time", "ms_batch": "Faces in batches"}[cost]
    return _chart(display, f"Accuracy over milliseconds a face; Pareto front: {front}.", title)


def class_chart(comparison, score):
    """Draw a score of every class."""
    from ..plotting import PerClassDisplay

    display = PerClassDisplay.from_comparison(comparison, score=score)
    means = np.mean(display.scores, axis=0)
    alt = f"{score} of each class; the lowest on average is that of "
    return _chart(display, f"{alt}{display.classes[means.argmin()]}, {means.min():.0%}.")


def group_chart(comparison):
    """Draw the accuracy of every person."""
    from ..plotting import PerGroupDisplay

    display = PerGroupDisplay.from_comparison(comparison)
    means = np.mean(display.accuracy, axis=0)
    alt = f"Accuracy in each group; on average over the methods {means.min():.0%} in the worst"
    return _chart(display, f"{alt} and {means.max():.0%} in the best.")


def confusion_chart(name, case):
    """Draw the confusion matrix of a case."""
    from ..plotting import ConfusionMatrixDisplay
    from ..plotting._image_tiles import make_axes

    scores = case.scores["published"]
    counts, labels = np.array(scores["confusion_matrix"]), scores["labels"]
    side = 1.2 + 0.48 * len(labels)
    display = ConfusionMatrixDisplay(counts, display_labels=labels).plot(make_axes((side, side)))
    wrong = counts - np.diag(counts.diagonal())
    truth, taken = np.unravel_index(wrong.argmax(), wrong.shape)
    alt = f"Confusion matrix of {name}, accuracy {scores['accuracy']:.1%}"
    if wrong.any():
        alt += f"; the most frequent error is {labels[truth]} taken for {labels[taken]}"
    return _chart(display, f"{alt}.", name)


def reliability_chart(name, case):
    """Draw the reliability diagram of a case."""
    from ..plotting import ReliabilityDisplay
    from ..plotting._image_tiles import make_axes

    display = ReliabilityDisplay.from_predictions(
        case.truth, case.probabilities, case.classes, ax=make_axes((3.8, 3.8))
    )
    alt = f"Reliability diagram of {name}, expected calibration error {display.ece_:.3f}."
    return _chart(display, alt, name)


def history_chart(name, case):
    """Draw the learning curves of a case."""
    from ..plotting import LearningCurvesDisplay

    display = LearningCurvesDisplay.from_history(case.history)
    display.figure_.set_size_inches(2.9 * len(display.axes_), 2.9)
    alt = f"Learning curves of {name}; the best epoch is {display.best_epoch_ + 1}."
    return _chart(display, alt, name)
