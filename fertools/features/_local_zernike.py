"""Histograms of the phase of local Zernike moments."""

from functools import lru_cache
from numbers import Integral

import numpy as np
from sklearn.utils._param_validation import Interval

from .._utils.pixels import standardized
from ..base import ImageTransformer, cell_box
from ._cell_grids import check_grid, four_way_normalized
from ._filter_banks import filter_bank, filter_taps
from ._response_pooling import pooled_shares
from ._zernike_polynomials import zernike_polynomials


def zernike_kernels(orders, window):
    """Return the filters that compute Zernike moments on a disc around each pixel.

    Parameters
    ----------
    orders : tuple of (n, m)
        Orders and repetitions of the moments.
    window : int
        Diameter of the disc in pixels, odd.

    Returns
    -------
    ndarray of shape (2, len(orders), window, window), float64
        Real parts, then imaginary parts.
    """
    side = (2 * np.arange(window) + 1 - window) / window
    kernels = zernike_polynomials(orders, *np.meshgrid(side, side, indexing="ij"))
    return np.stack([kernels.real, kernels.imag]) * (4 / window**2)


@lru_cache(maxsize=32)
def zernike_taps(orders, window):
    """Return `zernike_kernels` as taps, real parts first."""
    return filter_taps(zernike_kernels(orders, window).reshape(-1, window, window))


@lru_cache(maxsize=8)
def direction_projections(n_bins):
    """Return the coefficients of the projections in `direction_histograms`."""
    delta, step = 2 * np.pi / n_bins, n_bins // 4 - 1
    angles = delta * np.arange(-step, n_bins + step)
    return tuple((f(angles) / np.sin(delta)).astype(np.float32) for f in (np.cos, np.sin))


def direction_histograms(real, imaginary, n_bins, grid):
    r"""Compute histograms of the phase of complex numbers, weighted by modulus, in each cell.

    With :math:`\delta = 2\pi / n_{bins}`, the direction :math:`\theta_k = k\delta` receives
    :math:`\max(0, |A| \sin(\delta - |\varphi - \theta_k|) / \sin\delta)` from the number
    :math:`A = |A| e^{i\varphi}`. At most two directions receive a share, and the shares, as
    vectors, add up to A. The share equals the smaller of the projections of A onto the directions
    :math:`\theta_k \pm (\pi/2 - \delta)`, which are multiples of :math:`\delta` if `n_bins` is a
    multiple of 4, so that no arctangent is needed.

    Parameters
    ----------
    real, imaginary : ndarray of shape (n, h, n_maps, w), float32
        Real and imaginary parts.
    n_bins : int
        Number of directions over 360 degrees, a multiple of 4.
    grid : tuple of two int
        Number of rows and columns of cells.

    Returns
    -------
    ndarray of shape (n, rows, columns, n_maps, n_bins), float32
        Histograms.
    """
    return pooled_shares(real, imaginary, *direction_projections(n_bins), n_bins, grid)


class LocalZernikeMoments(ImageTransformer):
    """Histograms of the phase of local Zernike moments, weighted by their modulus.

    For each pixel, the complex Zernike moment A_nm (m >= 1) of a small disc around it is computed.
    Each cell of a grid has a histogram of the phase of its moments, weighted by their modulus. The
    moment (1, 1) is a smoothed gradient, which makes its histograms similar to
    :class:`OrientedGradients`; higher moments respond to curvature, ridges and corners. Each
    histogram is normalized by the energy of each of the four 2 x 2 blocks of cells that contain
    it, and clipped at 0.25.

    Parameters
    ----------
    orders : tuple of (n, m), default=((1, 1), (2, 2), (3, 1), (3, 3))
        Orders and repetitions of the moments, with 1 <= m <= n <= 40 and n - m even.
    window : int, default=7
        Diameter of the disc in pixels, odd, 3 to 127.
    n_bins : int, default=8
        Number of directions over 360 degrees, a multiple of 4.
    grid : tuple of two int, default=(6, 6)
        Number of rows and columns of cells. Pixels are weighted by their distance from the centers
        of the nearest cells.
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

    References
    ----------
    E. Sariyanidi, V. Dagli, S. C. Tek, B. Tunc, M. Gokmen (2012). Local Zernike moments: a new
    representation for face recognition. IEEE ICIP, 585-588. :doi:`10.1109/ICIP.2012.6466927`

    P. F. Felzenszwalb, R. B. Girshick, D. McAllester, D. Ramanan (2010). Object detection with
    discriminatively trained part-based models. IEEE TPAMI 32(9), 1627-1645 (normalization).
    :doi:`10.1109/TPAMI.2009.167`

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.features import LocalZernikeMoments
    >>> images = make_faces(3, random_state=0).images
    >>> local = LocalZernikeMoments(orders=((1, 1),)).fit(images)
    >>> local.transform(images).shape
    (3, 1152)
    >>> str(local.get_feature_names_out()[32])
    'lzm7_n1m1_y0x1_b0_o0'
    """

    _parameter_constraints = {
        **ImageTransformer._parameter_constraints,
        "orders": ["array-like"],
        # The run time grows with the area of the window.
        "window": [Interval(Integral, 3, 127, closed="both")],
        "n_bins": [Interval(Integral, 4, 360, closed="both")],
        "grid": ["array-like"],
    }

    def __init__(
        self,
        orders=((1, 1), (2, 2), (3, 1), (3, 3)),
        *,
        window=7,
        n_bins=8,
        grid=(6, 6),
        image_shape=None,
        n_jobs=None,
    ):
        self.orders = orders
        self.window = window
        self.n_bins = n_bins
        self.grid = grid
        self.image_shape = image_shape
        self.n_jobs = n_jobs

    def _check_geometry(self):
        check_grid(self.grid)
        if self.window % 2 == 0:
            raise ValueError(f"window must be odd; got {self.window}.")
        if not all(np.shape(order) == (2,) for order in self.orders):
            raise ValueError(f"orders must contain pairs (n, m) of int; got {self.orders!r}.")
        if self.n_bins % 4:
            raise ValueError(f"n_bins must be a multiple of 4; got {self.n_bins}.")
        for n, m in self.orders:
            if not 1 <= m <= n <= 40 or (n - m) % 2:
                raise ValueError(
                    "orders must contain pairs (n, m) with 1 <= m <= n <= 40 and n - m even; got "
                    f"{(n, m)}."
                )

    def _describe(self, images):
        orders = tuple(tuple(order) for order in self.orders)
        taps = zernike_taps(orders, self.window)
        responses = filter_bank(standardized(images), taps, by_row=True)
        real, imaginary = responses[:, :, : len(orders)], responses[:, :, len(orders) :]
        pooled = direction_histograms(real, imaginary, self.n_bins, tuple(self.grid))
        return four_way_normalized(pooled).reshape(len(images), -1)

    def _blocks(self):
        grid = tuple(self.grid)
        tails = [f"b{b}_o{o}" for b in range(4) for o in range(self.n_bins)]
        blocks = []
        for n, m in self.orders:
            descriptor = f"lzm{self.window}_n{n}m{m}"
            for y, x in np.ndindex(*grid):
                names = [f"{descriptor}_y{y}x{x}_{tail}" for tail in tails]
                blocks.append((descriptor, cell_box(y, x, grid), names))
        return blocks
