"""Display of images that methods misclassify or disagree on."""

from typing import Self

import pandas as pd
from sklearn.utils import check_consistent_length

from .._utils.text import printable
from ..evaluation import Comparison
from ..evaluation._disagreement import (
    disagreement,
    hardest,
    most_disputed,
    predictions_per_method,
)
from ._image_tiles import Tiles

_ORDERS = {"hardest": hardest, "disputed": most_disputed}
# Number of predictions in a caption.
_N_NAMED = 2


class DisagreementDisplay:
    """Images with their true labels and the predictions of several methods.

    It is recommended to use `from_comparison`. All parameters are stored as attributes.

    Parameters
    ----------
    images : array-like of shape (n, h, w) or (n, h, w, 3), or sequence of images
        Gray or RGB images, uint8 or floats in 0..1.
    labels : array-like of shape (n,)
        True labels.
    votes : array-like of shape (n, n_methods)
        Predicted label of each method.

    Attributes
    ----------
    images_ : list of n matplotlib AxesImage
        Drawn images, in the order of `images`.
    text_ : list of n matplotlib Text
        Captions: the label, followed by the two most frequent predictions with the number of
        methods.
    ax_ : matplotlib Axes
        Axes containing the grid.
    figure_ : matplotlib Figure
        Figure containing `ax_`.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.plotting import DisagreementDisplay
    >>> faces = make_faces(1, random_state=0)
    >>> votes = [["sad", "angry", "sad"]]
    >>> display = DisagreementDisplay(faces.images, faces.labels, votes).plot()
    >>> print(display.text_[0].get_text())
    angry
    2 sad
    1 angry
    """

    def __init__(self, images, labels, votes):
        self.images = images
        self.labels = labels
        self.votes = votes

    def plot(self, ax=None, *, n_columns: int = 7) -> Self:
        """Draw the grid.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.
        n_columns : int, default=7
            Number of images per row.

        Returns
        -------
        self : DisagreementDisplay
        """
        check_consistent_length(self.images, self.labels, self.votes)
        tiles = Tiles(len(self.images), n_columns, n_lines=1 + _N_NAMED, ax=ax)
        self.images_ = [tiles.image(tile, image) for tile, image in enumerate(self.images)]
        self.text_ = []
        for tile, (label, votes) in enumerate(zip(self.labels, self.votes, strict=True)):
            names = [printable(str(name)) for name in votes]
            frequent = pd.Series(names).value_counts().head(_N_NAMED).items()
            lines = [printable(str(label)), *(f"{count} {name}" for name, count in frequent)]
            self.text_.append(tiles.caption(tile, "\n".join(lines)))
        self.ax_, self.figure_ = tiles.ax, tiles.ax.figure
        return self

    @classmethod
    def from_comparison(
        cls, comparison: Comparison, data, *, order: str = "disputed", n: int = 14, ax=None
    ) -> Self:
        """Draw the hardest or the most disputed images of a comparison.

        Parameters
        ----------
        comparison : Comparison
            Result of `fertools.evaluation.compare`.
        data : Bunch
            Test data of the comparison.
        order : {"disputed", "hardest"}, default="disputed"
            Order of the images: "disputed" by decreasing entropy of the predictions, "hardest" by
            increasing number of correct methods. Ties are sorted by the mean probability of the
            true label.
        n : int, default=14
            Maximum number of images.
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.

        Returns
        -------
        display : DisagreementDisplay
        """
        if order not in _ORDERS:
            raise ValueError(f"order must be one of {list(_ORDERS)}; got {order!r}.")
        shown = _ORDERS[order](disagreement(comparison)).head(n)
        images = [data.images[row] for row in shown["row"]]
        return cls(
            images, shown["truth"].tolist(), predictions_per_method(comparison)[shown.index]
        ).plot(ax)
