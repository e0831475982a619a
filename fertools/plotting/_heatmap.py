"""A table whose cells are colored by their values."""

import numpy as np

from ._image_tiles import make_axes

# In inches: a cell, a letter of the names beside and below the cells, and margins with the title.
_CELL, _LETTER, _MARGIN = (0.48, 0.34), (0.09, 0.065), (0.2, 0.6)


def draw_heat(ax, values, texts, rows, columns, *, cmap, limit):
    """Draw colored cells with their text.

    Parameters
    ----------
    ax : matplotlib Axes or None
        None makes a new figure.
    values : ndarray of shape (n_rows, n_columns), float64
        Colors of the cells; NaN leaves a cell blank.
    texts : array-like of shape (n_rows, n_columns), str
        What stands in the cells.
    rows, columns : sequence of str
        Names at the left and below.
    cmap : str or matplotlib Colormap
    limit : tuple of two floats
        The values at the ends of the colors.

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
    # Names are foreign: a $ in one is no formula.
    ax.set_yticks(range(len(rows)), rows, parse_math=False)
    ax.set_xticks(
        range(len(columns)), columns, parse_math=False, rotation=45, ha="right",
        rotation_mode="anchor",
    )  # fmt: skip
    text = np.empty(values.shape, dtype=object)
    for (row, column), value in np.ndenumerate(values):
        # Black or white, whichever stands out from the color of the cell (its luma).
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
