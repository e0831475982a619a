"""Luminance and contrast of colors."""

import numpy as np


def luminance(color):
    """Return the relative luminance of an sRGB color.

    Parameters
    ----------
    color : tuple of three int
        Red, green and blue in 0..255.

    Returns
    -------
    float
        0 for black to 1 for white, as defined by WCAG 2.2.
    """
    values = np.asarray(color) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def contrast_ratio(color, other):
    """Return the contrast ratio of two sRGB colors, from 1 to 21, as defined by WCAG 2.2.

    Examples
    --------
    >>> from fertools._utils.colors import contrast_ratio
    >>> contrast_ratio((0, 0, 0), (255, 255, 255))
    21.0
    """
    darker, lighter = sorted([luminance(color), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)
