"""Axes, colors and grids of images of the displays."""

import numpy as np

from .._utils.images import to_gray
from .._utils.optional import import_optional
from .._utils.pixels import gray_levels
from .._utils.validation import as_pixels

# Blue and vermilion of Okabe and Ito, which are distinct for all types of color vision.
BLUE, VERMILION = "#0072B2", "#D55E00"
# Gap between tiles, height of a text line and width of a color bar, relative to the tile side.
_GAP, _LINE, _SCALE = 0.08, 0.16, 0.85
# Minimum side of a tile, and side of a single tile, in inches.
_INCHES, _LARGE = 1.2, 3.0
_POINTS = 9


def make_axes(figsize, n_columns=1):
    """Return the axes of a new figure, or an array of `n_columns` axes.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    pyplot = import_optional("matplotlib.pyplot", "plot")
    return pyplot.subplots(1, n_columns, figsize=figsize, layout="constrained")[1]


def _extent(shape, corner):
    """Return left, right, bottom and top of an image scaled to fit a tile of side 1."""
    height, width = np.array(shape[:2]) / max(shape[:2])
    x, y = corner + (1 - np.array([width, height])) / 2
    return x, x + width, y + height, y


class Tiles:
    """Grid of square tiles of side 1 on a single axes.

    Parameters
    ----------
    n_tiles, n_columns : int
        Numbers of tiles and of columns; there are never more columns than tiles.
    n_lines : int
        Number of text lines above each tile; the first row always has space for one.
    ax : matplotlib Axes or None
        Axes to draw on; None creates a figure of the required size.
    scale : bool
        Reserve space for a color bar on the right.

    Attributes
    ----------
    ax : matplotlib Axes
    corners : ndarray of shape (n_tiles, 2), float64
        Coordinates x, y of the upper left corner of each tile, with y pointing down.

    Raises
    ------
    ValueError
        If there are no tiles.
    """

    def __init__(self, n_tiles, n_columns, *, n_lines, ax, scale=False):
        if n_tiles == 0:
            raise ValueError("images must hold at least one image; got 0.")
        n_columns = min(n_columns, n_tiles)
        right = n_columns * (1 + _GAP) - _GAP
        inches = max(_INCHES, _LARGE / right) if ax is None else _INCHES
        # Text and color bar have a fixed size, independent of the tiles.
        self._unit = _INCHES / inches
        line = _LINE * self._unit
        rows, columns = np.divmod(np.arange(n_tiles), n_columns)
        self.corners = np.column_stack([columns, rows]) * (1 + _GAP, 1 + _GAP + n_lines * line)
        width = right + (_SCALE * self._unit if scale else 0)
        bottom, top = self.corners[-1, 1] + 1, -max(n_lines, 1) * line
        self._points = _POINTS
        if ax is None:
            ax = make_axes((inches * width + 0.2, inches * (bottom - top) + 0.2))
        else:
            inches = ax.bbox.size / ax.figure.dpi / (width, bottom - top)
            self._points *= min(1, *(inches / _INCHES))
        self.ax, self._right, self._bottom = ax, right, bottom
        ax.set_axis_off()
        # Otherwise each image would reset the limits.
        ax.autoscale(False)
        ax.set(xlim=(0, width), ylim=(bottom, top))

    def image(self, tile, image):
        """Draw a gray or RGB image, uint8 or floats in 0..1; other gray floats are rescaled."""
        if image.shape[2:] not in ((3,), (4,)):
            image = gray_levels(as_pixels(to_gray(image))[None])[0]
        return self.values(tile, image, cmap="gray", vmin=0, vmax=255)

    def values(self, tile, values, **kwargs):
        """Draw an array with parameters of `imshow`."""
        extent = _extent(values.shape, self.corners[tile])
        return self.ax.imshow(values, extent=extent, **kwargs)

    def caption(self, tile, text, **kwargs):
        """Write text above a tile; a $ in a name starts no formula."""
        x, y = self.corners[tile] + (0.5, -0.05 * self._unit)
        style = {"fontsize": self._points, "ha": "center", "va": "baseline", "parse_math": False}
        return self.ax.text(x, y, text, **style, **kwargs)

    def frame(self, tile, color):
        """Draw a frame around a tile."""
        x, y = self.corners[tile]
        sides = [x, x + 1, x + 1, x, x], [y, y, y + 1, y + 1, y]
        style = {"linewidth": 3, "solid_joinstyle": "miter", "clip_on": False}
        return self.ax.plot(*sides, color=color, **style)[0]

    def colorbar(self, image, label):
        """Draw the color bar of an image to the right of the grid."""
        box = (self._right + 0.1 * self._unit, 0, 0.12 * self._unit, self._bottom)
        scale = self.ax.inset_axes(box, transform=self.ax.transData)
        bar = self.ax.figure.colorbar(image, cax=scale)
        bar.set_label(label, fontsize=self._points, labelpad=self._points / 3)
        scale.tick_params(labelsize=self._points, length=self._points / 3, pad=self._points / 3)
        return bar
