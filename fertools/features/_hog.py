"""Histograms of oriented gradients."""

from numbers import Integral

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from .._utils.mirror_symmetry import check_mirrored_grid, join_permutations, mirror_grid
from ..base import ImageTransformer
from ._cell_grids import (
    cell_counts,
    cell_sizes,
    check_grid,
    four_way_normalized,
)
from ._gradients import gradients

_EPSILON, _CLIP = 1e-5, 0.2
NORMS = ("l2-hys", "l2", "l1", "l1-sqrt", "four-way")


def cell_histograms(codes, bins, magnitudes, grid, orientations, symmetric):
    """Compute the histogram of gradient directions of each cell, weighted by magnitude.

    Parameters
    ----------
    codes, bins, magnitudes : ndarray
        Gradients returned by `gradients`.
    grid : tuple of two int
        Number of rows and columns of cells. Pixel (y, x) belongs to cell
        (y * rows // h, x * columns // w).
    orientations : int
        Number of bins over 180 degrees.
    symmetric : bool
        Whether a gradient on a bin edge is split evenly between both bins; otherwise it counts in
        the upper bin.

    Returns
    -------
    ndarray of shape (n, rows, columns, 2 * orientations), float32
        Sums of magnitudes divided by the number of pixels of the cell; zeros for a cell without
        pixels. Bin k starts at ``180 / orientations * k`` degrees.
    """
    fine = cell_counts(codes, bins, 4 * orientations, grid, magnitudes)
    limits, sums = fine[..., ::2], fine[..., 1::2]
    sums = sums + ((limits + np.roll(limits, -1, axis=3)) / 2 if symmetric else limits)
    sums /= cell_sizes(*codes.shape[1:], grid)[:, :, None]
    return sums


def block_normalized(cells, block, norm):
    r"""Concatenate the cells of each block and normalize the result.

    For the values v of a block and :math:`\epsilon = 10^{-5}`, "l2" is
    :math:`v / \sqrt{\|v\|_2^2 + \epsilon^2}`, "l2-hys" is "l2" clipped at 0.2 and normalized
    again, "l1" is :math:`v / (\|v\|_1 + \epsilon)`, and "l1-sqrt" is the square root of "l1".

    Parameters
    ----------
    cells : ndarray of shape (n, rows, columns, n_bins), float32
        Histograms of the cells.
    block : int
        Number of cells along each side of a block.
    norm : {"l2-hys", "l2", "l1", "l1-sqrt"}
        Normalization.

    Returns
    -------
    ndarray of shape (n, rows - block + 1, columns - block + 1, block, block, n_bins), float32
    """
    windows = np.lib.stride_tricks.sliding_window_view(cells, (block, block), axis=(1, 2))
    blocks = np.array(windows.transpose(0, 1, 2, 4, 5, 3), order="C")
    flat = blocks.reshape(-1, block * block * cells.shape[3])
    if norm.startswith("l1"):
        flat /= flat.sum(axis=1, keepdims=True) + np.float32(_EPSILON)
        return np.sqrt(blocks, out=blocks) if norm == "l1-sqrt" else blocks
    _divide_by_length(flat)
    if norm == "l2-hys":
        np.minimum(flat, np.float32(_CLIP), out=flat)
        _divide_by_length(flat)
    return blocks


def _divide_by_length(rows):
    squares = np.einsum("ij,ij->i", rows, rows)
    rows /= np.sqrt(squares + np.float32(_EPSILON**2))[:, None]


