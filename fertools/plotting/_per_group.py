"""Display of the accuracy per person or other group."""

from typing import Self

import numpy as np

from .._utils.text import printable
from ..evaluation._comparison_result import accuracy_per_group
from ._image_tiles import BLUE, VERMILION, make_axes


class PerGroupDisplay:
    """Accuracy per group of images, such as persons: one row per method, one dot per group.

    Shows the groups for which a method fails, which the mean accuracy hides. A line marks the
    interquartile range of the groups, a large dot the median.

    It is recommended to use `from_comparison`. All parameters are stored as attributes.

    Parameters
    ----------
    accuracy : array-like of shape (n_methods, n_groups)
        Accuracies in 0..1.
    names : sequence of str, shape (n_methods,)
        Method names.

    Attributes
    ----------
    lines_ : list of n_methods matplotlib Line2D
        Dots of each method.
    ax_ : matplotlib Axes
        Axes of the dots.
    figure_ : matplotlib Figure
        Figure containing `ax_`.

    Examples
    --------
    >>> from fertools.plotting._per_group import PerGroupDisplay
    >>> display = PerGroupDisplay([[0.9, 0.2, 0.7], [0.8, 0.5, 0.6]], ["svm", "knn"]).plot()
    >>> display.lines_[0].get_xdata().tolist()
    [0.9, 0.2, 0.7]
    """

    def __init__(self, accuracy, names):
        self.accuracy = accuracy
        self.names = names

    def plot(self, ax=None) -> Self:
        """Draw the dots.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.

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
        # Each group has its own height in the row, so that equal accuracies do not overlap.
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
        ax.set_yticks(rows, [printable(name) for name in self.names], parse_math=False)
        ax.set(title=f"accuracy per group, {n_groups:,} groups", xlabel="accuracy", xlim=(0, 1))
        # First method at the top.
        ax.set_ylim(n_methods - 0.5, -0.5)
        return self

    @classmethod
    def from_comparison(cls, comparison, *, ax=None) -> Self:
        """Draw the finished methods of a comparison on data with groups.

        Parameters
        ----------
        comparison : Comparison
            Result of `fertools.evaluation.compare`.
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.

        Returns
        -------
        display : PerGroupDisplay
        """
        table = accuracy_per_group(comparison)
        return cls(table.to_numpy().T, list(table)).plot(ax)
