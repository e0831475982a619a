"""Zernike moments of the whole image or of local discs."""

from functools import lru_cache
from numbers import Integral

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from .._utils.pixels import standardized
from ..base import WHOLE, ImageTransformer, cell_box
from ._cell_grids import cell_starts, check_grid
from ._image_quadrants import folded, half_weights
from ._zernike_polynomials import zernike_orders, zernike_polynomials


@lru_cache(maxsize=32)
def zernike_basis(height, width, degree):
    r"""Return the matrices that map the quadrants of `folded` images to Zernike moments.

    .. math::
        A_{nm} = \frac{n+1}{\pi} \sum_{x^2+y^2 \le 1} f(x, y)\,
        R_{nm}(\rho)\, e^{-im\theta}\, \Delta x\, \Delta y

    The disc is inscribed in the image (an ellipse if the sides differ), polynomials are evaluated
    at the centers of pixels, and :math:`\Delta x\,\Delta y` is the area of a pixel in units of the
    radii. The real part of a basis function is even along y and the imaginary part is odd. Along
    x the real part has the parity of m, and the imaginary part the opposite parity.

    Parameters
    ----------
    height, width : int
        Size of the images in pixels.
    degree : int
        Largest order n.

    Returns
    -------
    list of four (quadrant, part, columns, basis)
        Parities (y, x) of the quadrant; 0 for real and 1 for imaginary parts; indices into
        `zernike_orders`; and the basis over the quadrant, float32, of shape
        (ceil(height / 2) * ceil(width / 2), len(columns)).
    """
    y = (2 * np.arange((height + 1) // 2) + 1 - height) / height
    x = (2 * np.arange((width + 1) // 2) + 1 - width) / width
    orders = zernike_orders(degree)
    basis = zernike_polynomials(orders, *np.meshgrid(y, x, indexing="ij"))
    basis *= np.outer(half_weights(height), half_weights(width)) * (4 / (height * width))
    odd = np.array([m % 2 for _, m in orders], dtype=bool)
    turning = np.array([m > 0 for _, m in orders], dtype=bool)
    quarters = []
    for part, y_odd, x_odd, chosen in (
        (basis.real, 0, 0, ~odd),
        (basis.real, 0, 1, odd),
        (basis.imag, 1, 0, odd),
        (basis.imag, 1, 1, ~odd & turning),
    ):
        matrix = part.reshape(len(part), -1)[chosen].T.astype(np.float32, order="C")
        matrix.setflags(write=False)
        quarters.append(((y_odd, x_odd), y_odd, np.flatnonzero(chosen), matrix))
    return quarters


def zernike_parts(images, degree):
    """Compute the real and imaginary parts of the Zernike moments of a batch of images.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        Images; uint8 values are divided by 255.
    degree : int
        Largest order n.

    Returns
    -------
    ndarray of shape (2, n, n_orders), float32
        Real parts, then imaginary parts, in the order of `zernike_orders`.
    """
    n, h, w = images.shape
    quadrants = folded(images)
    parts = np.zeros((2, n, len(zernike_orders(degree))), dtype=np.float32)
    for quadrant, part, columns, basis in zernike_basis(h, w, degree):
        parts[part][:, columns] = quadrants[quadrant].reshape(n, -1) @ basis
    if images.dtype == np.uint8:
        parts *= np.float32(1 / 255)
    return parts


def zernike_moments(images, degree=8):
    """Compute the Zernike moments of a batch of images.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        Images; uint8 values are divided by 255.
    degree : int, default=8
        Largest order n.

    Returns
    -------
    ndarray of shape (n, n_orders), complex64
        Moments in the order of `zernike_orders`.

    References
    ----------
    M. R. Teague (1980). Image analysis via the general theory of moments. J. Opt. Soc. Am. 70(8),
    920-930. :doi:`10.1364/JOSA.70.000920`
    """
    real, imaginary = zernike_parts(images, degree)
    return real + 1j * imaginary


def zernike_moments_about_mass(image, degree=8, radius=None):
    """Compute Zernike moments about the center of mass, as in mahotas.

    Parameters
    ----------
    image : ndarray of shape (h, w)
        Gray image, divided by the sum of the pixels in the disc. Pixels with values of 0 or less
        are ignored.
    degree : int, default=8
        Largest order n.
    radius : float or None, default=None
        Radius of the disc in pixels; None uses half the shorter side.

    Returns
    -------
    ndarray of shape (n_orders,), complex128
        Moments in the order of `zernike_orders`; zeros for an image without positive pixels.
    """
    h, w = image.shape
    orders = zernike_orders(degree)
    total = image.sum(dtype=np.float64)
    if total <= 0:
        return np.zeros(len(orders), dtype=np.complex128)
    radius = min(h, w) / 2 if radius is None else radius
    y, x = np.arange(h, dtype=np.float64), np.arange(w, dtype=np.float64)
    y = (y - (image.sum(axis=1, dtype=np.float64) @ y) / total) / radius
    x = (x - (image.sum(axis=0, dtype=np.float64) @ x) / total) / radius
    inside = (np.add.outer(y**2, x**2) <= 1) & (image > 0)
    mass = np.where(inside, image, 0).astype(np.float64)
    mass /= max(mass.sum(), np.finfo(np.float64).tiny)
    basis = zernike_polynomials(orders, *np.meshgrid(y, x, indexing="ij"))
    return np.einsum("kyx,yx->k", basis, mass)


def disc_patches(images, grid, window):
    """Extract a square window around the center of each cell.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        Images.
    grid : tuple of two int
        Number of rows and columns of cells.
    window : int
        Side of the windows in pixels, limited to the size of the image.

    Returns
    -------
    ndarray of shape (n, rows, columns, window_h, window_w)
        Windows.
    """
    h, w = images.shape[1:]
    sides = (min(window, h), min(window, w))
    y = cell_starts(h, grid[0], sides[0])
    x = cell_starts(w, grid[1], sides[1])
    windows = np.lib.stride_tricks.sliding_window_view(images, sides, axis=(1, 2))
    return windows[:, y[:, None], x[None, :]]


class ZernikeMoments(ImageTransformer):
    r"""Zernike moments on a disc inscribed in the image, or on a grid of local discs.

    .. math::
        A_{nm} = \frac{n+1}{\pi} \sum_{x^2+y^2 \le 1} f(x, y)\,
        R_{nm}(\rho)\, e^{-im\theta}\, \Delta x\, \Delta y

    where :math:`\rho` and :math:`\theta` are polar coordinates in units of the radius,
    :math:`R_{nm}` is the radial polynomial, and :math:`\Delta x\,\Delta y` the area of a pixel.
    The modulus is invariant to rotation about the center of the disc. Unlike in mahotas, the disc
    is fixed by default, and the image is not divided by its sum.

    Parameters
    ----------
    degree : int, default=8
        Largest order n, 0 to 40. Degree 8 has 25 moments with m >= 0.
    part : {"modulus", "complex"}, default="modulus"
        Features of each moment: its modulus, or its real and imaginary parts (without the
        imaginary part for m = 0, which is 0).
    grid : tuple of two int or None, default=None
        Number of rows and columns of cells, each with a disc around its center. None uses one disc
        for the whole image.
    window : int or None, default=None
        Diameter of the local discs in pixels; None uses twice the shorter side of a cell.
    center : {"disc", "mass"}, default="disc"
        Center of the disc. "mass" uses the center of mass and divides the image by its sum, as
        ``mahotas.features.zernike_moments`` does. It is slow and requires `grid=None` and
        `standardize=False`.
    standardize : bool, default=False
        Standardize each image to mean 0 and standard deviation 1, which makes the features
        invariant to gain and offset of the illumination.
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
    A. Khotanzad, Y. H. Hong (1990). Invariant image recognition by Zernike moments. IEEE TPAMI
    12(5), 489-497. :doi:`10.1109/34.55109`

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.features import ZernikeMoments
    >>> images = make_faces(3, random_state=0).images
    >>> zernike = ZernikeMoments(degree=8).fit(images)
    >>> zernike.transform(images).shape
    (3, 25)
    >>> str(zernike.get_feature_names_out()[-1])
    'zernike_n8_m8_abs'
    """

    _parameter_constraints = {
        **ImageTransformer._parameter_constraints,
        "degree": [Interval(Integral, 0, 40, closed="both")],
        "part": [StrOptions({"modulus", "complex"})],
        "grid": ["array-like", None],
        "window": [Interval(Integral, 2, None, closed="left"), None],
        "center": [StrOptions({"disc", "mass"})],
        "standardize": ["boolean"],
    }

    def __init__(
        self,
        degree=8,
        *,
        part="modulus",
        grid=None,
        window=None,
        center="disc",
        standardize=False,
        image_shape=None,
        n_jobs=None,
    ):
        self.degree = degree
        self.part = part
        self.grid = grid
        self.window = window
        self.center = center
        self.standardize = standardize
        self.image_shape = image_shape
        self.n_jobs = n_jobs

    @property
    def _bytes_per_pixel(self):
        # The polynomials about the center of mass are evaluated for each image.
        about_mass = 36 * len(zernike_orders(self.degree))
        return about_mass if self.center == "mass" else ImageTransformer._bytes_per_pixel

    def _check_geometry(self):
        if self.grid is not None:
            check_grid(self.grid)
        if self.center == "mass" and (self.grid is not None or self.standardize):
            raise ValueError(
                "center='mass' requires grid=None and standardize=False; got "
                f"grid={self.grid!r}, standardize={self.standardize!r}."
            )

    def _window(self):
        if self.window is not None:
            return self.window
        (h, w), (rows, columns) = self.image_shape_, self.grid
        return max(2, round(2 * min(h / rows, w / columns)))

    def _describe(self, images):
        if self.center == "mass":
            moments = np.stack([zernike_moments_about_mass(i, self.degree) for i in images])
            real, imaginary = moments.real, moments.imag
        else:
            if self.standardize:
                images = standardized(images)
            if self.grid is not None:
                patches = disc_patches(images, tuple(self.grid), self._window())
                images = patches.reshape(-1, *patches.shape[3:])
            real, imaginary = zernike_parts(images, self.degree)
        if self.part == "modulus":
            values = np.sqrt(real**2 + imaginary**2)
        else:
            turning = [k for k, (_, m) in enumerate(zernike_orders(self.degree)) if m > 0]
            values = np.hstack([real, imaginary[:, turning]])
        n_discs = 1 if self.grid is None else int(np.prod(self.grid))
        return values.reshape(-1, n_discs * values.shape[1])

    def _blocks(self):
        orders = zernike_orders(self.degree)
        if self.part == "modulus":
            tails = [f"n{n}_m{m}_abs" for n, m in orders]
        else:
            tails = [f"n{n}_m{m}_re" for n, m in orders]
            tails += [f"n{n}_m{m}_im" for n, m in orders if m > 0]
        if self.grid is None:
            return [("zernike", WHOLE, [f"zernike_{tail}" for tail in tails])]
        descriptor = f"zernike_w{self._window()}"
        grid = tuple(self.grid)
        return [
            (descriptor, cell_box(y, x, grid), [f"{descriptor}_y{y}x{x}_{tail}" for tail in tails])
            for y, x in np.ndindex(*grid)
        ]
