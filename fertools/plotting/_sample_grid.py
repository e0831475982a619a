"""Display of images with labels and predictions."""

from numbers import Integral
from typing import Self

import numpy as np
from sklearn.utils import check_consistent_length, check_random_state, check_scalar

from .._utils.text import printable
from ._image_tiles import VERMILION, Tiles


def choose_per_class(labels, classes, n, rng):
    """Return random indices of n samples per class: shape (n, n_classes)."""
    order = rng.permutation(len(labels))
    rows = []
    for name in classes:
        members = order[labels[order] == name][:n]
        if len(members) < n:
            raise ValueError(
                f"n must be at most {len(members)}, the number of images of {name!r}; got {n}."
            )
        rows.append(members)
    return np.column_stack(rows)


class SampleGridDisplay:
    """Grid of images with their labels; wrong predictions are marked.

    It is recommended to use `from_bunch`, `from_estimator` or `from_predictions`. All parameters
    are stored as attributes.

    Parameters
    ----------
    images : array-like of shape (n, h, w) or (n, h, w, 3), or sequence of images
        Gray or RGB images, uint8 or floats in 0..1.
    labels : array-like of shape (n,)
        True labels.
    predictions : array-like of shape (n,) or None, default=None
        Predicted labels.

    Attributes
    ----------
    images_ : list of n matplotlib AxesImage
        Drawn images, in the order of `images`.
    text_ : list of n matplotlib Text
        Captions: the label, followed by the prediction if it is wrong.
    frames_ : list of matplotlib Line2D
        Frames around images with wrong predictions.
    ax_ : matplotlib Axes
        Axes containing the grid.
    figure_ : matplotlib Figure
        Figure containing `ax_`.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.plotting import SampleGridDisplay
    >>> faces = make_faces(70, random_state=0)
    >>> display = SampleGridDisplay.from_bunch(faces, n=2, random_state=0)
    >>> len(display.images_)
    14
    """

    def __init__(self, images, labels, *, predictions=None):
        self.images = images
        self.labels = labels
        self.predictions = predictions

    def plot(self, ax=None, *, n_columns: int = 7) -> Self:
        """Draw the grid.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.
        n_columns : int, default=7
            Number of images per row.

        Returns
        -------
        self : SampleGridDisplay
        """
        check_consistent_length(self.images, self.labels, self.predictions)
        predictions = self.labels if self.predictions is None else self.predictions
        wrong = np.asarray(self.labels) != np.asarray(predictions)
        tiles = Tiles(len(self.images), n_columns, n_lines=1 + wrong.any(), ax=ax)
        self.images_ = [tiles.image(k, np.asarray(image)) for k, image in enumerate(self.images)]
        self.text_ = []
        for k, names in enumerate(zip(self.labels, predictions, strict=True)):
            label, predicted = (printable(str(name)) for name in names)
            text, color = (f"{label}\nas {predicted}", VERMILION) if wrong[k] else (label, "black")
            self.text_.append(tiles.caption(k, text, color=color))
        self.frames_ = [tiles.frame(k, VERMILION) for k in np.flatnonzero(wrong)]
        self.ax_, self.figure_ = tiles.ax, tiles.ax.figure
        return self

    @classmethod
    def from_bunch(
        cls, bunch, *, n: int = 3, per_class: bool = True, random_state=None, ax=None
    ) -> Self:
        """Draw random images of a data set.

        Parameters
        ----------
        bunch : Bunch
            Data set as returned by the loaders of `fertools.datasets`.
        n : int, default=3
            Number of images per class, or in total if `per_class` is False.
        per_class : bool, default=True
            Draw one column per class, in the order of `bunch.target_names`.
        random_state : int, RandomState or None, default=None
            Random seed.
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.

        Returns
        -------
        display : SampleGridDisplay

        Raises
        ------
        ValueError
            If `n` is below 1 or above the number of images.
        """
        check_scalar(n, "n", Integral, min_val=1)
        rng = check_random_state(random_state)
        classes = [name for name in bunch.target_names if name in bunch.labels]
        if per_class:
            rows = choose_per_class(bunch.labels, classes, n, rng).ravel()
        elif n > len(bunch.images):
            raise ValueError(
                f"n must be at most {len(bunch.images)}, the number of images; got {n}."
            )
        else:
            rows = rng.permutation(len(bunch.images))[:n]
        return cls(bunch.images[rows], bunch.labels[rows]).plot(ax, n_columns=len(classes))

    @classmethod
    def from_estimator(cls, estimator, images, y, *, ax=None, n_columns: int = 7) -> Self:
        """Draw images with the predictions of a classifier.

        Parameters
        ----------
        estimator : estimator
            Fitted classifier of images.
        images : array-like of shape (n, h, w) or (n, h, w, 3)
            Images to predict and to draw.
        y : array-like of shape (n,)
            True labels.
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.
        n_columns : int, default=7
            Number of images per row.

        Returns
        -------
        display : SampleGridDisplay
        """
        y_pred = estimator.predict(images)
        return cls.from_predictions(images, y, y_pred, ax=ax, n_columns=n_columns)

    @classmethod
    def from_predictions(cls, images, y_true, y_pred, *, ax=None, n_columns: int = 7) -> Self:
        """Draw images with given predictions.

        Parameters
        ----------
        images : array-like of shape (n, h, w) or (n, h, w, 3), or sequence of images
            Images to draw.
        y_true : array-like of shape (n,)
            True labels.
        y_pred : array-like of shape (n,)
            Predicted labels.
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.
        n_columns : int, default=7
            Number of images per row.

        Returns
        -------
        display : SampleGridDisplay
        """
        return cls(images, y_true, predictions=y_pred).plot(ax, n_columns=n_columns)
