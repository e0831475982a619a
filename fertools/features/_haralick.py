"""Haralick textures: statistics of gray-level co-occurrence matrices."""

from numbers import Integral

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from .._utils.pixels import gray_levels
from ..base import WHOLE, ImageTransformer, cell_box
from ._cell_grids import check_grid

# f1 to f13 of Haralick et al. (1973). "asm" is the angular second moment, "homogeneity" the inverse
# difference moment, "imc" an information measure of correlation.
TEXTURES = (
    "asm",
    "contrast",
    "correlation",
    "variance",
    "homogeneity",
    "sum_average",
    "sum_variance",
    "sum_entropy",
    "entropy",
    "difference_variance",
    "difference_entropy",
    "imc1",
    "imc2",
)
# Offsets (dy, dx) in the order of mahotas.
_DIRECTIONS = ((0, 1), (1, 1), (1, 0), (1, -1))


def pair_directions(height, width, distance):
    """Return the directions in which an image contains pairs of pixels.

    Parameters
    ----------
    height, width : int
        Size of the image or cell in pixels.
    distance : int
        Offset between the pixels of a pair, in pixels per axis.

    Returns
    -------
    list of int
        0 is along the rows, 1 along the falling diagonals, 2 along the columns and 3 along the
        rising diagonals.
    """
    return [
        number
        for number, (dy, dx) in enumerate(_DIRECTIONS)
        if height > dy * distance and width > abs(dx) * distance
    ]


