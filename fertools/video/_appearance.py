"""Appearance of a face, to recognize the same person in later frames."""

import cv2
import numpy as np

from ..detection._crop_square import crop_square

# Side of the gray crop, and number of bins per axis of the color histogram.
_SIDE, _BINS = 16, 12
# Margin of the colored region on each side, as a fraction of the box: hair and clothes differ more
# than skin.
_AROUND = 0.3
# Weight of new values in the mean appearance of a track.
_LEARNING = 0.1


class Appearance:
    """Gray pattern and colors of a face.

    Parameters
    ----------
    gray : ndarray of shape (h, w), uint8
        Frame.
    colors : ndarray of shape (h, w, 3), uint8, or None
        RGB pixels of the frame; None if it is gray.
    box : tuple of (x, y, width, height)
        Box of the face in pixels.
    """

    def __init__(self, gray, colors, box):
        # The margin cuts off the background; the small size makes shifts of the box harmless.
        crop = crop_square(gray, box, _SIDE, -0.1).astype(np.float32)
        self.pattern = _unit(crop.ravel() - crop.mean())
        self.colors = None if colors is None else _histogram(colors, box)

    def similarity(self, other):
        """Return the similarity to another appearance, 1 for the same and about 0 for unrelated.

        Parameters
        ----------
        other : Appearance

        Returns
        -------
        float
            Correlation of the patterns; averaged with the Bhattacharyya coefficient of the color
            histograms, if both are known.
        """
        correlation = float(self.pattern @ other.pattern)
        if self.colors is None or other.colors is None:
            return correlation
        return (correlation + float(np.sqrt(self.colors * other.colors).sum())) / 2

    def learn(self, other):
        """Move toward the appearance in a new frame."""
        self.pattern = _unit(self.pattern + _LEARNING * (other.pattern - self.pattern))
        if self.colors is not None and other.colors is not None:
            self.colors = self.colors + _LEARNING * (other.colors - self.colors)


def _unit(vector):
    return vector / max(float(np.linalg.norm(vector)), 1e-6)


def _histogram(colors, box):
    """Return the shares of the chromaticities around a box."""
    x, y, width, height = box
    across, down = _AROUND * width, _AROUND * height
    part = colors[
        max(0, round(y - down)) : max(1, round(y + height + down)),
        max(0, round(x - across)) : max(1, round(x + width + across)),
    ]
    step = max(1, max(part.shape[:2]) // 48)
    lab = cv2.cvtColor(np.ascontiguousarray(part[::step, ::step]), cv2.COLOR_RGB2LAB)
    # Most colors are within 64 levels of gray.
    values = cv2.calcHist([lab], [0, 1, 2], None, [4, _BINS, _BINS], [0, 256, 80, 176, 80, 176])
    return values.ravel() / max(1.0, float(values.sum()))
