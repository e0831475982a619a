"""Display of images and augmented versions of them."""

from typing import Self

import numpy as np

from ._image_tiles import Tiles


class AugmentedSamplesDisplay:
    """Images, each in one row with augmented versions.

    It is recommended to use `from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        Original images, drawn in the first column.
    augmented : ndarray of shape (n, n_augmented, h, w)
        Augmented versions of each image.

    Attributes
    ----------
    images_ : list of n * (1 + n_augmented) matplotlib AxesImage
        Drawn images, row by row.
    ax_ : matplotlib Axes
        Axes containing the grid.
    figure_ : matplotlib Figure
        Figure containing `ax_`.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.plotting import AugmentedSamplesDisplay
    >>> from fertools.preprocessing import Augmenter
    >>> faces = make_faces(3, random_state=0).images
    >>> augmenter = Augmenter(random_state=0)
    >>> display = AugmentedSamplesDisplay.from_estimator(augmenter, faces, n_augmented=5)
    >>> display.augmented.shape
    (3, 5, 48, 48)
    """

    def __init__(self, images, augmented):
        self.images = images
        self.augmented = augmented

    def plot(self, ax=None) -> Self:
        """Draw one row per image.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.

        Returns
        -------
        self : AugmentedSamplesDisplay
        """
        rows = np.concatenate([self.images[:, None], self.augmented], axis=1)
        n_images, n_columns = rows.shape[:2]
        tiles = Tiles(n_images * n_columns, n_columns, n_lines=0, ax=ax)
        flat = rows.reshape(-1, *rows.shape[2:])
        self.images_ = [tiles.image(k, image) for k, image in enumerate(flat)]
        tiles.caption(0, "original")
        tiles.caption(1, "augmented")
        self.ax_, self.figure_ = tiles.ax, tiles.ax.figure
        return self

    @classmethod
    def from_estimator(cls, augmenter, images, *, n_augmented: int = 6, ax=None) -> Self:
        """Augment images and draw the results beside the originals.

        Parameters
        ----------
        augmenter : Augmenter
            Object with a method `augment(images)` that returns one image per image.
        images : ndarray of shape (n, h, w)
            Original images.
        n_augmented : int, default=6
            Number of augmented versions per image.
        ax : matplotlib Axes or None, default=None
            Axes to draw on; None creates a new figure.

        Returns
        -------
        display : AugmentedSamplesDisplay
        """
        images = np.asarray(images)
        augmented = augmenter.augment(np.repeat(images, n_augmented, axis=0))
        return cls(images, augmented.reshape(len(images), n_augmented, *images.shape[1:])).plot(ax)
