"""The images that methods fail on, and those they disagree on."""

import pandas as pd
from sklearn.utils import check_consistent_length

from ..evaluation._disagreement import all_votes, disagreement, hardest, most_disputed
from ._image_tiles import Tiles

_ORDERS = {"hardest": hardest, "disputed": most_disputed}
# Predictions named above an image.
_N_NAMED = 2


class DisagreementDisplay:
    """Images with their label, and with what several methods take them for.

    It is recommended to use `from_comparison`. All parameters are stored as attributes.

    Parameters
    ----------
    images : array-like of shape (n, h, w) or (n, h, w, 3), or sequence of images
        Gray or RGB; uint8, or floats in 0..1.
    labels : array-like of shape (n,)
        What each image shows.
    votes : array-like of shape (n, n_methods)
        What each method takes it for.

    Attributes
    ----------
    images_ : list of n matplotlib AxesImage
        The images, in the order of `images`.
    text_ : list of n matplotlib Text
        Their captions: the label, and under it the two most frequent predictions with the number
        of methods that made them.
    ax_ : matplotlib Axes
        The axes that hold the whole grid.
    figure_ : matplotlib Figure
        The figure of `ax_`.

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

    def plot(self, ax=None, *, n_columns=7):
        """Draw the grid, row by row.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            None makes a new figure.
        n_columns : int, default=7
            Images in a row.

        Returns
        -------
        self : DisagreementDisplay
        """
        check_consistent_length(self.images, self.labels, self.votes)
        tiles = Tiles(len(self.images), n_columns, n_lines=1 + _N_NAMED, ax=ax)
        self.images_ = [tiles.image(tile, image) for tile, image in enumerate(self.images)]
        self.text_ = []
        for tile, (label, votes) in enumerate(zip(self.labels, self.votes, strict=True)):
            named = pd.Series(votes).value_counts().head(_N_NAMED).items()
            lines = [label, *(f"{count} {name}" for name, count in named)]
            self.text_.append(tiles.caption(tile, "\n".join(lines), parse_math=False))
        self.ax_, self.figure_ = tiles.ax, tiles.ax.figure
        return self

    @classmethod
    def from_comparison(cls, comparison, data, *, order="disputed", n=14, ax=None):
        """Draw images of a comparison that were the hardest, or disputed the most.

        Parameters
        ----------
        comparison : Comparison
            As `fertools.evaluation.compare` returns it.
        data : Bunch
            What it was tested on.
        order : {"disputed", "hardest"}, default="disputed"
            First those whose predictions have the largest entropy, or those that the fewest
            methods are right on. Among equals first those whose label got the least probability.
        n : int, default=14
            Images at the most.
        ax : matplotlib Axes or None, default=None
            None makes a new figure.

        Returns
        -------
        display : DisagreementDisplay
        """
        if order not in _ORDERS:
            raise ValueError(f"order must be one of {list(_ORDERS)}; got {order!r}.")
        shown = _ORDERS[order](disagreement(comparison)).head(n)
        images = [data.images[row] for row in shown["row"]]
        return cls(images, shown["truth"].tolist(), all_votes(comparison)[shown.index]).plot(ax)
