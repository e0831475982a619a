"""Display of a risk-coverage curve."""

from typing import Self

from ..evaluation import risk_coverage_curve
from ._image_tiles import BLUE, make_axes


class RiskCoverageDisplay:
    """Risk-coverage curve: error rate of the accepted samples over the share of accepted samples.

    The least confident samples are rejected first. The risk falls steeply toward low coverage if
    the confidence separates errors from correct predictions; a flat curve means that rejection
    does not help. At low coverage the curve is noisy, as few samples are left.

    It is recommended to use `from_estimator` or `from_predictions`. All parameters are stored as
    attributes.

    Parameters
    ----------
    coverage : ndarray of shape (n_thresholds,), float64
        Share of accepted samples, increasing to 1.
    risk : ndarray of shape (n_thresholds,), float64
        Error rate among the accepted samples.
    thresholds : ndarray of shape (n_thresholds,), float64
        Smallest accepted confidence, decreasing.

    Attributes
    ----------
    line_ : matplotlib Line2D
        Drawn curve.
    ax_ : matplotlib Axes
        Axes of the curve.
    figure_ : matplotlib Figure
        Figure containing `ax_`.

    See Also
    --------
    fertools.evaluation.risk_coverage_curve : Computation and references.

    Examples
    --------
    >>> from fertools.plotting import RiskCoverageDisplay
    >>> y_true = ["sad", "sad", "happy", "happy"]
    >>> probabilities = [[0.1, 0.9], [0.2, 0.8], [0.7, 0.3], [0.4, 0.6]]
    >>> display = RiskCoverageDisplay.from_predictions(y_true, probabilities, ["happy", "sad"])
    >>> display.risk.tolist()
    [0.0, 0.0, 0.0, 0.25]
    """

    def __init__(self, coverage, risk, thresholds):
        self.coverage = coverage
        self.risk = risk
        self.thresholds = thresholds

    def plot(self, ax=None) -> Self:
        """Draw the curve.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.

        Returns
        -------
        self : RiskCoverageDisplay
        """
        self.ax_ = make_axes((4.2, 3.4)) if ax is None else ax
        self.figure_ = self.ax_.figure
        (self.line_,) = self.ax_.plot(self.coverage, self.risk, color=BLUE, clip_on=False)
        self.ax_.set(
            title=f"Error rate {self.risk[-1]:.3f} at full coverage",
            xlabel="coverage: share of accepted samples",
            ylabel="risk: error rate of accepted samples",
            xlim=(0, 1),
        )
        self.ax_.set_ylim(bottom=0)
        return self

    @classmethod
    def from_estimator(cls, estimator, X, y, *, ax=None) -> Self:
        """Draw the curve of a classifier.

        Parameters
        ----------
        estimator : estimator
            Fitted classifier with `predict_proba`.
        X : array-like of shape (n_samples, ...)
            Input samples.
        y : array-like of shape (n_samples,)
            True labels.
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.

        Returns
        -------
        display : RiskCoverageDisplay
        """
        return cls.from_predictions(y, estimator.predict_proba(X), estimator.classes_, ax=ax)

    @classmethod
    def from_predictions(cls, y_true, probabilities, classes, *, ax=None) -> Self:
        """Draw the curve of given probabilities.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,)
            True labels.
        probabilities : array-like of shape (n_samples, n_classes)
            Predicted probabilities, which sum to 1 per sample.
        classes : array-like of shape (n_classes,)
            Classes of the columns, as in `classes_` of a classifier.
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.

        Returns
        -------
        display : RiskCoverageDisplay
        """
        return cls(*risk_coverage_curve(y_true, probabilities, classes)).plot(ax)
