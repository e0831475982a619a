"""Which methods differ for certain."""

import numpy as np
import pandas as pd

from ..evaluation._disagreement import finished
from ._heatmap import draw_heat

# The level of a test for which a difference is colored.
LEVEL = 0.05


def _p_text(p):
    return "<.001" if p < 0.001 else f"{p:.3f}".removeprefix("0")


class PairwiseDisplay:
    """McNemar's test between every two methods: the difference in accuracy, and under it p.

    A cell says how many percentage points the method of its row is more accurate than that of its
    column. It is colored where p, corrected for the number of pairs, is below 0.05: blue where
    the row is better, red where the column is.

    It is recommended to use `from_comparison`. All parameters are stored as attributes.

    Parameters
    ----------
    difference : array-like of shape (n_methods, n_methods)
        Accuracy of the row less that of the column.
    p : array-like of shape (n_methods, n_methods)
        The corrected p of each pair.
    names : sequence of str, shape (n_methods,)
        The methods.

    Attributes
    ----------
    im_ : matplotlib AxesImage
        The cells.
    text_ : ndarray of shape (n_methods, n_methods) of matplotlib Text
        Difference and p; empty on the diagonal.
    ax_ : matplotlib Axes
        The axes of the matrix.
    figure_ : matplotlib Figure
        The figure of `ax_`.

    Examples
    --------
    >>> from fertools.plotting import PairwiseDisplay
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

    def plot(self, ax=None, *, cmap="RdBu"):
        """Draw the matrix.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            None makes a new figure.
        cmap : str or matplotlib Colormap, default="RdBu"
            From the column being better to the row being better.

        Returns
        -------
        self : PairwiseDisplay
        """
        difference, p = np.asarray(self.difference, dtype=np.float64), np.asarray(self.p)
        texts = [
            [f"{100 * points:+.1f}\n{_p_text(chance)}" for points, chance in zip(*row, strict=True)]
            for row in zip(difference, p, strict=True)
        ]
        for place in range(len(texts)):
            texts[place][place] = ""
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
        self.ax_.set_title("row less column, points; p")
        return self

    @classmethod
    def from_comparison(cls, comparison, *, ax=None):
        """Draw the pairs of a comparison, with Holm's correction.

        Parameters
        ----------
        comparison : Comparison
            As `fertools.evaluation.compare` returns it.
        ax : matplotlib Axes or None, default=None
            None makes a new figure.

        Returns
        -------
        display : PairwiseDisplay
        """
        cases = finished(comparison)
        names = list(cases)
        accuracy = np.array([case.scores["published"]["accuracy"] for case in cases.values()])
        p = pd.DataFrame(1.0, index=names, columns=names)
        for pair in comparison.pairs().itertuples():
            p.loc[pair.first, pair.second] = p.loc[pair.second, pair.first] = pair.p_holm
        return cls(accuracy[:, None] - accuracy, p.to_numpy(), names).plot(ax)
