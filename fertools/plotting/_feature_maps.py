"""Display of the feature maps of a network layer."""

from typing import Self

import numpy as np

from ..inspection import filter_image, layer_activations
from ._image_tiles import Tiles


class FeatureMapsDisplay:
    """Feature maps of an image: its convolutions with the first kernels, or the maps of a layer.

    It is recommended to use `from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    maps : ndarray of shape (n_maps, h, w)
        Feature maps; each is scaled from its minimum (black) to its maximum (white).

    Attributes
    ----------
    images_ : list of n_maps matplotlib AxesImage
        Drawn maps, in the order of `maps`.
    ax_ : matplotlib Axes
        Axes containing the grid.
    figure_ : matplotlib Figure
        Figure containing `ax_`.

    See Also
    --------
    fertools.inspection.filter_image : Image filtered by each kernel.
    fertools.inspection.layer_activations : Feature maps of a layer.

    Examples
    --------
    >>> import numpy as np
    >>> from fertools.neural.networks import make_network
    >>> from fertools.plotting import FeatureMapsDisplay
    >>> image = np.random.default_rng(0).integers(0, 256, (48, 48, 1))
    >>> network = make_network("five_conv", (48, 48, 1), 7)
    >>> display = FeatureMapsDisplay.from_estimator(network, image)
    >>> display.maps.shape
    (32, 48, 48)
    """

    def __init__(self, maps):
        self.maps = maps

    def plot(self, ax=None, *, n_columns: int = 8) -> Self:
        """Draw the grid.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.
        n_columns : int, default=8
            Number of maps per row.

        Returns
        -------
        self : FeatureMapsDisplay
        """
        if np.ndim(self.maps) != 3:
            raise ValueError(f"maps must be of shape (n_maps, h, w); got {np.shape(self.maps)}.")
        tiles = Tiles(len(self.maps), n_columns, n_lines=0, ax=ax)
        self.images_ = [tiles.values(k, values, cmap="gray") for k, values in enumerate(self.maps)]
        self.ax_, self.figure_ = tiles.ax, tiles.ax.figure
        return self

    @classmethod
    def from_estimator(cls, estimator, image, *, layer=None, ax=None, n_columns: int = 8) -> Self:
        """Draw the feature maps of an image.

        Parameters
        ----------
        estimator : KerasImageClassifier or keras.Model
            Fitted network with a convolution.
        image : array-like of shape (h, w)
            Image of the input shape of the network.
        layer : str, int or None, default=None
            Layer of the maps, by name or index. None means the first convolution, before its
            activation.
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.
        n_columns : int, default=8
            Number of maps per row.

        Returns
        -------
        display : FeatureMapsDisplay
        """
        if layer is None:
            maps = filter_image(estimator, image)
        else:
            maps = np.moveaxis(
                layer_activations(estimator, np.asarray(image)[None], layer)[0], -1, 0
            )
        return cls(maps).plot(ax, n_columns=n_columns)
