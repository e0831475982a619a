"""Convert the boxes of detectors to integer pixels."""

import numpy as np


def pixel_box(box, name="box"):
    """Round a box to integer pixels.

    Parameters
    ----------
    box : array-like of shape (4,)
        x, y, width and height in pixels; floats are rounded to the nearest pixel.
    name : str, default="box"
        Name of the box in error messages.

    Returns
    -------
    tuple of four int
        x, y, width and height.

    Raises
    ------
    ValueError
        If the box is not four finite numbers, or is smaller than a pixel.
    """
    try:
        values = np.asarray(box, dtype=float)
    except (TypeError, ValueError):
        values = np.empty(0)
    if values.shape != (4,) or not np.isfinite(values).all():
        raise ValueError(f"{name} must be four finite numbers, x, y, width and height; got {box}.")
    x, y, width, height = (round(value) for value in values.tolist())
    if width < 1 or height < 1:
        raise ValueError(
            f"{name} must be at least 1 pixel wide and high, in pixels of the image; got {box}."
        )
    return x, y, width, height
