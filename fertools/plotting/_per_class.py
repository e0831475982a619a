"""A score of every class, method by method."""

import numpy as np

from ..evaluation._disagreement import finished
from ._heatmap import draw_heat


class PerClassDisplay:
    """A score of each class by each method: a row for each method, a column for each class.

    The last column is the mean of the classes.

    It is recommended to use `from_comparison`. All parameters are stored as attributes.

    Parameters
    ----------
    scores : array-like of shape (n_methods, n_classes)
        In 0..1.
    names : sequence of str, shape (n_methods,)
        The methods.
    classes : sequence of str, shape (n_classes,)
        The classes.
    label : str, default="score"
        What the score is called in the title.

    Attributes
    ----------
    im_ : matplotlib AxesImage
        The cells.
    text_ : ndarray of shape (n_methods, n_classes + 1) of matplotlib Text
        The scores in percent; the last column is their mean.
    ax_ : matplotlib Axes
        The axes of the table.
    figure_ : matplotlib Figure
        The figure of `ax_`.

    Examples
    --------
    >>> from fertools.plotting import PerClassDisplay
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

    def plot(self, ax=None, *, cmap="Blues"):
        """Draw the table.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            None makes a new figure.
        cmap : str or matplotlib Colormap, default="Blues"
            Colors of the scores 0..1.

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
        # Sets the mean apart.
        self.ax_.axvline(len(self.classes) - 0.5, color="white", linewidth=4)
        self.ax_.set_title(f"{self.label} of each class, %")
        return self

    @classmethod
    def from_comparison(cls, comparison, *, score="recall", ax=None):
        """Draw a score of the methods of a comparison that did not fail, on all test images.

        Parameters
        ----------
        comparison : Comparison
            As `fertools.evaluation.compare` returns it.
        score : {"recall", "precision", "f1"}, default="recall"
            Which score.
        ax : matplotlib Axes or None, default=None
            None makes a new figure.

        Returns
        -------
        display : PerClassDisplay
        """
        cases, classes = finished(comparison), comparison.target_names
        per_class = [case.scores["published"]["per_class"] for case in cases.values()]
        scores = [[of[name][score] for name in classes] for of in per_class]
        return cls(scores, list(cases), classes, label=score).plot(ax)
