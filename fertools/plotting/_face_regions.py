"""Which parts of the face the selected features look at."""

import numpy as np
from sklearn.utils import check_consistent_length

from ..selection._selection_report import find_selection
from ._image_tiles import Tiles

_LABELS = {"share": "share selected", "count": "features selected"}


def count_looks(groups, shape):
    """Count the features that look at each pixel.

    Parameters
    ----------
    groups : structured ndarray of shape (n_features,)
        With the boxes `y0, x0, y1, x1` in fractions of the image.
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
    """A map for each descriptor: how many of its features that look at a pixel were selected.

    It is recommended to use `from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    groups : structured ndarray of shape (n_features,)
        The descriptor of each feature and the box it looks at, as in `groups_` of every
        descriptor of `fertools.features`.
    support : ndarray of shape (n_features,), bool
        Which features are selected.
    face : ndarray of shape (h, w) or None, default=None
        A face to draw the maps on, such as the mean of the training images. None draws the maps
        alone, at 48x48 pixels.

    Attributes
    ----------
    maps_ : dict of str to ndarray of shape (h, w)
        By descriptor, or "all" features; a share is NaN where no feature looks.
    images_ : list of matplotlib AxesImage
        The maps.
    text_ : list of matplotlib Text
        Their captions: how many features of the descriptor are selected, and out of how many.
    colorbar_ : matplotlib Colorbar
        The one scale of all maps.
    ax_ : matplotlib Axes
        The axes that hold all maps.
    figure_ : matplotlib Figure
        The figure of `ax_`.

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

    def plot(self, ax=None, *, values="share", per_descriptor=True, n_columns=6):
        """Draw the maps.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            None makes a new figure.
        values : {"share", "count"}, default="share"
            Of the features that look at a pixel, the share that is selected, or how many are.
        per_descriptor : bool, default=True
            False draws one map of all features.
        n_columns : int, default=6
            Maps in a row.

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
        selected = count_looks(self.groups[mask & self.support], shape)
        if values == "count":
            return selected
        available = count_looks(self.groups[mask], shape)
        return selected / np.where(available > 0, available, np.nan)

    @classmethod
    def from_estimator(cls, pipeline, *, face=None, ax=None, **kwargs):
        """Draw what a fitted pipeline selected.

        Parameters
        ----------
        pipeline : Pipeline
            Fitted, with a descriptor, and after it a selector; without one all features count as
            selected.
        face : ndarray of shape (h, w) or None, default=None
            A face to draw the maps on.
        ax : matplotlib Axes or None, default=None
            None makes a new figure.
        **kwargs : dict
            Handed to `plot`.

        Returns
        -------
        display : FaceRegionsDisplay
        """
        return cls(*find_selection(pipeline), face=face).plot(ax, **kwargs)
