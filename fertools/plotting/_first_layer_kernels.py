"""The kernels of a first layer."""

import numpy as np

from ..inspection import first_layer_kernels
from ._image_tiles import Tiles


class KernelsDisplay:
    """The kernels of a network's first convolution: red weighs positive, blue negative.

    It is recommended to use `from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    kernels : ndarray of shape (n_kernels, h, w) or (n_kernels, h, w, channels)
        Weights. Those of several channels are added up: what the kernel does to a gray image.

    Attributes
    ----------
    images_ : list of n_kernels matplotlib AxesImage
        The kernels, in their order, on one scale with 0 in its middle.
    colorbar_ : matplotlib Colorbar
        That scale.
    ax_ : matplotlib Axes
        The axes that hold the whole grid.
    figure_ : matplotlib Figure
        The figure of `ax_`.

    See Also
    --------
    fertools.inspection.first_layer_kernels : the kernels as an array.

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

    def plot(self, ax=None, *, n_columns=8):
        """Draw the grid, row by row.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            None makes a new figure.
        n_columns : int, default=8
            Kernels in a row.

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
    def from_estimator(cls, estimator, *, ax=None, n_columns=8):
        """Draw the kernels of a network.

        Parameters
        ----------
        estimator : KerasImageClassifier or keras.Model
            Fitted, with a convolution.
        ax : matplotlib Axes or None, default=None
            None makes a new figure.
        n_columns : int, default=8
            Kernels in a row.

        Returns
        -------
        display : KernelsDisplay
        """
        return cls(first_layer_kernels(estimator)).plot(ax, n_columns=n_columns)
