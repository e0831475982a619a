"""What the displays share: axes to draw on, colors, and images side by side on one axes."""

import numpy as np

from .._utils.images import to_gray
from .._utils.optional import import_optional
from .._utils.pixels import gray_levels
from .._utils.validation import as_pixels

# Okabe and Ito's blue and vermilion: told apart with every kind of color vision.
BLUE, VERMILION = "#0072B2", "#D55E00"
# In sides of a tile: between tiles, the height of a line of text, the width of a color bar.
_GAP, _LINE, _SCALE = 0.08, 0.16, 0.85
# Sides of a tile: at least, and of a single one.
_INCHES, _LARGE = 1.2, 3.0
_POINTS = 9


def make_axes(figsize, n_columns=1):
    """Return the axes of a new figure: one, or an array of `n_columns`.

    Raises
    ------
    ImportError
        When matplotlib is not installed.
    """
    pyplot = import_optional("matplotlib.pyplot", "plot")
    return pyplot.subplots(1, n_columns, figsize=figsize, layout="constrained")[1]


def _extent(shape, corner):
    """Return left, right, bottom and top of an image whose longer side is that of its tile."""
    height, width = np.array(shape[:2]) / max(shape[:2])
    x, y = corner + (1 - np.array([width, height])) / 2
    return x, x + width, y + height, y


class Tiles:
    """Squares of side 1 in rows, on one axes.

    Parameters
    ----------
    n_tiles, n_columns : int
        A row is shorter where there are fewer tiles.
    n_lines : int
        Lines of text above each tile; above the first row there is always room for one.
    ax : matplotlib Axes or None
        None makes a figure of the size that the tiles need.
    scale : bool
        Leave room for a color bar to the right of them.

    Attributes
    ----------
    ax : matplotlib Axes
    corners : ndarray of shape (n_tiles, 2), float64
        x and y of the upper left corner of each tile; y grows downwards.

    Raises
    ------
    ValueError
        When there are no tiles.
    """

    def __init__(self, n_tiles, n_columns, *, n_lines, ax, scale=False):
        if n_tiles == 0:
            raise ValueError("images must hold at least one image; got 0.")
        n_columns = min(n_columns, n_tiles)
        right = n_columns * (1 + _GAP) - _GAP
        inches = max(_INCHES, _LARGE / right) if ax is None else _INCHES
        # Text and scale are of one size, however large the tiles.
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
        # Each image drawn would set the limits anew.
        ax.autoscale(False)
        ax.set(xlim=(0, width), ylim=(bottom, top))

    def image(self, tile, image):
        """Draw a gray or RGB image: uint8, or floats in 0..1; other gray floats are stretched."""
        if image.shape[2:] not in ((3,), (4,)):
            image = gray_levels(as_pixels(to_gray(image))[None])[0]
        return self.values(tile, image, cmap="gray", vmin=0, vmax=255)

    def values(self, tile, values, **kwargs):
        """Draw an array with the keywords of `imshow`."""
        extent = _extent(values.shape, self.corners[tile])
        return self.ax.imshow(values, extent=extent, **kwargs)

    def caption(self, tile, text, **kwargs):
        """Write above a tile."""
        x, y = self.corners[tile] + (0.5, -0.05 * self._unit)
        style = {"fontsize": self._points, "ha": "center", "va": "baseline"}
        return self.ax.text(x, y, text, **style, **kwargs)

    def frame(self, tile, color):
        """Draw a frame around a tile."""
        x, y = self.corners[tile]
        sides = [x, x + 1, x + 1, x, x], [y, y, y + 1, y + 1, y]
        style = {"linewidth": 3, "solid_joinstyle": "miter", "clip_on": False}
        return self.ax.plot(*sides, color=color, **style)[0]

    def colorbar(self, image, label):
        """Draw the scale of an image to the right of the tiles, as high as all of them."""
        box = (self._right + 0.1 * self._unit, 0, 0.12 * self._unit, self._bottom)
        scale = self.ax.inset_axes(box, transform=self.ax.transData)
        bar = self.ax.figure.colorbar(image, cax=scale)
        bar.set_label(label, fontsize=self._points, labelpad=self._points / 3)
        scale.tick_params(labelsize=self._points, length=self._points / 3, pad=self._points / 3)
        return bar