def cut_cells(images, grid):
    """Yield the cells of each image in row-major order.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        Images.
    grid : tuple of two int
        Number of rows and columns of cells. Pixel (y, x) belongs to cell
        (y * rows // h, x * columns // w).

    Yields
    ------
    ndarray of shape (cell_h, cell_w)
        Pixels of a cell.
    """
    y, x = (
        -(-np.arange(cells + 1) * side // cells)
        for side, cells in zip(images.shape[1:], grid, strict=True)
    )
    for image in images:
        for row, column in np.ndindex(*grid):
            yield image[y[row] : y[row + 1], x[column] : x[column + 1]]


def haralick_textures(images, grid=(1, 1), levels=32, distance=1):
    """Compute the textures f1 to f13 of each cell and direction.

    Parameters
    ----------
    images : ndarray of shape (n, h, w), uint8
        Gray images.
    grid : tuple of two int, default=(1, 1)
        Number of rows and columns of cells. Both pixels of a pair belong to the same cell.
    levels : int, default=32
        Number of gray levels; pixel v has level v * levels // 256.
    distance : int, default=1
        Offset between the pixels of a pair, in pixels per axis.

    Returns
    -------
    ndarray of shape (n, rows, columns, n_directions, 13), float64
        Textures in the order of `TEXTURES`, for the directions that fit into the smallest cell
        (see `pair_directions`). Co-occurrence matrices are symmetric, entropies are in bits, and
        the difference variance is the variance of the difference
        (``use_x_minus_y_variance=True`` in mahotas).
    """
    from mahotas.features import texture

    n, h, w = images.shape
    rows, columns = grid
    directions = pair_directions(h // rows, w // columns, distance)
    quantized = (images.astype(np.uint16) * levels // 256).astype(np.uint8)
    matrix = np.empty((levels, levels), dtype=np.int32)
    matrices = (
        texture.cooccurence(cell, direction, matrix, distance=distance)
        for cell in cut_cells(quantized, grid)
        for direction in directions
    )
    values = texture.haralick_features(matrices, use_x_minus_y_variance=True)
    return values.reshape(n, rows, columns, len(directions), len(TEXTURES))


class HaralickTextures(ImageTransformer):
    """Haralick textures of the whole image or of the cells of a grid.

    A gray-level co-occurrence matrix counts how often each pair of gray levels occurs at
    neighboring pixels in one direction. The features are thirteen statistics of this matrix,
    computed by mahotas. Their means and ranges over the four directions are invariant to rotation
    by 90 degrees.

    Parameters
    ----------
    grid : tuple of two int or None, default=None
        Number of rows and columns of cells; None computes the textures of the whole image.
    levels : int, default=32
        Number of gray levels, 2 to 256. Small cells need few levels, as their pixels are
        distributed over `levels` squared pairs.
    distance : int, default=1
        Offset between the pixels of a pair, in pixels per axis. Directions that do not fit into
        the smallest cell are omitted.
    directions : {"mean", "mean_range"}, default="mean"
        Summary of the directions: the means, or the means followed by the ranges.
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples.
    n_jobs : int or None, default=None
        Number of threads.

    Attributes
    ----------
    image_shape_ : tuple of two int
        Height and width of the images seen in fit.
    n_features_in_ : int
        Number of pixels per image, height times width.
    feature_names_in_ : ndarray of str
        Names of the features seen in fit; only available if X is a DataFrame.
    groups_ : ndarray of shape (n_features,)
        Name of the descriptor and bounding box of each feature.

    Notes
    -----
    The fourteenth texture, the maximal correlation coefficient, is not included: the value
    computed by mahotas can exceed 1. In a constant cell the angular second moment, homogeneity
    and correlation are 1, the sum average is twice the gray level, and all other textures are 0.
    The run time per cell hardly depends on its size.

    References
    ----------
    R. M. Haralick, K. Shanmugam, I. Dinstein (1973). Textural features for image classification.
    IEEE Trans. Systems, Man, and Cybernetics 3(6), 610-621. :doi:`10.1109/TSMC.1973.4309314`

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.features import HaralickTextures
    >>> images = make_faces(3, random_state=0).images
    >>> haralick = HaralickTextures((3, 3)).fit(images)
    >>> haralick.transform(images).shape
    (3, 117)
    >>> str(haralick.get_feature_names_out()[14])
    'haralick_d1_y0x1_contrast_mean'
    """

    _parameter_constraints = {
        **ImageTransformer._parameter_constraints,
        "grid": ["array-like", None],
        "levels": [Interval(Integral, 2, 256, closed="both")],
        "distance": [Interval(Integral, 1, None, closed="left")],
        "directions": [StrOptions({"mean", "mean_range"})],
    }

    def __init__(
        self,
        grid=None,
        *,
        levels=32,
        distance=1,
        directions="mean",
        image_shape=None,
        n_jobs=None,
    ):
        self.grid = grid
        self.levels = levels
        self.distance = distance
        self.directions = directions
        self.image_shape = image_shape
        self.n_jobs = n_jobs

    def _grid(self):
        return (1, 1) if self.grid is None else tuple(self.grid)

    def _check_geometry(self):
        (h, w), (rows, columns) = self.image_shape_, check_grid(self._grid())
        if not pair_directions(h // rows, w // columns, self.distance):
            raise ValueError(
                "distance must be smaller than a side of the smallest cell, "
                f"{h // rows}x{w // columns} pixels; got {self.distance}."
            )

    def _describe(self, images):
        values = haralick_textures(gray_levels(images), self._grid(), self.levels, self.distance)
        parts = [values.mean(axis=3)]
        if self.directions == "mean_range":
            parts.append(np.ptp(values, axis=3))
        return np.concatenate(parts, axis=3).reshape(len(images), -1)

    def _blocks(self):
        descriptor = f"haralick_d{self.distance}"
        tails = [f"{t}_{part}" for part in self.directions.split("_") for t in TEXTURES]
        if self.grid is None:
            return [(descriptor, WHOLE, [f"{descriptor}_{tail}" for tail in tails])]
        grid = self._grid()
        return [
            (descriptor, cell_box(y, x, grid), [f"{descriptor}_y{y}x{x}_{tail}" for tail in tails])
            for y, x in np.ndindex(*grid)
        ]
