"""Explanation of a decision: contributions of descriptors and face regions."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from .._utils.optional import import_optional

BOX = ["y0", "x0", "y1", "x1"]
# Standard deviation of the smoothing of a heat map, as a fraction of its sides.
_SMOOTHING = 1 / 16


def overlaps(start, stop, n_parts):
    """Return the share of an interval in each of equal parts of 0..1; the shares sum to 1."""
    edges = np.arange(n_parts + 1) / n_parts
    inside = np.minimum(stop, edges[1:]) - np.maximum(start, edges[:-1])
    shares = np.maximum(inside, 0)
    return shares / shares.sum()


def spread(contributions, shape):
    """Spread contributions evenly over their boxes.

    Parameters
    ----------
    contributions : DataFrame
        Table with the columns `y0`, `x0`, `y1`, `x1` and `contribution`.
    shape : tuple of two int
        Number of rows and columns of the result.

    Returns
    -------
    ndarray of shape `shape`, float64
        Its sum is the sum of the contributions.
    """
    total = np.zeros(shape)
    columns = contributions[[*BOX, "contribution"]].to_numpy(dtype=np.float64)
    for y0, x0, y1, x1, value in columns:
        total += value * np.outer(overlaps(y0, y1, shape[0]), overlaps(x0, x1, shape[1]))
    return total


def smoothed(heat):
    """Smooth a heat map, with an unchanged sum."""
    return gaussian_filter(heat, np.multiply(heat.shape, _SMOOTHING), mode="reflect")


@dataclass(frozen=True, repr=False, eq=False)
class Explanation:
    """Reasons for a decision about a face, as returned by `explain`.

    Attributes
    ----------
    expression : str
        Class whose decision value or probability is explained.
    against : str or None
        Class that it is compared with; None means all others.
    method : {"contributions", "occlusion"}
        How the reasons were computed.
    decision : float
        Decision value of the face for `expression`; its probability for "occlusion".
    baseline : float
        Decision value of the baseline, to which the contributions are added; NaN for "occlusion".
    reference : str
        Description of the baseline.
    contributions : DataFrame
        One row per descriptor and box, with the columns `descriptor`, `y0`, `x0`, `y1`, `x1` (in
        fractions of the height and width of the image that the descriptor receives) and
        `contribution`. For "contributions", they sum to ``decision - baseline``. For "occlusion",
        each row is a window, and its contribution the loss of probability if it is covered.
    face : ndarray of shape (h, w), uint8
        Explained face.
    heat : ndarray of shape (h, w), float64
        Heat map over the face: the contributions per pixel, smoothed; positive where the face
        supports `expression`.
    prototypes : DataFrame or None
        Training samples with the largest influence, with the columns `index`, the position in the
        training set, and `influence`, the term of the sample in the decision value. None unless
        the classifier stores training samples.
    """

    expression: str
    against: str | None
    method: str
    decision: float
    baseline: float
    reference: str
    contributions: pd.DataFrame = field(repr=False)
    face: NDArray = field(repr=False)
    heat: NDArray = field(repr=False)
    prototypes: pd.DataFrame | None = field(default=None, repr=False)

    def __repr__(self):
        versus = "" if self.against is None else f" against {self.against!r}"
        return f"Explanation({self.expression!r}{versus}, {self.method}, {self.decision:+.3f})"

    @property
    def peak(self) -> tuple[float, float]:
        """Position (y, x) of the maximum of `heat`, in fractions of the height and width."""
        y, x = np.unravel_index(np.argmax(self.heat), self.heat.shape)
        return float((y + 0.5) / self.heat.shape[0]), float((x + 0.5) / self.heat.shape[1])

    def by_descriptor(self) -> pd.Series:
        """Sum the contributions of each descriptor.

        Returns
        -------
        Series
            Contributions, with the names of the descriptors as its index.
        """
        return self.contributions.groupby("descriptor", sort=False)["contribution"].sum()

    def by_region(self, grid: tuple[int, int] = (4, 4)) -> NDArray:
        """Sum the contributions in each cell of a grid.

        The contribution of a box is spread evenly over its area.

        Parameters
        ----------
        grid : tuple of two int, default=(4, 4)
            Number of rows and columns of cells.

        Returns
        -------
        ndarray of shape `grid`, float64
            Its sum is the sum of the contributions.
        """
        return spread(self.contributions, grid)

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation, without pixels, as values that JSON can represent.

        Returns
        -------
        dict
            The attributes except `face` and `heat`; tables are lists of dicts, and a baseline that
            does not exist is None.
        """
        frame = self.contributions
        prototypes = self.prototypes
        return {
            "expression": self.expression,
            "against": self.against,
            "method": self.method,
            "decision": self.decision,
            "baseline": None if np.isnan(self.baseline) else self.baseline,
            "reference": self.reference,
            "peak": list(self.peak),
            "contributions": frame.astype(dict.fromkeys(BOX, float)).to_dict("records"),
            "prototypes": None if prototypes is None else prototypes.to_dict("records"),
        }

    def plot(self, ax=None, **kwargs) -> Any:
        """Draw the heat map over the face; requires matplotlib.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.
        **kwargs : dict
            Parameters of `fertools.plotting.ExplanationDisplay.plot`.

        Returns
        -------
        fertools.plotting.ExplanationDisplay
        """
        # The displays are in a higher layer, and need matplotlib.
        plotting = import_optional("fertools.plotting", "plot")
        return plotting.ExplanationDisplay([self]).plot(ax, **kwargs)
