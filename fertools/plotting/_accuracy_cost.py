"""Display of the accuracy of methods over their prediction time."""

from typing import Self

import numpy as np
from sklearn.isotonic import isotonic_regression

from .._utils.text import printable
from ..evaluation import Comparison
from ..evaluation._comparison_result import finished
from ._image_tiles import BLUE, make_axes

_GRAY = "0.45"
# Distance between the names of two methods in points.
_LINE = 12


def pareto_front(cost, gain):
    """Return the mask of the Pareto-optimal points: shape (n_points,), bool.

    A point is dominated by another with at most its cost and at least its gain, if one of the two
    is strictly better.
    """
    cost, gain = np.asarray(cost), np.asarray(gain)
    no_worse = (cost[:, None] <= cost) & (gain[:, None] >= gain)
    better = (cost[:, None] < cost) | (gain[:, None] > gain)
    return ~(no_worse & better).any(axis=0)


def spread(positions, gap):
    """Move sorted positions in 0..1 apart by at least `gap`.

    Minimizes the sum of squared displacements by isotonic regression [1]_ of the positions minus
    the gaps.

    References
    ----------
    .. [1] R. E. Barlow, D. J. Bartholomew, J. M. Bremner, H. D. Brunk, "Statistical inference
       under order restrictions", Wiley, 1972: isotonic regression.
    """
    gap = min(gap, 1 / max(len(positions) - 1, 1))
    gaps = gap * np.arange(len(positions))
    return isotonic_regression(positions - gaps, y_min=0, y_max=1 - gaps[-1]) + gaps


class AccuracyCostDisplay:
    """Accuracy of methods over their prediction time, with the Pareto front.

    A method is on the Pareto front if no other method is at least as fast and as accurate, and
    better in one of the two. The time axis is logarithmic. Vertical bars are confidence intervals.

    It is recommended to use `from_comparison`. All parameters are stored as attributes.

    Parameters
    ----------
    accuracy : array-like of shape (n_methods,)
        Accuracies in 0..1.
    milliseconds : array-like of shape (n_methods,)
        Prediction times per face in milliseconds.
    names : sequence of str, shape (n_methods,)
        Method names.
    intervals : array-like of shape (n_methods, 2) or None, default=None
        Lower and upper limits of the confidence intervals.

    Attributes
    ----------
    front_ : ndarray of shape (n_methods,), bool
        Mask of the methods on the Pareto front.
    line_ : matplotlib Line2D
        Pareto front, as a step function.
    text_ : list of n_methods matplotlib Annotation
        Method names in the order of `names`; bold on the Pareto front.
    ax_ : matplotlib Axes
        Axes of the points.
    figure_ : matplotlib Figure
        Figure containing `ax_`.

    Examples
    --------
    >>> from fertools.plotting import AccuracyCostDisplay
    >>> display = AccuracyCostDisplay([0.6, 0.7, 0.5], [1, 8, 2], ["svm", "cnn", "knn"]).plot()
    >>> display.front_.tolist()
    [True, True, False]
    """

    def __init__(self, accuracy, milliseconds, names, *, intervals=None):
        self.accuracy = accuracy
        self.milliseconds = milliseconds
        self.names = names
        self.intervals = intervals

    def plot(self, ax=None) -> Self:
        """Draw the methods.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.

        Returns
        -------
        self : AccuracyCostDisplay
        """
        accuracy, cost = np.asarray(self.accuracy), np.asarray(self.milliseconds)
        if ax is None:
            ax = make_axes((4.6, max(3.2, 1 + 0.2 * len(accuracy))))
        self.ax_, self.figure_ = ax, ax.figure
        self.front_ = pareto_front(cost, accuracy)
        if self.intervals is not None:
            ax.vlines(cost, *np.transpose(self.intervals), color=_GRAY, linewidth=1)
        ax.plot(cost[~self.front_], accuracy[~self.front_], "o", color=_GRAY, markersize=5)
        on_front = np.flatnonzero(self.front_)[np.argsort(cost[self.front_], kind="stable")]
        (self.line_,) = ax.plot(
            cost[on_front],
            accuracy[on_front],
            "o-",
            color=BLUE,
            drawstyle="steps-post",
            label="Pareto front",
        )
        ax.set(xscale="log", xlabel="milliseconds per face", ylabel="accuracy")
        ax.margins(x=0.08, y=0.08)
        # Several ticks per decade if the range is short.
        ticks = (1, 2, 5) if cost.max() < 50 * cost.min() else (1,)
        ax.xaxis.get_major_locator().set_params(subs=ticks)
        ax.xaxis.set_major_formatter("{x:g}")
        ax.xaxis.set_minor_formatter("")
        ax.legend(loc="lower right")
        self._write_names(accuracy, cost)
        return self

    def _write_names(self, accuracy, cost):
        """Write the names to the right of the axes, without overlap, connected to the points."""
        ax, order = self.ax_, np.argsort(accuracy, kind="stable")
        bottom, top = ax.get_ylim()
        points = ax.bbox.height * 72 / ax.figure.dpi
        positions = spread((accuracy[order] - bottom) / (top - bottom), _LINE / points)
        self.text_ = [None] * len(order)
        for method, position in zip(order, positions, strict=True):
            is_best = self.front_[method]
            self.text_[method] = ax.annotate(
                printable(self.names[method]),
                (cost[method], accuracy[method]),
                (1.04, position),
                textcoords="axes fraction",
                va="center",
                fontsize=9,
                fontweight="bold" if is_best else "normal",
                color=BLUE if is_best else "black",
                arrowprops={"arrowstyle": "-", "color": "0.8", "linewidth": 0.7},
                parse_math=False,
                zorder=0,
            )

    @classmethod
    def from_comparison(cls, comparison: Comparison, *, cost: str = "ms_one", ax=None) -> Self:
        """Draw the finished methods of a comparison.

        Methods without a measured time are left out.

        Parameters
        ----------
        comparison : Comparison
            Result of `fertools.evaluation.compare`.
        cost : {"ms_one", "ms_batch"}, default="ms_one"
            Time per face of single or of batch predictions.
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.

        Returns
        -------
        display : AccuracyCostDisplay
        """
        results = {
            name: result
            for name, result in finished(comparison).items()
            if result.costs.get(cost) is not None
        }
        scores = [result.scores["published"] for result in results.values()]
        return cls(
            [score["accuracy"] for score in scores],
            [result.costs[cost] for result in results.values()],
            list(results),
            intervals=[score["intervals"]["accuracy"] for score in scores],
        ).plot(ax)
