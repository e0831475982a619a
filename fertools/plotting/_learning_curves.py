"""Loss and accuracy of a network, epoch by epoch."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ._image_tiles import BLUE, VERMILION, make_axes

_PANELS = ("loss", "accuracy")
_STYLES = {
    "": {"label": "training", "color": BLUE, "linestyle": "--"},
    "val_": {"label": "validation", "color": VERMILION, "linestyle": "-"},
}


class LearningCurvesDisplay:
    """Loss and accuracy over the epochs of a training, side by side, the best epoch marked.

    The best epoch is the one of the smallest validation loss, or, where nothing was validated,
    of the smallest training loss: that whose weights a network of `fertools.neural` keeps.

    It is recommended to use `from_estimator` or `from_history`. All parameters are stored as
    attributes.

    Parameters
    ----------
    history : dict of str to sequence of float
        `loss` and, where they were recorded, `val_loss`, `accuracy` and `val_accuracy`, a value
        an epoch. Other keys are not drawn.

    Attributes
    ----------
    best_epoch_ : int
        Counted from 0; the axis counts from 1.
    lines_ : dict of str to matplotlib Line2D
        The curves, by the keys of `history`.
    axes_ : ndarray of matplotlib Axes
        That of the loss, and that of the accuracy where there is one.
    figure_ : matplotlib Figure
        The figure of `axes_`.

    Examples
    --------
    >>> from fertools.plotting import LearningCurvesDisplay
    >>> history = {"loss": [1.8, 1.2, 0.9], "val_loss": [1.6, 1.3, 1.4]}
    >>> display = LearningCurvesDisplay.from_history(history)
    >>> display.best_epoch_, sorted(display.lines_)
    (1, ['loss', 'val_loss'])
    """

    def __init__(self, history):
        self.history = history

    def plot(self, ax=None):
        """Draw the curves.

        Parameters
        ----------
        ax : array-like of matplotlib Axes or None, default=None
            As many as there are panels: one for the loss, one for the accuracy where `history`
            has it. None makes a new figure.

        Returns
        -------
        self : LearningCurvesDisplay
        """
        if not len(self.history.get("loss", ())):
            raise ValueError(
                "history must hold 'loss' with a value for each epoch; "
                f"got the keys {list(self.history)}."
            )
        panels = [panel for panel in _PANELS if panel in self.history]
        if ax is None:
            ax = make_axes((4.2 * len(panels), 3.2), len(panels))
        self.axes_ = np.ravel(ax)
        if len(self.axes_) != len(panels):
            raise ValueError(
                f"ax must be {len(panels)} axes, for {' and '.join(panels)}; got {len(self.axes_)}."
            )
        self.best_epoch_ = int(np.nanargmin(self.history.get("val_loss", self.history["loss"])))
        self.lines_ = {}
        for panel_ax, panel in zip(self.axes_, panels, strict=True):
            self._draw(panel_ax, panel)
        self.figure_ = self.axes_[0].figure
        return self

    def _draw(self, ax, panel):
        for prefix, style in _STYLES.items():
            values = self.history.get(prefix + panel)
            if values is not None:
                epochs = np.arange(1, len(values) + 1)
                (self.lines_[prefix + panel],) = ax.plot(
                    epochs, values, **style, marker="o", markevery=[self.best_epoch_]
                )
        best = self.best_epoch_ + 1
        ax.axvline(best, color="0.5", linestyle=":", label=f"best epoch: {best}", zorder=0)
        ax.set(xlabel="epoch", ylabel=panel)
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.legend()

    @classmethod
    def from_estimator(cls, estimator, *, ax=None):
        """Draw the curves of a trained network.

        Parameters
        ----------
        estimator : estimator
            With the attribute `history_`.
        ax : array-like of matplotlib Axes or None, default=None
            See `plot`.

        Returns
        -------
        display : LearningCurvesDisplay
        """
        check_is_fitted(estimator, "history_")
        return cls.from_history(estimator.history_, ax=ax)

    @classmethod
    def from_history(cls, history, *, ax=None):
        """Draw the curves of a recorded training.

        Parameters
        ----------
        history : dict of str to sequence of float
            See the class.
        ax : array-like of matplotlib Axes or None, default=None
            See `plot`.

        Returns
        -------
        display : LearningCurvesDisplay
        """
        return cls(history).plot(ax)
