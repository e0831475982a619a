"""Display of significance tests between methods."""

from typing import Self

import numpy as np
import pandas as pd

from ..evaluation._comparison_result import finished
from ._heatmap import draw_heat

# Significance level below which a difference is colored.
LEVEL = 0.05


def _p_text(p):
    return "<.001" if p < 0.001 else f"{p:.3f}".removeprefix("0")


class PairwiseDisplay:
    """Differences in accuracy between methods, with p-values of McNemar's test.

    A cell shows the accuracy of the method in its row minus the accuracy of the method in its
    column, in percentage points, and the p-value. Significant differences (corrected p below 0.05)
    are blue if the row is better and red if the column is better.

    It is recommended to use `from_comparison`. All parameters are stored as attributes.

    Parameters
    ----------
    difference : array-like of shape (n_methods, n_methods)
        Accuracy of the row minus accuracy of the column.
    p : array-like of shape (n_methods, n_methods)
        Corrected p-value of each pair.
    names : sequence of str, shape (n_methods,)
        Method names.

    Attributes
    ----------
    im_ : matplotlib AxesImage
        Colored cells.
    text_ : ndarray of shape (n_methods, n_methods) of matplotlib Text
        Difference and p-value; empty on the diagonal.
    ax_ : matplotlib Axes
        Axes of the matrix.
    figure_ : matplotlib Figure
        Figure containing `ax_`.

    Examples
    --------
    >>> from fertools.plotting._pairwise import PairwiseDisplay
    >>> difference, p = [[0, 0.042], [-0.042, 0]], [[1, 0.003], [0.003, 1]]
    >>> display = PairwiseDisplay(difference, p, ["svm", "knn"]).plot()
    >>> print(display.text_[0, 1].get_text())
    +4.2
    .003
    """

    def __init__(self, difference, p, names):
        self.difference = difference
        self.p = p
        self.names = names

    def plot(self, ax=None, *, cmap: str = "RdBu") -> Self:
        """Draw the matrix.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.
        cmap : str or matplotlib Colormap, default="RdBu"
            Colormap from negative to positive differences.

        Returns
        -------
        self : PairwiseDisplay
        """
        difference, p = np.asarray(self.difference, dtype=np.float64), np.asarray(self.p)
        texts = [
            [f"{100 * points:+.1f}\n{_p_text(chance)}" for points, chance in zip(*row, strict=True)]
            for row in zip(difference, p, strict=True)
        ]
        for k in range(len(texts)):
            texts[k][k] = ""
        limit = max(np.abs(difference).max(), 0.01)
        self.im_, self.text_ = draw_heat(
            ax,
            np.where(p < LEVEL, difference, np.nan),
            texts,
            self.names,
            self.names,
            cmap=cmap,
            limit=(-limit, limit),
        )
        self.ax_, self.figure_ = self.im_.axes, self.im_.figure
        self.ax_.set_title("row minus column, points; p")
        return self

    @classmethod
    def from_comparison(cls, comparison, *, ax=None) -> Self:
        """Draw the pairs of a comparison with Holm's correction.

        Parameters
        ----------
        comparison : Comparison
            Result of `fertools.evaluation.compare`.
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.

        Returns
        -------
        display : PairwiseDisplay
        """
        results = finished(comparison)
        names = list(results)
        accuracy = np.array([r.scores["published"]["accuracy"] for r in results.values()])
        p = pd.DataFrame(1.0, index=names, columns=names)
        for pair in comparison.pairs().itertuples():
            p.loc[pair.first, pair.second] = p.loc[pair.second, pair.first] = pair.p_holm
        return cls(accuracy[:, None] - accuracy, p.to_numpy(), names).plot(ax)
