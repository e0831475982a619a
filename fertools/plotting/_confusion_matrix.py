"""Display of a confusion matrix with shares and counts."""

from typing import Self

import numpy as np
from sklearn.metrics import ConfusionMatrixDisplay as CountsDisplay
from sklearn.metrics import confusion_matrix
from sklearn.utils.multiclass import unique_labels

from .._utils.text import printable
from ..datasets import EXPRESSIONS
from ._image_tiles import make_axes


def in_order(labels):
    """Sort labels in the class order of FER-2013, followed by other labels in the given order."""
    positions = {name: position for position, name in enumerate(EXPRESSIONS)}
    return sorted(labels, key=lambda name: positions.get(name, len(positions)))


class ConfusionMatrixDisplay:
    """Confusion matrix with the share of the true class and the count in each cell.

    Unlike `sklearn.metrics.ConfusionMatrixDisplay`, it shows both numbers, colors cells by their
    share, so that rare classes are as visible as frequent ones, and sorts the classes in the order
    of FER-2013.

    It is recommended to use `from_estimator` or `from_predictions`. All parameters are stored as
    attributes.

    Parameters
    ----------
    confusion_matrix : ndarray of shape (n_classes, n_classes)
        Counts by true class (row) and predicted class (column).
    display_labels : sequence of str, shape (n_classes,)
        Class names.

    Attributes
    ----------
    im_ : matplotlib AxesImage
        Shares; 0 for classes without samples.
    text_ : ndarray of shape (n_classes, n_classes) of matplotlib Text
        Share and count of each cell.
    ax_ : matplotlib Axes
        Axes of the matrix.
    figure_ : matplotlib Figure
        Figure containing `ax_`.

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

    def plot(self, ax=None, *, cmap: str = "Blues") -> Self:
        """Draw the matrix.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.
        cmap : str or matplotlib Colormap, default="Blues"
            Colormap of shares in 0..1.

        Returns
        -------
        self : ConfusionMatrixDisplay
        """
        counts = self.confusion_matrix
        if ax is None:
            side = 1.5 + 0.7 * len(counts)
            ax = make_axes((side, side))
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        names = [printable(str(label)) for label in self.display_labels]
        drawn = CountsDisplay(shares, display_labels=names).plot(
            ax=ax,
            cmap=cmap,
            colorbar=False,
            xticks_rotation=45,
            im_kw={"vmin": 0, "vmax": 1},
            text_kw={"fontsize": 9},
        )
        for label in (*drawn.ax_.get_xticklabels(), *drawn.ax_.get_yticklabels()):
            label.set_parse_math(False)
        for text, share, count in zip(drawn.text_.flat, shares.flat, counts.flat, strict=True):
            # Color of the opposite end of the colormap.
            color = drawn.im_.cmap(float(share < 0.5))
            # Excluding many texts from the layout saves time.
            text.set(text=f"{share:.0%}\n{count}", color=color, in_layout=False)
        self.im_, self.text_ = drawn.im_, drawn.text_
        self.ax_, self.figure_ = drawn.ax_, drawn.figure_
        return self

    @classmethod
    def from_estimator(cls, estimator, X, y, *, labels=None, ax=None) -> Self:
        """Predict with a classifier and draw its confusion matrix.

        Parameters
        ----------
        estimator : estimator
            Fitted classifier.
        X : array-like of shape (n_samples, ...)
            Input samples.
        y : array-like of shape (n_samples,)
            True labels.
        labels : sequence of str or None, default=None
            Classes in the order to draw; see `from_predictions`.
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.

        Returns
        -------
        display : ConfusionMatrixDisplay
        """
        return cls.from_predictions(y, estimator.predict(X), labels=labels, ax=ax)

    @classmethod
    def from_predictions(cls, y_true, y_pred, *, labels=None, ax=None) -> Self:
        """Draw the confusion matrix of given predictions.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,)
            True labels.
        y_pred : array-like of shape (n_samples,)
            Predicted labels.
        labels : sequence of str or None, default=None
            Classes in the order to draw. None means all labels that occur: those of FER-2013 in
            its class order, then others, sorted.
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.

        Returns
        -------
        display : ConfusionMatrixDisplay
        """
        if labels is None:
            labels = in_order(unique_labels(y_true, y_pred).tolist())
        counts = confusion_matrix(y_true, y_pred, labels=labels)
        return cls(counts, display_labels=labels).plot(ax)
