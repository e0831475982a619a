"""Local binary patterns, with exact comparisons for uint8 images."""

from functools import lru_cache
from numbers import Integral, Real

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from .._utils.compilation import compiled
from .._utils.mirror_symmetry import check_mirrored_grid, join_permutations, mirror_grid
from ..base import ImageTransformer, cell_box
from ._cell_grids import cell_counts, cell_sizes, check_grid
from ._filter_banks import padded_lines
from ._lbp_labels import METHODS, lbp_labels, mirrored_labels

# Tolerance of ties between a sampling point and the center, as a fraction of the gray range. For
# uint8 pixels and 8 points the smallest nonzero difference exceeds 1e-5 gray levels (the weights
# are in Q(sqrt 2)), and rounding errors in double precision are below 1e-12.
_TIE = 1e-9
# Tolerance in gray levels for 8 points and radius 1 in single precision: nonzero differences
# exceed 1e-3 and rounding errors are below 1e-4.
_TIE_IN_FLOAT32 = 3e-4
# Largest radius in pixels that is accepted for images smaller than the circle.
_MAX_RADIUS = 32


def lbp_samples(points, radius):
    """Return the bilinear interpolation of each sampling point.

    Parameters
    ----------
    points : int
        Number P of points on the circle.
    radius : float
        Radius R in pixels.

    Returns
    -------
    list of P lists of (dy, dx, weight)
        Pixels around point p at offset (-R sin(2 pi p / P), R cos(2 pi p / P)) from the center
        (row, column), with their bilinear weights; pixels of weight 0 are omitted. Points that
        mirror each other have the same weights in the same order, so that their interpolated
        values are bitwise equal.
    """
    samples = []
    for p in range(points):
        angle = 2 * np.pi * p / points
        # Rounding puts points exactly on pixels: cos(pi / 2) evaluates to 6e-17.
        y, x = round(-radius * np.sin(angle), 12), round(radius * np.cos(angle), 12)
        fy, fx = abs(y) % 1, abs(x) % 1
        # Ordered outward from the center, for bitwise symmetry.
        rows = [(int(y), 1 - fy), (int(y) + int(np.sign(y)), fy)]
        columns = [(int(x), 1 - fx), (int(x) + int(np.sign(x)), fx)]
        corners = [(dy, dx, a * b) for dy, a in rows for dx, b in columns]
        samples.append([corner for corner in corners if corner[2] > 0])
    return samples


@lru_cache(maxsize=64)
def sample_table(points, radius, wide, kind):
    """Return `lbp_samples` as arrays of offsets into flattened, padded images.

    Parameters
    ----------
    points : int
        Number of sampling points.
    radius : float
        Radius in pixels.
    wide : int
        Width of the padded image.
    kind : type
        Dtype of the weights.

    Returns
    -------
    starts : ndarray of shape (points, 4), intp
        Offsets of the four pixels around each sampling point of the first image pixel; unused
        entries repeat the first offset.
    weights : ndarray of shape (points, 4)
        Bilinear weights; 0 for unused entries. The first weight is nonzero.
    """
    first = int(np.ceil(radius)) * (wide + 1)
    starts, weights = np.empty((points, 4), dtype=np.intp), np.zeros((points, 4), dtype=kind)
    for p, corners in enumerate(lbp_samples(points, radius)):
        starts[p] = first + corners[0][0] * wide + corners[0][1]
        for k, (dy, dx, weight) in enumerate(corners):
            starts[p, k], weights[p, k] = first + dy * wide + dx, weight
    return starts, weights


@compiled
def _compare(lines, wide, first, starts, weights, ties, out):
    n, h, w = out.shape
    run = (h - 1) * wide + w
    codes = np.empty(run, dtype=np.uint32)
    zero = np.uint32(0)
    for i in range(n):
        line, tie = lines[i], ties[i]
        center = line[first : first + run]
        codes[:] = 0
        for p in range(len(starts)):
            one = np.uint32(1 << p)
            a, b, c, d = weights[p, 0], weights[p, 1], weights[p, 2], weights[p, 3]
            at_a = line[starts[p, 0] : starts[p, 0] + run]
            if b == 0:
                # The sampling point coincides with a pixel: no interpolation, no rounding.
                for k in range(run):
                    codes[k] |= one if at_a[k] >= center[k] else zero
                continue
            at_b = line[starts[p, 1] : starts[p, 1] + run]
            at_c = line[starts[p, 2] : starts[p, 2] + run]
            at_d = line[starts[p, 3] : starts[p, 3] + run]
            for k in range(run):
                value = a * at_a[k] + b * at_b[k] + c * at_c[k] + d * at_d[k]
                codes[k] |= one if value >= center[k] - tie else zero
        for y in range(h):
            out[i, y] = codes[y * wide : y * wide + w]


