"""Textures after Haralick: statistics of gray-level co-occurrence matrices."""

from numbers import Integral

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from .._utils.pixels import gray_levels
from ..base import WHOLE, ImageTransformer, cell_box
from ._cell_grids import check_grid

# In Haralick's order, f1 to f13: "asm" is the angular second moment, "homogeneity" the inverse
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
# (dy, dx), in the order of mahotas.
_DIRECTIONS = ((0, 1), (1, 1), (1, 0), (1, -1))


def pair_directions(height, width, distance):
    """Return which of the four directions have pairs of pixels, as a list of int.

    0 is along the rows, 1 along the falling diagonals, 2 along the columns, 3 along the rising
    diagonals.

    Parameters
    ----------
    height, width : int
        Of an image or a cell.
    distance : int
        Pixels between the two of a pair, per axis.
    """
    return [
        number
        for number, (dy, dx) in enumerate(_DIRECTIONS)
        if height > dy * distance and width > abs(dx) * distance
    ]


def cut_cells(images, grid):
    """Yield the cells of each image, row by row; pixel y lies in row y * rows // h of them.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
    grid : tuple of two int

    Yields
    ------
    ndarray of shape (cell_h, cell_w)
    """
    y, x = (
        -(-np.arange(cells + 1) * side // cells)
        for side, cells in zip(images.shape[1:], grid, strict=True)
    )
    for image in images:
        for row, column in np.ndindex(*grid):
            yield image[y[row] : y[row + 1], x[column] : x[column + 1]]


def haralick_textures(images, grid=(1, 1), levels=32, distance=1):
    """Compute the textures f1 to f13 of the cells of each image, direction by direction.

    Parameters
    ----------
    images : ndarray of shape (n, h, w), uint8
    grid : tuple of two int, default=(1, 1)
        Rows and columns of cells. Pairs of pixels lie within a cell.
    levels : int, default=32
        Gray levels to count with: pixel v has level v * levels // 256.
    distance : int, default=1
        Pixels between the two of a pair, per axis.

    Returns
    -------
    ndarray of shape (n, rows, columns, n_directions, 13), float64
        In the order of `TEXTURES`, of the directions that fit into the smallest cell, see
        `pair_directions`. Matrices are symmetric, entropies in bits, and the difference variance
        is the variance of the difference (``use_x_minus_y_variance=True`` in mahotas).
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
    """Haralick's textures, of the whole face or of the cells of a grid, by mahotas.

    A co-occurrence matrix counts how often two gray levels stand side by side in one direction;
    thirteen statistics sum it up. Their means over the four directions, and their ranges, do not
    change when an image turns by 90 degrees. Haralick's fourteenth, the maximal correlation
    coefficient, is left out: what mahotas gives by that name exceeds 1.

    A flat cell has angular second moment, homogeneity and correlation 1, its sum average is twice
    its level, and the rest is 0. The cost of a cell hardly depends on its size.

    Parameters
    ----------
    grid : tuple of two int or None, default=None
        None takes the whole face. (rows, columns) takes each cell on its own.
    levels : int, default=32
        Gray levels to count with, 2 to 256. Small cells want few, as there are `levels` squared
        pairs to fill with their pixels.
    distance : int, default=1
        Pixels between the two of a pair, per axis. Directions that do not fit into the smallest
        cell are left out.
    directions : {"mean", "mean_range"}, default="mean"
        Means over the directions; or all means, then all ranges.
    image_shape : tuple of two int or None, default=None
        How flattened rows unfold.
    n_jobs : int or None, default=None
        Threads over chunks of images.

    Attributes
    ----------
    image_shape_ : tuple of two int
        Height and width of the images seen in fit.
    n_features_in_ : int
        Height times width.
    feature_names_in_ : ndarray of str
        Only where X was a DataFrame.
    groups_ : ndarray of shape (n_features,)
        Descriptor and box of each feature.

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
                "distance must be less than a side of the smallest cell, "
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
