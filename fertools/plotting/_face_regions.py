"""Display of the face regions of selected features."""

from typing import Self

import numpy as np
from sklearn.utils import check_consistent_length

from ..selection._selection_report import find_selection
from ._image_tiles import Tiles

_LABELS = {"share": "share selected", "count": "features selected"}


def count_features(groups, shape):
    """Count the features whose box contains each pixel.

    Parameters
    ----------
    groups : structured ndarray of shape (n_features,)
        Boxes `y0, x0, y1, x1` in fractions of the image.
    shape : tuple of two int
        Height and width of the image.

    Returns
    -------
    ndarray of shape `shape`, int
    """
    counts = np.zeros(shape, dtype=int)
    boxes, times = np.unique(groups[["y0", "x0", "y1", "x1"]], return_counts=True)
    for box, n in zip(boxes.tolist(), times.tolist(), strict=True):
        y0, x0, y1, x1 = np.rint(np.array(box) * (shape * 2)).astype(int)
        counts[y0:y1, x0:x1] += n
    return counts


class FaceRegionsDisplay:
    """Map of the selected features per pixel, for each descriptor.

    It is recommended to use `from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    groups : structured ndarray of shape (n_features,)
        Descriptor and box of each feature, as in `groups_` of the descriptors of
        `fertools.features`.
    support : ndarray of shape (n_features,), bool
        Mask of the selected features.
    face : ndarray of shape (h, w) or None, default=None
        Background of the maps, such as the mean of the training images. None draws maps of 48x48
        pixels without a background.

    Attributes
    ----------
    maps_ : dict of str to ndarray of shape (h, w)
        Maps by descriptor, or "all"; a share is NaN at pixels outside all boxes.
    images_ : list of matplotlib AxesImage
        Drawn maps.
    text_ : list of matplotlib Text
        Captions: descriptor, number of selected features and number of features.
    colorbar_ : matplotlib Colorbar
        Common color scale of the maps.
    ax_ : matplotlib Axes
        Axes containing the maps.
    figure_ : matplotlib Figure
        Figure containing `ax_`.

    See Also
    --------
    fertools.pipeline.selection_report : the same counts as a table.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.pipeline import make_fer_pipeline
    >>> from fertools.plotting import FaceRegionsDisplay
    >>> faces = make_faces(70, random_state=0)
    >>> pipeline = make_fer_pipeline("dct", n_features=100).fit(faces.images, faces.labels)
    >>> display = FaceRegionsDisplay.from_estimator(pipeline, face=faces.images.mean(axis=0))
    >>> list(display.maps_)
    ['dct', 'dctb8']
    """

    def __init__(self, groups, support, *, face=None):
        self.groups = groups
        self.support = support
        self.face = face

    def plot(
        self, ax=None, *, values: str = "share", per_descriptor: bool = True, n_columns: int = 6
    ) -> Self:
        """Draw the maps.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.
        values : {"share", "count"}, default="share"
            Share or number of selected features among the features that cover a pixel.
        per_descriptor : bool, default=True
            Draw one map per descriptor; False draws one map of all features.
        n_columns : int, default=6
            Number of maps per row.

        Returns
        -------
        self : FaceRegionsDisplay
        """
        if values not in _LABELS:
            raise ValueError(f"values must be one of {list(_LABELS)}; got {values!r}.")
        check_consistent_length(self.groups, self.support)
        members = {"all": np.ones(len(self.groups), dtype=bool)}
        if per_descriptor:
            descriptors = self.groups["descriptor"]
            members = {name: descriptors == name for name in dict.fromkeys(descriptors.tolist())}
        self.maps_ = {name: self._map(mask, values) for name, mask in members.items()}

        tiles = Tiles(len(members), n_columns, n_lines=2, ax=ax, scale=True)
        self.images_, self.text_ = [], []
        style = {"cmap": "viridis", "vmin": 0, "alpha": 1 if self.face is None else 0.6}
        style["vmax"] = max(np.nanmax(drawn) for drawn in self.maps_.values())
        for tile, (name, mask) in enumerate(members.items()):
            if self.face is not None:
                tiles.image(tile, self.face)
            self.images_.append(tiles.values(tile, self.maps_[name], **style))
            numbers = f"{(mask & self.support).sum():,} of {mask.sum():,}"
            self.text_.append(tiles.caption(tile, f"{name}\n{numbers}"))
        self.ax_, self.figure_ = tiles.ax, tiles.ax.figure
        self.colorbar_ = tiles.colorbar(self.images_[0], _LABELS[values])
        return self

    def _map(self, mask, values):
        shape = (48, 48) if self.face is None else self.face.shape
        selected = count_features(self.groups[mask & self.support], shape)
        if values == "count":
            return selected
        available = count_features(self.groups[mask], shape)
        return selected / np.where(available > 0, available, np.nan)

    @classmethod
    def from_estimator(cls, pipeline, *, face=None, ax=None, **kwargs) -> Self:
        """Draw the selected features of a fitted pipeline.

        Parameters
        ----------
        pipeline : Pipeline
            Fitted pipeline with a descriptor followed by a selector; without a selector all
            features count as selected.
        face : ndarray of shape (h, w) or None, default=None
            Background of the maps.
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.
        **kwargs : dict
            Parameters of `plot`.

        Returns
        -------
        display : FaceRegionsDisplay
        """
        return cls(*find_selection(pipeline), face=face).plot(ax, **kwargs)