def lbp_codes(images, points=8, radius=1.0):
    r"""Compute the local binary pattern of every pixel.

    .. math:: LBP_{P,R}(c) = \sum_{p=0}^{P-1} [g_p \ge g_c]\, 2^p

    where :math:`g_c` is the pixel and :math:`g_p` the bilinear interpolation at the p-th of P
    points on a circle of radius R around it. For uint8 images the comparison is exact: equal
    values satisfy :math:`\ge` in spite of rounding. Images are padded with their edge pixels.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        Gray images, uint8 or floating.
    points : int, default=8
        Number of sampling points P, at most 24.
    radius : float, default=1.0
        Radius R in pixels.

    Returns
    -------
    ndarray of shape (n, h, w)
        Codes: uint8 for up to 8 points, uint16 for up to 16, uint32 otherwise.

    References
    ----------
    T. Ojala, M. Pietikainen, T. Maenpaa (2002). Multiresolution gray-scale and rotation invariant
    texture classification with local binary patterns. IEEE TPAMI 24(7), 971-987.
    :doi:`10.1109/TPAMI.2002.1017623`
    """
    n, h, w = images.shape
    kind = np.float64
    if images.dtype == np.uint8 and (points, radius) == (8, 1):
        kind, ties = np.float32, np.full(n, _TIE_IN_FLOAT32)
    elif images.dtype == np.uint8:
        ties = np.full(n, 255 * _TIE)
    else:
        flat = images.reshape(n, -1)
        low, high = flat.min(axis=1), flat.max(axis=1)
        rounding = 4 * np.finfo(images.dtype).eps * np.maximum(-low, high)
        ties = _TIE * (high - low) + rounding
    pad = int(np.ceil(radius))
    wide = w + 2 * pad
    starts, weights = sample_table(points, radius, wide, kind)
    lines = padded_lines(images, pad, kind)
    codes = np.empty((n, h, w), dtype=np.min_scalar_type(2**points - 1))
    _compare(lines, wide, pad * (wide + 1), starts, weights, ties.astype(kind), codes)
    return codes


def lbp_histograms(images, points=8, radius=1.0, method="nri_uniform", grid=(6, 6)):
    """Compute the histogram of labels in each cell.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        Gray images.
    points, radius, method
        See `lbp_codes` and `lbp_labels`.
    grid : tuple of two int, default=(6, 6)
        Number of rows and columns of cells. Pixel (y, x) belongs to cell
        (y * rows // h, x * columns // w).

    Returns
    -------
    ndarray of shape (n, rows, columns, n_labels), float32
        Counts; zeros for a cell without pixels.
    """
    codes = lbp_codes(images, points, radius)
    return cell_counts(codes, *lbp_labels(points, method), grid)


