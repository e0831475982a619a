"""Where in faces a network sees their classes."""

import numpy as np
from sklearn.utils import check_consistent_length

from ..inspection import grad_cam
from ._sample_grid import SampleGridDisplay

# The face stays visible under the warmest spot, and as it is where there is no heat.
_OPACITY = 0.6


class GradCAMDisplay:
    """Images under the heat of a class (Grad-CAM): the warmer a place, the more it speaks for it.

    It is recommended to use `from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    images : array-like of shape (n, h, w) or (n, h, w, 3)
        Gray or RGB; uint8, or floats in 0..1.
    heat : ndarray of shape (n, h, w)
        Values in 0..1, as `fertools.inspection.grad_cam` returns them.
    targets : array-like of shape (n,)
        The class of each heat.
    labels : array-like of shape (n,) or None, default=None
        What each image shows.

    Attributes
    ----------
    images_ : list of n matplotlib AxesImage
        The images.
    heat_ : list of n matplotlib AxesImage
        The heat over them, more transparent where it is less.
    text_ : list of n matplotlib Text
        Their captions: the label, and under it the class of the heat where it is another.
    frames_ : list of matplotlib Line2D
        Around the images whose label is not the class of the heat.
    ax_ : matplotlib Axes
        The axes that hold the whole grid.
    figure_ : matplotlib Figure
        The figure of `ax_`.

    See Also
    --------
    fertools.inspection.grad_cam : the heat as an array, and its source.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.neural import KerasImageClassifier
    >>> from fertools.plotting import GradCAMDisplay
    >>> faces = make_faces(70, random_state=0)
    >>> network = KerasImageClassifier("ckplus_cnn", epochs=1, random_state=0)
    >>> network = network.fit(faces.images, faces.labels)
    >>> display = GradCAMDisplay.from_estimator(network, faces.images[:7], faces.labels[:7])
    >>> display.heat.shape
    (7, 48, 48)
    """

    def __init__(self, images, heat, targets, *, labels=None):
        self.images = images
        self.heat = heat
        self.targets = targets
        self.labels = labels

    def plot(self, ax=None, *, n_columns=7):
        """Draw the grid, row by row.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            None makes a new figure.
        n_columns : int, default=7
            Images in a row.

        Returns
        -------
        self : GradCAMDisplay
        """
        check_consistent_length(self.images, self.heat)
        labels = self.targets if self.labels is None else self.labels
        grid = SampleGridDisplay(self.images, labels, predictions=self.targets)
        grid.plot(ax, n_columns=n_columns)
        self.images_, self.text_, self.frames_ = grid.images_, grid.text_, grid.frames_
        self.ax_, self.figure_ = grid.ax_, grid.figure_
        style = {"cmap": "turbo", "vmin": 0, "vmax": 1}
        self.heat_ = [
            self.ax_.imshow(heat, extent=image.get_extent(), alpha=_OPACITY * heat, **style)
            for heat, image in zip(self.heat, self.images_, strict=True)
        ]
        return self

    @classmethod
    def from_estimator(cls, estimator, X, y=None, *, target=None, layer=None, ax=None, n_columns=7):
        """Compute the heat and draw it.

        Parameters
        ----------
        estimator : KerasImageClassifier
            Fitted.
        X : array-like of shape (n, h, w) or (n, h, w, 3)
            Images of the size seen in fit.
        y : array-like of shape (n,) or None, default=None
            True labels.
        target : label, array-like of shape (n,) or None, default=None
            The class to look for: in all images, or in each its own. None takes the class that
            the network predicts.
        layer : str, int or None, default=None
            The layer that gives the maps, by name or index. None takes the last convolution,
            behind its activation.
        ax : matplotlib Axes or None, default=None
            None makes a new figure.
        n_columns : int, default=7
            Images in a row.

        Returns
        -------
        display : GradCAMDisplay
        """
        if target is None:
            target = estimator.predict(X)
        heat = grad_cam(estimator, X, target=target, layer=layer)
        targets = np.broadcast_to(target, len(heat))
        return cls(X, heat, targets, labels=y).plot(ax, n_columns=n_columns)
