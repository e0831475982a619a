"""Display of Grad-CAM heat maps."""

from typing import Self

import numpy as np
from sklearn.utils import check_consistent_length

from ..inspection import grad_cam
from ._sample_grid import SampleGridDisplay

# Opacity of the hottest pixel; keeps the face visible.
_OPACITY = 0.6


class GradCAMDisplay:
    """Images with Grad-CAM heat maps: warm regions contribute to the score of the class.

    It is recommended to use `from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    images : array-like of shape (n, h, w) or (n, h, w, 3)
        Gray or RGB images, uint8 or floats in 0..1.
    heat : ndarray of shape (n, h, w)
        Heat maps in 0..1, as returned by `fertools.inspection.grad_cam`.
    targets : array-like of shape (n,)
        Class of each heat map.
    labels : array-like of shape (n,) or None, default=None
        True labels.

    Attributes
    ----------
    images_ : list of n matplotlib AxesImage
        Drawn images.
    heat_ : list of n matplotlib AxesImage
        Heat maps, with an opacity proportional to the heat.
    text_ : list of n matplotlib Text
        Captions: the label, followed by the class of the heat map if it differs.
    frames_ : list of matplotlib Line2D
        Frames around the images whose label is not the class of the heat map.
    ax_ : matplotlib Axes
        Axes containing the grid.
    figure_ : matplotlib Figure
        Figure containing `ax_`.

    See Also
    --------
    fertools.inspection.grad_cam : Heat maps as arrays, with the reference.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.neural import KerasImageClassifier
    >>> from fertools.plotting import GradCAMDisplay
    >>> faces = make_faces(14, random_state=0)
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
    def from_estimator(
        cls, estimator, X, y=None, *, target=None, layer=None, ax=None, n_columns: int = 7
    ) -> Self:
        """Compute heat maps and draw them.

        Parameters
        ----------
        estimator : KerasImageClassifier
            Fitted network.
        X : array-like of shape (n, h, w) or (n, h, w, 3)
            Images of the size used in fit.
        y : array-like of shape (n,) or None, default=None
            True labels.
        target : label, array-like of shape (n,) or None, default=None
            Class of the heat map, for all images or for each one. None means the predicted
            class.
        layer : str, int or None, default=None
            Layer of the feature maps, by name or index. None means the last convolution, after
            its activation.
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.
        n_columns : int, default=7
            Number of images per row.

        Returns
        -------
        display : GradCAMDisplay
        """
        if target is None:
            target = estimator.predict(X)
        heat = grad_cam(estimator, X, target=target, layer=layer)
        targets = np.broadcast_to(target, len(heat))
        return cls(X, heat, targets, labels=y).plot(ax, n_columns=n_columns)
