"""Display of loss and accuracy per epoch."""

from typing import Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ._image_tiles import BLUE, VERMILION, make_axes

_PANELS = ("loss", "accuracy")
_STYLES = {
    "": {"label": "training", "color": BLUE, "linestyle": "--"},
    "val_": {"label": "validation", "color": VERMILION, "linestyle": "-"},
}


class LearningCurvesDisplay:
    """Loss and accuracy over the training epochs, with the best epoch marked.

    Networks of `fertools.neural` keep the weights of the best epoch. Unless given, it is the epoch
    with the smallest validation loss or, without validation, the smallest training loss.

    It is recommended to use `from_estimator` or `from_history`. All parameters are stored as
    attributes.

    Parameters
    ----------
    history : dict of str to sequence of float
        One value per epoch of `loss` and, if recorded, of `val_loss`, `accuracy` and
        `val_accuracy`. Other keys are ignored.
    best_epoch : int or None, default=None
        Index of the best epoch, starting at 0; None determines it from the losses.

    Attributes
    ----------
    best_epoch_ : int
        Index of the best epoch, starting at 0; the axis starts at 1.
    lines_ : dict of str to matplotlib Line2D
        Curves by key of `history`.
    axes_ : ndarray of matplotlib Axes
        Axes of the loss and, if recorded, of the accuracy.
    figure_ : matplotlib Figure
        Figure containing `axes_`.

    Examples
    --------
    >>> from fertools.plotting import LearningCurvesDisplay
    >>> history = {"loss": [1.8, 1.2, 0.9], "val_loss": [1.6, 1.3, 1.4]}
    >>> display = LearningCurvesDisplay.from_history(history)
    >>> display.best_epoch_, sorted(display.lines_)
    (1, ['loss', 'val_loss'])
    """

    def __init__(self, history, *, best_epoch=None):
        self.history = history
        self.best_epoch = best_epoch

    def plot(self, ax=None) -> Self:
        """Draw the curves.

        Parameters
        ----------
        ax : array-like of matplotlib Axes or None, default=None
            Axes of the loss and, if `history` has it, of the accuracy; None creates a new
            figure.

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
        self.best_epoch_ = self._best_epoch()
        self.lines_ = {}
        for panel_ax, panel in zip(self.axes_, panels, strict=True):
            self._draw(panel_ax, panel)
        self.figure_ = self.axes_[0].figure
        return self

    def _best_epoch(self):
        n_epochs = len(self.history["loss"])
        if self.best_epoch is None:
            return int(np.nanargmin(self.history.get("val_loss", self.history["loss"])))
        if self.best_epoch not in range(n_epochs):
            raise ValueError(
                f"best_epoch must be in 0..{n_epochs - 1} or None; got {self.best_epoch!r}."
            )
        return int(self.best_epoch)

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
    def from_estimator(cls, estimator, *, ax=None) -> Self:
        """Draw the curves of a trained network.

        Parameters
        ----------
        estimator : estimator
            Fitted network with the attribute `history_` and, optionally, `best_epoch_`.
        ax : array-like of matplotlib Axes or None, default=None
            Axes as in `plot`.

        Returns
        -------
        display : LearningCurvesDisplay
        """
        check_is_fitted(estimator, "history_")
        best_epoch = getattr(estimator, "best_epoch_", None)
        return cls.from_history(estimator.history_, best_epoch=best_epoch, ax=ax)

    @classmethod
    def from_history(cls, history: dict, *, best_epoch: int | None = None, ax=None) -> Self:
        """Draw the curves of a training history.

        Parameters
        ----------
        history : dict of str to sequence of float
            History as in the constructor.
        best_epoch : int or None, default=None
            Best epoch as in the constructor.
        ax : array-like of matplotlib Axes or None, default=None
            Axes as in `plot`.

        Returns
        -------
        display : LearningCurvesDisplay
        """
        return cls(history, best_epoch=best_epoch).plot(ax)
