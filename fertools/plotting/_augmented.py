"""Images beside their augmented copies."""

import numpy as np

from ._image_tiles import Tiles


class AugmentedSamplesDisplay:
    """Images, each in a row with copies that an augmenter makes of it.

    It is recommended to use `from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        The originals, drawn in the first column.
    copies : ndarray of shape (n, n_copies, h, w)
        The copies of each.

    Attributes
    ----------
    images_ : list of n * (1 + n_copies) matplotlib AxesImage
        Row by row.
    ax_ : matplotlib Axes
        The axes that hold the whole grid.
    figure_ : matplotlib Figure
        The figure of `ax_`.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.plotting import AugmentedSamplesDisplay
    >>> from fertools.preprocessing import Augmenter
    >>> faces = make_faces(3, random_state=0).images
    >>> augmenter = Augmenter(random_state=0)
    >>> display = AugmentedSamplesDisplay.from_estimator(augmenter, faces, n_copies=5)
    >>> display.copies.shape
    (3, 5, 48, 48)
    """

    def __init__(self, images, copies):
        self.images = images
        self.copies = copies

    def plot(self, ax=None):
        """Draw a row for each image.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            None makes a new figure.

        Returns
        -------
        self : AugmentedSamplesDisplay
        """
        rows = np.concatenate([self.images[:, None], self.copies], axis=1)
        n_images, n_columns = rows.shape[:2]
        tiles = Tiles(n_images * n_columns, n_columns, n_lines=0, ax=ax)
        flat = rows.reshape(-1, *rows.shape[2:])
        self.images_ = [tiles.image(k, image) for k, image in enumerate(flat)]
        tiles.caption(0, "original")
        tiles.caption(1, "copies")
        self.ax_, self.figure_ = tiles.ax, tiles.ax.figure
        return self

    @classmethod
    def from_estimator(cls, augmenter, images, *, n_copies=6, ax=None):
        """Make copies of images and draw both.

        Parameters
        ----------
        augmenter : Augmenter
            Or anything with a method `augment(images)` that returns a copy of each image.
        images : ndarray of shape (n, h, w)
            The originals.
        n_copies : int, default=6
            Copies of each image.
        ax : matplotlib Axes or None, default=None
            None makes a new figure.

        Returns
        -------
        display : AugmentedSamplesDisplay
        """
        images = np.asarray(images)
        copies = augmenter.augment(np.repeat(images, n_copies, axis=0))
        return cls(images, copies.reshape(len(images), n_copies, *images.shape[1:])).plot(ax)
