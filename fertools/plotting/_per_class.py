"""Display of a score per class and method."""

from typing import Self

import numpy as np

from ..evaluation._comparison_result import finished
from ._heatmap import draw_heat


class PerClassDisplay:
    """Score of each method (row) for each class (column), with the mean in the last column.

    It is recommended to use `from_comparison`. All parameters are stored as attributes.

    Parameters
    ----------
    scores : array-like of shape (n_methods, n_classes)
        Scores in 0..1.
    names : sequence of str, shape (n_methods,)
        Method names.
    classes : sequence of str, shape (n_classes,)
        Class names.
    label : str, default="score"
        Name of the score in the title.

    Attributes
    ----------
    im_ : matplotlib AxesImage
        Colored cells.
    text_ : ndarray of shape (n_methods, n_classes + 1) of matplotlib Text
        Scores in percent; the last column is the mean.
    ax_ : matplotlib Axes
        Axes of the table.
    figure_ : matplotlib Figure
        Figure containing `ax_`.

    Examples
    --------
    >>> from fertools.plotting._per_class import PerClassDisplay
    >>> scores = [[0.9, 0.5], [0.8, 0.7]]
    >>> display = PerClassDisplay(scores, ["knn", "svm"], ["happy", "sad"]).plot()
    >>> [text.get_text() for text in display.text_[0]]
    ['90', '50', '70']
    """

    def __init__(self, scores, names, classes, *, label="score"):
        self.scores = scores
        self.names = names
        self.classes = classes
        self.label = label

    def plot(self, ax=None, *, cmap: str = "Blues") -> Self:
        """Draw the table.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.
        cmap : str or matplotlib Colormap, default="Blues"
            Colormap of scores in 0..1.

        Returns
        -------
        self : PerClassDisplay
        """
        scores = np.asarray(self.scores, dtype=np.float64)
        shown = np.column_stack([scores, scores.mean(axis=1)])
        self.im_, self.text_ = draw_heat(
            ax,
            shown,
            [[f"{100 * share:.0f}" for share in row] for row in shown],
            self.names,
            [*self.classes, "mean"],
            cmap=cmap,
            limit=(0, 1),
        )
        self.ax_, self.figure_ = self.im_.axes, self.im_.figure
        # Separates the mean.
        self.ax_.axvline(len(self.classes) - 0.5, color="white", linewidth=4)
        self.ax_.set_title(f"{self.label} per class, %", parse_math=False)
        return self

    @classmethod
    def from_comparison(cls, comparison, *, score: str = "recall", ax=None) -> Self:
        """Draw a score of the finished methods of a comparison.

        Parameters
        ----------
        comparison : Comparison
            Result of `fertools.evaluation.compare`.
        score : {"recall", "precision", "f1"}, default="recall"
            Score to draw.
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.

        Returns
        -------
        display : PerClassDisplay
        """
        results, classes = finished(comparison), comparison.target_names
        per_class = [result.scores["published"]["per_class"] for result in results.values()]
        scores = [[by_class[name][score] for name in classes] for by_class in per_class]
        return cls(scores, list(results), classes, label=score).plot(ax)
