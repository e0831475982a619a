"""Display of the kernels of the first convolution."""

from typing import Self

import numpy as np

from ..inspection import first_layer_kernels
from ._image_tiles import Tiles


class KernelsDisplay:
    """Kernels of the first convolution of a network, with positive weights red, negative blue.

    It is recommended to use `from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    kernels : ndarray of shape (n_kernels, h, w) or (n_kernels, h, w, channels)
        Weights. Channels are summed, which gives the effect of the kernel on a gray image.

    Attributes
    ----------
    images_ : list of n_kernels matplotlib AxesImage
        Drawn kernels, in the order of `kernels`, on a common scale centered at 0.
    colorbar_ : matplotlib Colorbar
        Common color scale of the kernels.
    ax_ : matplotlib Axes
        Axes containing the grid.
    figure_ : matplotlib Figure
        Figure containing `ax_`.

    See Also
    --------
    fertools.inspection.first_layer_kernels : Kernels as an array.

    Examples
    --------
    >>> from fertools.neural.networks import make_network
    >>> from fertools.plotting import KernelsDisplay
    >>> display = KernelsDisplay.from_estimator(make_network("five_conv", (48, 48, 1), 7))
    >>> len(display.images_)
    32
    """

    def __init__(self, kernels):
        self.kernels = kernels

    def plot(self, ax=None, *, n_columns: int = 8) -> Self:
        """Draw the grid.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.
        n_columns : int, default=8
            Number of kernels per row.

        Returns
        -------
        self : KernelsDisplay
        """
        kernels = np.asarray(self.kernels)
        if kernels.ndim == 4:
            kernels = kernels.sum(axis=3)
        tiles = Tiles(len(kernels), n_columns, n_lines=0, ax=ax, scale=True)
        limit = np.abs(kernels).max()
        style = {"cmap": "RdBu_r", "vmin": -limit, "vmax": limit}
        self.images_ = [tiles.values(k, kernel, **style) for k, kernel in enumerate(kernels)]
        self.ax_, self.figure_ = tiles.ax, tiles.ax.figure
        self.colorbar_ = tiles.colorbar(self.images_[0], "weight")
        return self

    @classmethod
    def from_estimator(cls, estimator, *, ax=None, n_columns: int = 8) -> Self:
        """Draw the kernels of a network.

        Parameters
        ----------
        estimator : KerasImageClassifier or keras.Model
            Fitted network with a convolution.
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.
        n_columns : int, default=8
            Number of kernels per row.

        Returns
        -------
        display : KernelsDisplay
        """
        return cls(first_layer_kernels(estimator)).plot(ax, n_columns=n_columns)
