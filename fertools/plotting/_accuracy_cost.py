"""What a method gains for the time it takes."""

import numpy as np
from sklearn.isotonic import isotonic_regression

from ..evaluation._disagreement import finished
from ._image_tiles import BLUE, make_axes

_GRAY = "0.45"
# Points between the names of two methods.
_LINE = 12


def pareto_front(cost, gain):
    """Return which points no other beats: shape (n_points,), bool.

    A point is beaten by one that costs no more and gains no less, and is better in one of them.
    """
    cost, gain = np.asarray(cost), np.asarray(gain)
    no_worse = (cost[:, None] <= cost) & (gain[:, None] >= gain)
    better = (cost[:, None] < cost) | (gain[:, None] > gain)
    return ~(no_worse & better).any(axis=0)


def spread(places, gap):
    """Move sorted places in 0..1 apart by at least `gap`, and each as little as can be.

    The sum of the squared moves is the least [1]_: with gaps taken off, places must only rise.

    References
    ----------
    .. [1] R. E. Barlow, D. J. Bartholomew, J. M. Bremner, H. D. Brunk, "Statistical inference
       under order restrictions", Wiley, 1972: isotonic regression.
    """
    gap = min(gap, 1 / max(len(places) - 1, 1))
    gaps = gap * np.arange(len(places))
    return isotonic_regression(places - gaps, y_min=0, y_max=1 - gaps[-1]) + gaps


class AccuracyCostDisplay:
    """Accuracy of methods over the milliseconds they take for a face, the Pareto front marked.

    On the front lie the methods than which no other is both as fast and as accurate, and better in
    one of the two. The time is on a logarithmic scale. Vertical bars are intervals.

    It is recommended to use `from_comparison`. All parameters are stored as attributes.

    Parameters
    ----------
    accuracy : array-like of shape (n_methods,)
        In 0..1.
    milliseconds : array-like of shape (n_methods,)
        For one face.
    names : sequence of str, shape (n_methods,)
        The methods.
    intervals : array-like of shape (n_methods, 2) or None, default=None
        Lower and upper limit of each accuracy.

    Attributes
    ----------
    front_ : ndarray of shape (n_methods,), bool
        Which methods are on the front.
    line_ : matplotlib Line2D
        The front, as a staircase.
    text_ : list of n_methods matplotlib Annotation
        The names, at the right, in the order of `names`; bold on the front.
    ax_ : matplotlib Axes
        The axes of the points.
    figure_ : matplotlib Figure
        The figure of `ax_`.

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

    def plot(self, ax=None):
        """Draw the methods.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            None makes a new figure.

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
        ax.set(xscale="log", xlabel="milliseconds a face", ylabel="accuracy")
        ax.margins(x=0.08, y=0.08)
        # More ticks than one a decade where there is room for their numbers.
        ticks = (1, 2, 5) if cost.max() < 50 * cost.min() else (1,)
        ax.xaxis.get_major_locator().set_params(subs=ticks)
        ax.xaxis.set_major_formatter("{x:g}")
        ax.xaxis.set_minor_formatter("")
        ax.legend(loc="lower right")
        self._write_names(accuracy, cost)
        return self

    def _write_names(self, accuracy, cost):
        """Write the names at the right of the axes, none over another, with lines to the points."""
        ax, order = self.ax_, np.argsort(accuracy, kind="stable")
        bottom, top = ax.get_ylim()
        points = ax.bbox.height * 72 / ax.figure.dpi
        places = spread((accuracy[order] - bottom) / (top - bottom), _LINE / points)
        self.text_ = [None] * len(order)
        for method, place in zip(order, places, strict=True):
            is_best = self.front_[method]
            self.text_[method] = ax.annotate(
                self.names[method],
                (cost[method], accuracy[method]),
                (1.04, place),
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
    def from_comparison(cls, comparison, *, cost="ms_one", ax=None):
        """Draw the finished methods of a comparison with their scores on all test images.

        A method whose time was not measured is left out.

        Parameters
        ----------
        comparison : Comparison
            As `fertools.evaluation.compare` returns it.
        cost : {"ms_one", "ms_batch"}, default="ms_one"
            The time of a face alone, or of one in a batch.
        ax : matplotlib Axes or None, default=None
            None makes a new figure.

        Returns
        -------
        display : AccuracyCostDisplay
        """
        cases = {
            name: case
            for name, case in finished(comparison).items()
            if case.costs.get(cost) is not None
        }
        scores = [case.scores["published"] for case in cases.values()]
        return cls(
            [score["accuracy"] for score in scores],
            [case.costs[cost] for case in cases.values()],
            list(cases),
            intervals=[score["intervals"]["accuracy"] for score in scores],
        ).plot(ax)
