"""Display of a reliability diagram."""

from typing import Self

import numpy as np

from ..evaluation._calibration_error import bin_confidence, mean_gap, top_labels
from ._image_tiles import BLUE, make_axes


class ReliabilityDisplay:
    """Reliability diagram of a multiclass classifier: accuracy over confidence.

    The confidence is the probability of the predicted class, in bins of equal width; the height of
    a bar is the accuracy of the samples in its bin. Bars below the diagonal indicate an
    overconfident classifier, bars above it an underconfident one. The title shows the expected
    calibration error, the mean gap over the samples. `sklearn.calibration.CalibrationDisplay` is
    for two classes.

    It is recommended to use `from_estimator` or `from_predictions`. All parameters are stored as
    attributes.

    Parameters
    ----------
    confidence : ndarray of shape (n_bins,), float64
        Mean confidence per bin; NaN for empty bins.
    accuracy : ndarray of shape (n_bins,), float64
        Accuracy per bin; NaN for empty bins.
    counts : ndarray of shape (n_bins,), int
        Number of samples per bin.

    Attributes
    ----------
    ece_ : float
        Expected calibration error.
    bars_ : matplotlib BarContainer
        Bars of the accuracies.
    line_ : matplotlib Line2D
        Points of confidence and accuracy.
    ax_ : matplotlib Axes
        Axes of the diagram.
    figure_ : matplotlib Figure
        Figure containing `ax_`.

    See Also
    --------
    fertools.evaluation.expected_calibration_error : Formula and references of the error.

    Examples
    --------
    >>> from fertools.plotting import ReliabilityDisplay
    >>> y_true = ["sad", "sad", "happy", "happy"]
    >>> probabilities = [[0.1, 0.9], [0.1, 0.9], [0.9, 0.1], [0.1, 0.9]]
    >>> display = ReliabilityDisplay.from_predictions(y_true, probabilities, ["happy", "sad"])
    >>> round(display.ece_, 2)
    0.15
    """

    def __init__(self, confidence, accuracy, counts):
        self.confidence = confidence
        self.accuracy = accuracy
        self.counts = counts

    def plot(self, ax=None) -> Self:
        """Draw the diagram.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.

        Returns
        -------
        self : ReliabilityDisplay
        """
        self.ax_ = make_axes((4.2, 4.2)) if ax is None else ax
        self.figure_ = self.ax_.figure
        self.ece_ = mean_gap(self.confidence, self.accuracy, self.counts)
        filled = self.counts > 0
        edges = np.linspace(0, 1, len(self.counts) + 1)
        self.bars_ = self.ax_.bar(
            edges[:-1][filled],
            self.accuracy[filled],
            width=edges[1],
            align="edge",
            color=BLUE,
            alpha=0.35,
            edgecolor="white",
        )
        self.ax_.plot([0, 1], [0, 1], "k:", label="perfectly calibrated")
        (self.line_,) = self.ax_.plot(
            self.confidence[filled],
            self.accuracy[filled],
            "o-",
            color=BLUE,
            label="accuracy per bin",
            clip_on=False,
        )
        self.ax_.legend(loc="upper left")
        self.ax_.set(
            title=f"ECE {self.ece_:.3f} over {self.counts.sum():,} samples",
            xlabel="confidence",
            ylabel="accuracy",
            xlim=(0, 1),
            ylim=(0, 1),
            aspect="equal",
        )
        return self

    @classmethod
    def from_estimator(cls, estimator, X, y, *, n_bins: int = 15, ax=None) -> Self:
        """Draw the reliability diagram of a classifier.

        Parameters
        ----------
        estimator : estimator
            Fitted classifier with `predict_proba`.
        X : array-like of shape (n_samples, ...)
            Input samples.
        y : array-like of shape (n_samples,)
            True labels.
        n_bins : int, default=15
            Number of bins.
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.

        Returns
        -------
        display : ReliabilityDisplay
        """
        probabilities = estimator.predict_proba(X)
        return cls.from_predictions(y, probabilities, estimator.classes_, n_bins=n_bins, ax=ax)

    @classmethod
    def from_predictions(cls, y_true, probabilities, classes, *, n_bins: int = 15, ax=None) -> Self:
        """Draw the reliability diagram of given probabilities.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,)
            True labels.
        probabilities : array-like of shape (n_samples, n_classes)
            Predicted probabilities, which sum to 1 per sample.
        classes : array-like of shape (n_classes,)
            Classes of the columns, as in `classes_` of a classifier.
        n_bins : int, default=15
            Number of bins.
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.

        Returns
        -------
        display : ReliabilityDisplay
        """
        confidence, correct = top_labels(y_true, probabilities, classes)
        return cls(*bin_confidence(confidence, correct, n_bins)).plot(ax)