class LocalBinaryPatterns(ImageTransformer):
    r"""Histograms of local binary patterns (LBP) on a grid of cells.

    .. math:: LBP_{P,R}(c) = \sum_{p=0}^{P-1} [g_p \ge g_c]\, 2^p

    where :math:`g_c` is the gray level of a pixel and :math:`g_p` that of the p-th of P points on a
    circle of radius R around it, by bilinear interpolation. Comparisons are exact for uint8 images.
    Images are padded with their edge pixels.

    The features of a cell are the relative frequencies of the labels of its pixels. With
    `norm="hellinger"` their square roots are returned, so that the inner product of two
    histograms is the Bhattacharyya coefficient. LBP is invariant to increasing transformations
    of the gray levels.

    Parameters
    ----------
    radii : tuple of float, default=(1, 2, 3)
        Radii of the circles in pixels. Histograms of all radii are concatenated.
    points : int, default=8
        Number of sampling points on each circle, 4 to 24.
    method : {"nri_uniform", "uniform", "ror", "default"}, default="nri_uniform"
        Mapping from codes to labels, named as in scikit-image. "nri_uniform" has 59 labels for 8
        points: one per uniform pattern and one for all other patterns.
    grid : tuple of two int, default=(6, 6)
        Number of rows and columns of cells. Features of cells without pixels are 0.
    norm : {"hellinger", "l1"}, default="hellinger"
        Normalization: "l1" returns relative frequencies, "hellinger" their square roots.
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples.
    n_jobs : int or None, default=None
        Number of threads.

    Attributes
    ----------
    mirror_ : ndarray of shape (n_features,), intp
        Permutation of the features under mirroring: ``transform(X[:, :, ::-1])`` equals
        ``transform(X)[:, mirror_]``. Only available if `points` is even and the number of
        columns of cells divides the width of the images.
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
    T. Ahonen, A. Hadid, M. Pietikainen (2006). Face description with local binary patterns.
    IEEE TPAMI 28(12), 2037-2041. :doi:`10.1109/TPAMI.2006.244`

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.features import LocalBinaryPatterns
    >>> images = make_faces(3, random_state=0).images
    >>> lbp = LocalBinaryPatterns(radii=(1,)).fit(images)
    >>> lbp.transform(images).shape
    (3, 2124)
    >>> str(lbp.get_feature_names_out()[70])
    'lbp_r1_y0x1_bin11'
    """

    _parameter_constraints = {
        **ImageTransformer._parameter_constraints,
        "radii": ["array-like"],
        "points": [Interval(Integral, 4, 24, closed="both")],
        "method": [StrOptions(set(METHODS))],
        "grid": ["array-like"],
        "norm": [StrOptions({"hellinger", "l1"})],
    }

    def __init__(
        self,
        radii=(1, 2, 3),
        *,
        points=8,
        method="nri_uniform",
        grid=(6, 6),
        norm="hellinger",
        image_shape=None,
        n_jobs=None,
    ):
        self.radii = radii
        self.points = points
        self.method = method
        self.grid = grid
        self.norm = norm
        self.image_shape = image_shape
        self.n_jobs = n_jobs

    def _check_geometry(self):
        check_grid(self.grid)
        if len(self.radii) == 0 or not all(isinstance(r, Real) and r > 0 for r in self.radii):
            raise ValueError(f"radii must contain numbers above 0; got {self.radii!r}.")
        largest = max(_MAX_RADIUS, *self.image_shape_)
        if max(self.radii) > largest:
            raise ValueError(f"radii must be at most {largest} pixels; got {self.radii!r}.")

    def _describe(self, images):
        grid = tuple(self.grid)
        n_labels = lbp_labels(self.points, self.method)[1]
        sizes = cell_sizes(*images.shape[1:], grid)
        shares = np.empty((len(images), len(self.radii), *grid, n_labels), dtype=np.float32)
        for k, radius in enumerate(self.radii):
            counts = lbp_histograms(images, self.points, radius, self.method, grid)
            np.divide(counts, sizes[:, :, None], out=shares[:, k])
        if self.norm == "hellinger":
            np.sqrt(shares, out=shares)
        return shares.reshape(len(images), -1)

    @property
    def mirror_(self) -> NDArray:
        """Permutation of the features under mirroring."""
        check_is_fitted(self)
        if self.points % 2:
            raise AttributeError(f"mirror_ is only available if points is even; got {self.points}.")
        check_mirrored_grid(self.image_shape_[1], self.grid[1])
        of_radius = mirror_grid(self.grid, mirrored_labels(self.points, self.method))
        return join_permutations([of_radius] * len(self.radii))

    def _blocks(self):
        n_labels = lbp_labels(self.points, self.method)[1]
        rows, columns = self.grid
        blocks = []
        for radius in self.radii:
            descriptor = f"lbp_r{radius:g}" + ("" if self.points == 8 else f"p{self.points}")
            for y, x in np.ndindex(rows, columns):
                names = [f"{descriptor}_y{y}x{x}_bin{label}" for label in range(n_labels)]
                blocks.append((descriptor, cell_box(y, x, (rows, columns)), names))
        return blocks
