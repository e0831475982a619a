"""Pictures of what descriptors see in a face."""

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted

from .._utils.images import resize, to_uint8
from .._utils.pixels import standardized
from ..features import VisualWords
from ..features._cell_grids import check_grid
from ..features._cosine_transform import cosine_basis, zigzag
from ..features._gradients import gradients
from ..features._hog import cell_histograms
from ..features._lbp import lbp_codes
from ..features._local_descriptors import window_starts
from ..features._visual_words import _LOCAL
from ..features._zernike import zernike_moments
from ..features._zernike_polynomials import zernike_orders, zernike_polynomials

# Side of the cell of a glyph in pixels.
_GLYPH = 24


def lbp_view(face: ArrayLike, *, points: int = 8, radius: float = 1.0) -> NDArray:
    """Return the local binary pattern of each pixel of a face.

    Parameters
    ----------
    face : array-like of shape (h, w) or (h, w, 3)
        Face crop.
    points : int, default=8
        Number of sampling points, at most 24.
    radius : float, default=1.0
        Radius of the sampling points in pixels.

    Returns
    -------
    ndarray of shape (h, w), uint8, uint16 or uint32
        Codes in 0..2**points - 1: bit p is 1 if sampling point p is at least as bright as the
        pixel.

    See Also
    --------
    fertools.features.LocalBinaryPatterns : Histograms of these codes.
    """
    return lbp_codes(to_uint8(face)[None], points, radius)[0]


def dct_basis(n_images: int = 36, *, size: int = 48) -> NDArray:
    """Return the first basis images of the two-dimensional discrete cosine transform.

    Parameters
    ----------
    n_images : int, default=36
        Number of basis images in zigzag order, at most ``size ** 2``.
    size : int, default=48
        Side of the images in pixels.

    Returns
    -------
    ndarray of shape (n_images, size, size), float64
        Orthonormal basis images.

    See Also
    --------
    fertools.features.DiscreteCosine : Coefficients of a face in this basis.
    """
    _check_count("n_images", n_images, size**2)
    basis = cosine_basis(size)
    return np.stack([np.outer(basis[u], basis[v]) for u, v in zigzag(size, size, n_images)])


def dct_view(face: ArrayLike, n_coefficients: int = 60) -> NDArray:
    """Reconstruct a face from its first DCT coefficients in zigzag order.

    Parameters
    ----------
    face : array-like of shape (h, w) or (h, w, 3)
        Face crop.
    n_coefficients : int, default=60
        Number of coefficients, at most the number of pixels.

    Returns
    -------
    ndarray of shape (h, w), float64
        Gray levels on the scale of 0..255, which may exceed this range slightly.

    See Also
    --------
    fertools.features.DiscreteCosine : The coefficients.
    """
    pixels = to_uint8(face).astype(np.float64)
    _check_count("n_coefficients", n_coefficients, pixels.size)
    down, across = (cosine_basis(side) for side in pixels.shape)
    kept = np.zeros(pixels.shape)
    kept[tuple(zigzag(*pixels.shape, n_coefficients).T)] = 1
    return down.T @ (kept * (down @ pixels @ across.T)) @ across


def zernike_view(face: ArrayLike, degree: int = 8) -> NDArray:
    r"""Reconstruct a face from its Zernike moments.

    .. math:: \hat f = \sum_{n \le degree} \sum_m A_{nm} V_{nm}

    The polynomials are orthogonal on the disc, but not exactly on its pixels: noise from degrees
    above about half the side in pixels exceeds the details that they add.

    Parameters
    ----------
    face : array-like of shape (h, w) or (h, w, 3)
        Face crop.
    degree : int, default=8
        Largest order n of the moments.

    Returns
    -------
    ndarray of shape (h, w), float64
        Gray levels on the scale of 0..255 within the inscribed ellipse, NaN outside.

    References
    ----------
    M. R. Teague (1980). Image analysis via the general theory of moments. J. Opt. Soc. Am. 70(8),
    920-930. :doi:`10.1364/JOSA.70.000920`

    See Also
    --------
    fertools.features.ZernikeMoments : The moments.
    """
    pixels = to_uint8(face)
    _check_count("degree", degree, max(pixels.shape), minimum=0)
    orders = zernike_orders(degree)
    moments = 255 * zernike_moments(pixels[None], degree)[0].astype(complex)
    y, x = ((2 * np.arange(side) + 1 - side) / side for side in pixels.shape)
    y, x = np.meshgrid(y, x, indexing="ij")
    # The basis of the moments is the conjugate of V, times (n + 1) / pi.
    polynomials = zernike_polynomials(orders, y, x)
    total = np.zeros(pixels.shape)
    for (n, m), moment, polynomial in zip(orders, moments, polynomials, strict=True):
        # Repetitions m and -m are conjugates of each other.
        times = 1 if m == 0 else 2
        total += times * np.pi / (n + 1) * (moment * polynomial.conj()).real
    return np.where(np.hypot(y, x) <= 1, total, np.nan)