class OrientedGradients(ImageTransformer):
    r"""Histograms of oriented gradients (HOG) on one or several grids of cells.

    Each cell has a histogram of the directions of its gradients, central differences, weighted by
    their magnitude. Blocks of cells are normalized. For the values v of a block and
    :math:`\epsilon = 10^{-5}`, "l2" is :math:`v / \sqrt{\|v\|_2^2 + \epsilon^2}`, "l2-hys" is "l2"
    clipped at 0.2 and normalized again, "l1" is :math:`v / (\|v\|_1 + \epsilon)`, and "l1-sqrt" is
    the square root of "l1".

    For uint8 images, cells of equal size and `symmetric=False`, the features equal those of
    ``skimage.feature.hog``.

    Parameters
    ----------
    orientations : int, default=9
        Number of bins over 180 degrees.
    direction : {"unsigned", "signed", "both"}, default="unsigned"
        Range of the directions. "unsigned" merges opposite gradients (180 degrees), "signed" uses
        twice as many bins over 360 degrees, and "both" concatenates signed and unsigned
        histograms.
    grids : tuple of tuple of two int, default=((6, 6),)
        Number of rows and columns of cells of each grid. Features of all grids are concatenated;
        those of cells without pixels are 0.
    block : int, default=2
        Number of cells along each side of a block. Blocks overlap. Ignored if
        `norm="four-way"`.
    norm : {"l2-hys", "l2", "l1", "l1-sqrt", "four-way"}, default="l2-hys"
        Normalization of the blocks [1]_. "four-way" normalizes each cell by the energy of each of
        the four 2 x 2 blocks that contain it, which gives four features per bin [2]_.
    symmetric : bool, default=False
        Whether a gradient exactly on the edge of two bins is split evenly between them. The
        features of a mirror image are then a permutation of those of the image, see `mirror_`.
        If False, the gradient counts in the upper bin, as in scikit-image.
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples.
    n_jobs : int or None, default=None
        Number of threads.

    Attributes
    ----------
    mirror_ : ndarray of shape (n_features,), intp
        Permutation of the features under mirroring: ``transform(X[:, :, ::-1])`` equals
        ``transform(X)[:, mirror_]`` up to rounding. Only available if `symmetric=True` and the
        number of columns of each grid divides the width of the images.
    image_shape_ : tuple of two int
        Height and width of the images seen in fit.
    n_features_in_ : int
        Number of pixels per image, height times width.
    feature_names_in_ : ndarray of str
        Names of the features seen in fit; only available if X is a DataFrame.
    groups_ : ndarray of shape (n_features,)
        Name of the descriptor and bounding box of each feature.

    References
    ----------
    .. [1] N. Dalal, B. Triggs (2005). Histograms of oriented gradients for human detection. CVPR,
       886-893. :doi:`10.1109/CVPR.2005.177`
    .. [2] P. F. Felzenszwalb, R. B. Girshick, D. McAllester, D. Ramanan (2010). Object detection
       with discriminatively trained part-based models. IEEE TPAMI 32(9), 1627-1645.
       :doi:`10.1109/TPAMI.2009.167`

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.features import OrientedGradients
    >>> images = make_faces(3, random_state=0).images
    >>> hog = OrientedGradients().fit(images)
    >>> hog.transform(images).shape
    (3, 900)
    >>> str(hog.get_feature_names_out()[40])
    'hog_6x6_block0x1_cell0x0_bin4'
    """

    _parameter_constraints = {
        **ImageTransformer._parameter_constraints,
        "orientations": [Interval(Integral, 1, 180, closed="both")],
        "direction": [StrOptions({"unsigned", "signed", "both"})],
        "grids": ["array-like"],
        "block": [Interval(Integral, 1, None, closed="left")],
        "norm": [StrOptions(set(NORMS))],
        "symmetric": ["boolean"],
    }

    def __init__(
        self,
        orientations=9,
        *,
        direction="unsigned",
        grids=((6, 6),),
        block=2,
        norm="l2-hys",
        symmetric=False,
        image_shape=None,
        n_jobs=None,
    ):
        self.orientations = orientations
        self.direction = direction
        self.grids = grids
        self.block = block
        self.norm = norm
        self.symmetric = symmetric
        self.image_shape = image_shape
        self.n_jobs = n_jobs

    def _check_geometry(self):
        if len(self.grids) == 0:
            raise ValueError("grids must contain at least one (rows, columns); got none.")
        for grid in self.grids:
            if min(check_grid(grid, "grids")) < self._side():
                raise ValueError(
                    f"grids must have at least {self.block} rows and columns, the size of a "
                    f"block; got {grid}."
                )

    def _side(self):
        """Return the number of cells along each side of a block."""
        return 1 if self.norm == "four-way" else self.block

    def _describe(self, images):
        pixels = gradients(images, self.orientations)
        parts = []
        for grid in self.grids:
            signed = cell_histograms(*pixels, tuple(grid), self.orientations, self.symmetric)
            cells = self._directed(signed)
            if self.norm == "four-way":
                values = four_way_normalized(cells[:, :, :, None], _CLIP)
            else:
                values = block_normalized(cells, self.block, self.norm)
            parts.append(values.reshape(len(images), -1))
        return np.hstack(parts)

    def _directed(self, signed):
        if self.direction == "signed":
            return signed
        unsigned = signed[..., : self.orientations] + signed[..., self.orientations :]
        return np.concatenate([signed, unsigned], axis=3) if self.direction == "both" else unsigned

    def _mirrored_bins(self):
        """Return the permutation of the bins under mirroring."""
        n = self.orientations
        signed, unsigned = (n - 1 - np.arange(2 * n)) % (2 * n), np.arange(n)[::-1]
        both = np.concatenate([signed, 2 * n + unsigned])
        return {"unsigned": unsigned, "signed": signed, "both": both}[self.direction]

    @property
    def mirror_(self) -> NDArray:
        """Permutation of the features under mirroring."""
        check_is_fitted(self)
        if not self.symmetric:
            raise AttributeError("mirror_ is only available if symmetric=True.")
        # The cells of a block, or the four blocks around a cell.
        side = 2 if self.norm == "four-way" else self.block
        of_block = mirror_grid((side, side), self._mirrored_bins())
        permutations, last = [], self._side() - 1
        for rows, columns in self.grids:
            check_mirrored_grid(self.image_shape_[1], columns)
            permutations.append(mirror_grid((rows - last, columns - last), of_block))
        return join_permutations(permutations)

    def _blocks(self):
        n_bins = len(self._mirrored_bins())
        side, blocks = self._side(), []
        inner = [f"cell{i}x{j}" for i, j in np.ndindex(side, side)]
        if self.norm == "four-way":
            inner = [f"norm{k}" for k in range(4)]
        for rows, columns in self.grids:
            descriptor = f"hog_{rows}x{columns}"
            for y, x in np.ndindex(rows - side + 1, columns - side + 1):
                box = (y / rows, x / columns, (y + side) / rows, (x + side) / columns)
                place = f"{descriptor}_block{y}x{x}"
                names = [f"{place}_{part}_bin{k}" for part in inner for k in range(n_bins)]
                blocks.append((descriptor, box, names))
        return blocks
