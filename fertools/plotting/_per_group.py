"""How evenly a method serves persons or other groups."""

import numpy as np
import pandas as pd

from ..evaluation._disagreement import finished
from ._image_tiles import BLUE, VERMILION, make_axes


class PerGroupDisplay:
    """Accuracy in each group of images, such as a person: a row for each method, a dot each group.

    A mean over all images hides those for whom a method does not work. A line marks the middle
    half of the groups, a large dot their median.

    It is recommended to use `from_comparison`. All parameters are stored as attributes.

    Parameters
    ----------
    accuracy : array-like of shape (n_methods, n_groups)
        In 0..1.
    names : sequence of str, shape (n_methods,)
        The methods.

    Attributes
    ----------
    lines_ : list of n_methods matplotlib Line2D
        The dots.
    ax_ : matplotlib Axes
        The axes of the dots.
    figure_ : matplotlib Figure
        The figure of `ax_`.

    Examples
    --------
    >>> from fertools.plotting import PerGroupDisplay
    >>> display = PerGroupDisplay([[0.9, 0.2, 0.7], [0.8, 0.5, 0.6]], ["svm", "knn"]).plot()
    >>> display.lines_[0].get_xdata().tolist()
    [0.9, 0.2, 0.7]
    """

    def __init__(self, accuracy, names):
        self.accuracy = accuracy
        self.names = names

    def plot(self, ax=None):
        """Draw the dots.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            None makes a new figure.

        Returns
        -------
        self : PerGroupDisplay
        """
        accuracy = np.asarray(self.accuracy, dtype=np.float64)
        n_methods, n_groups = accuracy.shape
        if ax is None:
            ax = make_axes((4.6, 1 + 0.45 * n_methods))
        self.ax_, self.figure_ = ax, ax.figure
        rows = np.arange(n_methods)
        # Groups that score alike stand side by side: each has a height of its own in its row.
        heights = np.linspace(-0.3, 0.3, n_groups + 2)[1:-1]
        self.lines_ = [
            ax.plot(scores, row + heights, "o", color=BLUE, alpha=0.4, markersize=4, clip_on=False)[
                0
            ]
            for row, scores in enumerate(accuracy)
        ]
        low, middle, high = np.quantile(accuracy, [0.25, 0.5, 0.75], axis=1)
        ax.hlines(rows, low, high, color=VERMILION, linewidth=3, zorder=3)
        ax.plot(middle, rows, "o", color=VERMILION, markeredgecolor="white", markersize=8)
        ax.set_yticks(rows, self.names, parse_math=False)
        ax.set(title=f"accuracy in each of {n_groups:,} groups", xlabel="accuracy", xlim=(0, 1))
        # The first method on top.
        ax.set_ylim(n_methods - 0.5, -0.5)
        return self

    @classmethod
    def from_comparison(cls, comparison, *, ax=None):
        """Draw the methods of a comparison that did not fail, on data with groups.

        Parameters
        ----------
        comparison : Comparison
            As `fertools.evaluation.compare` returns it.
        ax : matplotlib Axes or None, default=None
            None makes a new figure.

        Returns
        -------
        display : PerGroupDisplay
        """
        cases = finished(comparison)
        accuracy = [
            pd.Series(case.predicted == case.truth).groupby(case.group).mean()
            for case in cases.values()
        ]
        return cls(accuracy, list(cases)).plot(ax)