def hog_view(face: ArrayLike, *, grid: tuple[int, int] = (8, 8), orientations: int = 9) -> NDArray:
    """Draw the histograms of oriented gradients of a face as glyphs.

    Parameters
    ----------
    face : array-like of shape (h, w) or (h, w, 3)
        Face crop.
    grid : tuple of two int, default=(8, 8)
        Number of rows and columns of cells.
    orientations : int, default=9
        Number of bins over 180 degrees.

    Returns
    -------
    ndarray of shape (24 * rows, 24 * columns), float64
        Picture with values in 0..1. Each cell has one line per bin along the edges that it counts,
        perpendicular to the gradient, as bright as its share of the gradients of the strongest bin.

    References
    ----------
    N. Dalal, B. Triggs (2005). Histograms of oriented gradients for human detection. CVPR,
    886-893. :doi:`10.1109/CVPR.2005.177`

    See Also
    --------
    fertools.features.OrientedGradients : The histograms.
    """
    rows, columns = check_grid(grid)
    _check_count("orientations", orientations, 180)
    codes, bins, magnitudes = gradients(to_uint8(face)[None], orientations)
    signed = cell_histograms(codes, bins, magnitudes, (rows, columns), orientations, True)[0]
    counts = signed[..., :orientations] + signed[..., orientations:]
    counts = counts / (counts.max() or 1)
    # A gradient points across its edge; y points downward.
    angles = np.pi * ((np.arange(orientations) + 0.5) / orientations + 0.5)
    picture = np.zeros((rows * _GLYPH, columns * _GLYPH), np.uint8)
    center, reach = (_GLYPH - 1) / 2, 0.45 * _GLYPH
    for y, x in np.ndindex(rows, columns):
        glyph = np.zeros((_GLYPH, _GLYPH), np.uint8)
        # The brightest line is drawn last.
        for k in np.argsort(counts[y, x]):
            step = reach * np.array([np.cos(angles[k]), np.sin(angles[k])])
            start, end = (
                np.rint(16 * (center + sign * step)).astype(int).tolist() for sign in (-1, 1)
            )
            cv2.line(glyph, start, end, round(255 * float(counts[y, x, k])), 1, cv2.LINE_AA, 4)
        picture[y * _GLYPH : (y + 1) * _GLYPH, x * _GLYPH : (x + 1) * _GLYPH] = glyph
    return picture / 255


def word_view(face: ArrayLike, words: VisualWords) -> NDArray:
    """Return the visual word with the largest response at each window of a face.

    Parameters
    ----------
    face : array-like of shape (h, w) or (h, w, 3)
        Face crop; resized to the size that the words were learned on.
    words : VisualWords
        Fitted descriptor.

    Returns
    -------
    ndarray of shape (n_rows, n_columns), int
        Index of the word in `components_` for each window, from top to bottom and left to right.
    """
    check_is_fitted(words)
    pixels = resize(to_uint8(face), words.image_shape_)
    window = words._window()
    describe = _LOCAL[words.local][1]
    local = describe(standardized(pixels[None])[0], window, words.step)
    responses = ((local - words.mean_) @ words.whitening_) @ words.components_.T
    shape = [
        len(window_starts(*sides, words.step)) for sides in zip(pixels.shape, window, strict=True)
    ]
    return responses.argmax(axis=1).reshape(shape)


def _check_count(name, value, most, minimum=1):
    if not minimum <= value <= most:
        raise ValueError(f"{name} must be in {minimum}..{most}; got {value}.")
