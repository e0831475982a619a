"""Heat map of a table with text in its cells."""

import numpy as np

from .._utils.text import printable
from ._image_tiles import make_axes

# Sizes in inches: a cell, a letter of the row and column names, and the margins with the title.
_CELL, _LETTER, _MARGIN = (0.48, 0.34), (0.09, 0.065), (0.2, 0.6)


def draw_heat(ax, values, texts, rows, columns, *, cmap, limit):
    """Draw a heat map with text in its cells.

    Parameters
    ----------
    ax : matplotlib Axes or None
        Axes to draw on; None creates a new figure.
    values : ndarray of shape (n_rows, n_columns), float64
        Values of the cells; NaN leaves a cell blank.
    texts : array-like of shape (n_rows, n_columns), str
        Texts of the cells.
    rows, columns : sequence of str
        Row and column names.
    cmap : str or matplotlib Colormap
    limit : tuple of two floats
        Values at the ends of the colormap.

    Returns
    -------
    im : matplotlib AxesImage
    text : ndarray of shape (n_rows, n_columns) of matplotlib Text
    """
    values = np.asarray(values, dtype=np.float64)
    if ax is None:
        letters = max(map(len, rows)), max(map(len, columns))
        cells = np.multiply(_CELL, values.shape[::-1])
        ax = make_axes(tuple(cells + np.multiply(_LETTER, letters) + _MARGIN))
    im = ax.imshow(values, cmap=cmap, vmin=limit[0], vmax=limit[1], aspect="auto")
    # Names may contain $, which is no formula, and characters that matplotlib cannot draw.
    rows, columns = ([printable(str(name)) for name in names] for names in (rows, columns))
    ax.set_yticks(range(len(rows)), rows, parse_math=False)
    ax.set_xticks(
        range(len(columns)), columns, parse_math=False, rotation=45, ha="right",
        rotation_mode="anchor",
    )  # fmt: skip
    text = np.empty(values.shape, dtype=object)
    for (row, column), value in np.ndenumerate(values):
        # Black on bright cells, white on dark ones, by luma.
        luma = np.dot(im.cmap(im.norm(value))[:3], (0.299, 0.587, 0.114)) if value == value else 1
        text[row, column] = ax.text(
            column,
            row,
            texts[row][column],
            ha="center",
            va="center",
            fontsize=8,
            in_layout=False,
            color="black" if luma > 0.5 else "white",
        )
    return im, text
