"""What a classifier gains by rejecting what it is not sure of."""

from ..evaluation import risk_coverage_curve
from ._image_tiles import BLUE, make_axes


class RiskCoverageDisplay:
    """The share of errors among the samples that are kept, over the share that is kept.

    Samples are rejected in the order of their confidence, the least confident first. A classifier
    that knows where it errs has a curve that falls steeply to the left; a flat one gains nothing
    by rejection. To the left few samples are kept, and chance rules.

    It is recommended to use `from_estimator` or `from_predictions`. All parameters are stored as
    attributes.

    Parameters
    ----------
    coverage : ndarray of shape (n_thresholds,), float64
        Share of samples kept, rising to 1.
    risk : ndarray of shape (n_thresholds,), float64
        Share of errors among those kept.
    thresholds : ndarray of shape (n_thresholds,), float64
        The least confidence that is kept, falling.

    Attributes
    ----------
    line_ : matplotlib Line2D
        The curve.
    ax_ : matplotlib Axes
        The axes of the curve.
    figure_ : matplotlib Figure
        The figure of `ax_`.

    See Also
    --------
    fertools.evaluation.risk_coverage_curve : The numbers, and who named them.

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

    def plot(self, ax=None):
        """Draw the curve.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            None makes a new figure.

        Returns
        -------
        self : RiskCoverageDisplay
        """
        self.ax_ = make_axes((4.2, 3.4)) if ax is None else ax
        self.figure_ = self.ax_.figure
        (self.line_,) = self.ax_.plot(self.coverage, self.risk, color=BLUE, clip_on=False)
        self.ax_.set(
            title=f"Error rate {self.risk[-1]:.3f} where all are kept",
            xlabel="coverage: share of samples kept",
            ylabel="risk: error rate among them",
            xlim=(0, 1),
        )
        self.ax_.set_ylim(bottom=0)
        return self

    @classmethod
    def from_estimator(cls, estimator, X, y, *, ax=None):
        """Predict probabilities with a classifier and draw its curve.

        Parameters
        ----------
        estimator : estimator
            A fitted classifier with `predict_proba`.
        X : array-like of shape (n_samples, ...)
            What it predicts.
        y : array-like of shape (n_samples,)
            True labels.
        ax : matplotlib Axes or None, default=None
            None makes a new figure.

        Returns
        -------
        display : RiskCoverageDisplay
        """
        return cls.from_predictions(y, estimator.predict_proba(X), estimator.classes_, ax=ax)

    @classmethod
    def from_predictions(cls, y_true, probabilities, classes, *, ax=None):
        """Draw the curve of given probabilities.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,)
            True labels.
        probabilities : array-like of shape (n_samples, n_classes)
            Rows that sum to 1.
        classes : array-like of shape (n_classes,)
            What the columns stand for, as in `classes_` of a classifier.
        ax : matplotlib Axes or None, default=None
            None makes a new figure.

        Returns
        -------
        display : RiskCoverageDisplay
        """
        return cls(*risk_coverage_curve(y_true, probabilities, classes)).plot(ax)
