"""Display of the cells and descriptors that a selector kept."""

from typing import Self

import numpy as np

from .._utils.text import printable
from ..selection._selection_report import count_selected, find_selection
from ._image_tiles import BLUE, make_axes

# Height of a row and of the margins, and width, in inches.
_ROW, _MARGIN, _WIDTH = 0.62, 0.8, 6.4
# Resolution of the maps of cells.
_SIDE = 96


def cell_map(rows, side=_SIDE):
    """Return the share of selected features at each point, over the boxes that contain it.

    Parameters
    ----------
    rows : DataFrame
        Rows of one descriptor, see `fertools.pipeline.selection_report`.
    side : int
        Height and width of the map.

    Returns
    -------
    ndarray of shape (side, side), float64
        NaN outside all boxes.
    """
    selected, available = np.zeros((side, side)), np.zeros((side, side))
    for row in rows.itertuples():
        y0, x0, y1, x1 = np.rint(side * np.array([row.y0, row.x0, row.y1, row.x1])).astype(int)
        selected[y0:y1, x0:x1] += row.selected
        available[y0:y1, x0:x1] += row.available
    return selected / np.where(available > 0, available, np.nan)


class FeatureSubsetDisplay:
    """Bars and maps of the features that a selector kept, per descriptor.

    It is recommended to use `from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    report : DataFrame
        Table of available and selected features per descriptor and box, as returned by
        `fertools.pipeline.selection_report`.

    Attributes
    ----------
    bars_ : matplotlib BarContainer
        Share of selected features per descriptor.
    maps_ : dict of str to ndarray of shape (96, 96)
        Share of selected features over the face, per descriptor.
    images_ : list of matplotlib AxesImage
        Drawn maps, on one scale; dark cells have the largest share.
    ax_ : matplotlib Axes
        Axes containing the bars.
    figure_ : matplotlib Figure
        Figure containing `ax_`.

    See Also
    --------
    FaceRegionsDisplay : Maps per pixel, over a face.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.pipeline import make_fer_pipeline
    >>> from fertools.plotting import FeatureSubsetDisplay
    >>> faces = make_faces(70, random_state=0)
    >>> pipeline = make_fer_pipeline("dct", n_features=100).fit(faces.images, faces.labels)
    >>> display = FeatureSubsetDisplay.from_estimator(pipeline)
    >>> list(display.maps_)
    ['dct', 'dctb8']
    """

    def __init__(self, report):
        self.report = report

    def plot(self, ax=None) -> Self:
        """Draw the bars and maps.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.

        Returns
        -------
        self : FeatureSubsetDisplay
        """
        sums = self.report.groupby("descriptor", sort=False)[["selected", "available"]].sum()
        names, n_rows = list(sums.index), len(sums)
        self.ax_ = make_axes((_WIDTH, _MARGIN + _ROW * n_rows)) if ax is None else ax
        self.figure_ = self.ax_.figure
        shares = sums["selected"] / sums["available"]
        self.bars_ = self.ax_.barh(range(n_rows), shares, height=0.6, color=BLUE)
        counts = [f"{row.selected:,} of {row.available:,}" for row in sums.itertuples()]
        self.ax_.bar_label(self.bars_, counts, padding=4, fontsize=9)
        self.ax_.set_yticks(range(n_rows), [printable(name) for name in names], parse_math=False)
        largest = max(shares.max(), 1e-9)
        # Room for the numbers and the maps.
        self.ax_.set(
            xlabel="share of features selected",
            xlim=(0, 1.9 * largest),
            ylim=(n_rows - 0.5, -0.5),
            xticks=np.linspace(0, largest, 3),
        )
        self.ax_.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        self.ax_.spines[["top", "right"]].set_visible(False)
        self.maps_ = {
            name: cell_map(self.report[self.report["descriptor"] == name]) for name in names
        }
        limit = max(np.nanmax(drawn) for drawn in self.maps_.values()) or 1
        self.images_ = []
        for row, drawn in enumerate(self.maps_.values()):
            box = (1.45 * largest, row - 0.45, 0.4 * largest, 0.9)
            panel = self.ax_.inset_axes(box, transform=self.ax_.transData)
            image = panel.imshow(drawn, cmap="Blues", vmin=0, vmax=limit, interpolation="nearest")
            panel.set(xticks=[], yticks=[])
            self.images_.append(image)
        return self

    @classmethod
    def from_estimator(cls, pipeline, *, ax=None) -> Self:
        """Draw the features that the selector of a fitted pipeline kept.

        Parameters
        ----------
        pipeline : Pipeline
            Fitted pipeline with a descriptor followed by a selector; without a selector all
            features count as selected.
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.

        Returns
        -------
        display : FeatureSubsetDisplay
        """
        return cls(count_selected(*find_selection(pipeline))).plot(ax)
