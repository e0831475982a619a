"""Display of what descriptors see in a face."""

from typing import Self

import numpy as np

from .._utils.images import to_uint8
from ..inspection import dct_view, hog_view, lbp_view, word_view, zernike_view
from ._image_tiles import Tiles


class DescriptorViewsDisplay:
    """Pictures of what descriptors see in a face.

    It is recommended to use `from_image`. All parameters are stored as attributes.

    Parameters
    ----------
    views : dict of str to ndarray of shape (h, w)
        Picture by caption. uint8 arrays are gray levels, floats are scaled to the range of their
        values, and other integers are numbers of visual words, drawn in twenty colors.

    Attributes
    ----------
    images_ : list of matplotlib AxesImage
        Drawn pictures.
    text_ : list of matplotlib Text
        Captions.
    ax_ : matplotlib Axes
        Axes containing the pictures.
    figure_ : matplotlib Figure
        Figure containing `ax_`.

    See Also
    --------
    fertools.inspection.lbp_view : Local binary patterns.
    fertools.inspection.dct_view : Reconstruction from DCT coefficients.
    fertools.inspection.zernike_view : Reconstruction from Zernike moments.
    fertools.inspection.hog_view : Glyphs of gradients.
    fertools.inspection.word_view : Visual words.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.plotting import DescriptorViewsDisplay
    >>> face = make_faces(1, random_state=0).images[0]
    >>> display = DescriptorViewsDisplay.from_image(face, zernike=(4, 8), dct=(15, 60))
    >>> list(display.views)
    ['face', 'LBP codes', 'HOG', 'DCT 15', 'DCT 60', 'Zernike 4', 'Zernike 8']
    """

    def __init__(self, views):
        self.views = views

    def plot(self, ax=None, *, n_columns: int = 5) -> Self:
        """Draw the pictures.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.
        n_columns : int, default=5
            Number of pictures per row.

        Returns
        -------
        self : DescriptorViewsDisplay
        """
        tiles = Tiles(len(self.views), n_columns, n_lines=1, ax=ax)
        self.images_, self.text_ = [], []
        for tile, (name, view) in enumerate(self.views.items()):
            if view.dtype == np.uint8:
                image = tiles.image(tile, view)
            elif np.issubdtype(view.dtype, np.floating):
                image = tiles.values(tile, view, cmap="gray")
            else:
                # Frequent words have the first colors.
                _, numbers, counts = np.unique(view, return_inverse=True, return_counts=True)
                ranks = np.argsort(np.argsort(-counts, kind="stable"))
                shown = ranks[numbers.reshape(view.shape)] % 20
                image = tiles.values(tile, shown, cmap="tab20", vmin=-0.5, vmax=19.5)
            self.images_.append(image)
            self.text_.append(tiles.caption(tile, name))
        self.ax_, self.figure_ = tiles.ax, tiles.ax.figure
        return self

    @classmethod
    def from_image(
        cls,
        face,
        *,
        dct=(10, 40, 160),
        zernike=(4, 8, 12, 20),
        words=None,
        ax=None,
        n_columns: int = 5,
    ) -> Self:
        """Draw a face as its descriptors see it.

        Parameters
        ----------
        face : array-like of shape (h, w) or (h, w, 3)
            Face crop.
        dct : tuple of int, default=(10, 40, 160)
            Numbers of DCT coefficients to reconstruct the face from.
        zernike : tuple of int, default=(4, 8, 12, 20)
            Degrees of the Zernike moments to reconstruct the face from.
        words : VisualWords or None, default=None
            Fitted descriptor, whose words are drawn as colors.
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.
        n_columns : int, default=5
            Number of pictures per row.

        Returns
        -------
        display : DescriptorViewsDisplay
        """
        pixels = to_uint8(face)
        views = {"face": pixels, "LBP codes": lbp_view(pixels), "HOG": hog_view(pixels)}
        views |= {f"DCT {n}": dct_view(pixels, n) for n in dct}
        views |= {f"Zernike {degree}": zernike_view(pixels, degree) for degree in zernike}
        if words is not None:
            views["visual words"] = word_view(pixels, words)
        return cls(views).plot(ax, n_columns=n_columns)
