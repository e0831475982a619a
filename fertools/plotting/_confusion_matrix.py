"""A confusion matrix with shares and counts in each cell."""

import numpy as np
from sklearn.metrics import ConfusionMatrixDisplay as CountsDisplay
from sklearn.metrics import confusion_matrix
from sklearn.utils.multiclass import unique_labels

from ..datasets import EXPRESSIONS
from ._image_tiles import make_axes


def in_order(labels):
    """Put the names of FER-2013 into its order; others stay after them as they are."""
    places = {name: place for place, name in enumerate(EXPRESSIONS)}
    return sorted(labels, key=lambda name: places.get(name, len(places)))


class ConfusionMatrixDisplay:
    """A confusion matrix: in each cell the share of the true class, and under it the count.

    What this adds to `sklearn.metrics.ConfusionMatrixDisplay`: both figures in a cell, colors
    by the share, so that a rare class is seen as well as a frequent one, and the order of classes
    of FER-2013.

    It is recommended to use `from_estimator` or `from_predictions`. All parameters are stored as
    attributes.

    Parameters
    ----------
    confusion_matrix : ndarray of shape (n_classes, n_classes)
        Counts: a row for each true class, a column for each predicted one.
    display_labels : sequence of str, shape (n_classes,)
        The names of the classes.

    Attributes
    ----------
    im_ : matplotlib AxesImage
        The shares; a row of a class without samples is 0.
    text_ : ndarray of shape (n_classes, n_classes) of matplotlib Text
        Share and count.
    ax_ : matplotlib Axes
        The axes of the matrix.
    figure_ : matplotlib Figure
        The figure of `ax_`.

    Examples
    --------
    >>> from fertools.plotting import ConfusionMatrixDisplay
    >>> y_true = ["sad", "happy", "happy", "happy", "happy"]
    >>> y_pred = ["sad", "happy", "sad", "happy", "happy"]
    >>> display = ConfusionMatrixDisplay.from_predictions(y_true, y_pred)
    >>> display.display_labels
    ['happy', 'sad']
    >>> print(display.text_[0, 0].get_text())
    75%
    3
    """

    def __init__(self, confusion_matrix, *, display_labels):
        self.confusion_matrix = confusion_matrix
        self.display_labels = display_labels

    def plot(self, ax=None, *, cmap="Blues"):
        """Draw the matrix.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            None makes a new figure.
        cmap : str or matplotlib Colormap, default="Blues"
            Colors of the shares 0..1.

        Returns
        -------
        self : ConfusionMatrixDisplay
        """
        counts = self.confusion_matrix
        if ax is None:
            side = 1.5 + 0.7 * len(counts)
            ax = make_axes((side, side))
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        drawn = CountsDisplay(shares, display_labels=self.display_labels).plot(
            ax=ax,
            cmap=cmap,
            colorbar=False,
            xticks_rotation=45,
            im_kw={"vmin": 0, "vmax": 1},
            text_kw={"fontsize": 9},
        )
        for text, share, count in zip(drawn.text_.flat, shares.flat, counts.flat, strict=True):
            # The color at the other end from that of the cell.
            color = drawn.im_.cmap(float(share < 0.5))
            # Inside the matrix: the layout need not ask where each of many texts ends.
            text.set(text=f"{share:.0%}\n{count}", color=color, in_layout=False)
        self.im_, self.text_ = drawn.im_, drawn.text_
        self.ax_, self.figure_ = drawn.ax_, drawn.figure_
        return self

    @classmethod
    def from_estimator(cls, estimator, X, y, *, labels=None, ax=None):
        """Predict with a classifier and draw its confusion matrix.

        Parameters
        ----------
        estimator : estimator
            A fitted classifier.
        X : array-like of shape (n_samples, ...)
            What it predicts.
        y : array-like of shape (n_samples,)
            True labels.
        labels : sequence of str or None, default=None
            See `from_predictions`.
        ax : matplotlib Axes or None, default=None
            None makes a new figure.

        Returns
        -------
        display : ConfusionMatrixDisplay
        """
        return cls.from_predictions(y, estimator.predict(X), labels=labels, ax=ax)

    @classmethod
    def from_predictions(cls, y_true, y_pred, *, labels=None, ax=None):
        """Draw the confusion matrix of given predictions.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,)
            True labels.
        y_pred : array-like of shape (n_samples,)
            Predicted labels.
        labels : sequence of str or None, default=None
            The classes in the order wanted. None takes those that occur, first the names of
            FER-2013 in its order, then others, sorted.
        ax : matplotlib Axes or None, default=None
            None makes a new figure.

        Returns
        -------
        display : ConfusionMatrixDisplay
        """
        if labels is None:
            labels = in_order(unique_labels(y_true, y_pred).tolist())
        counts = confusion_matrix(y_true, y_pred, labels=labels)
        return cls(counts, display_labels=labels).plot(ax)
