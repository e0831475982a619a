"""Energies of Gabor filters, by separable matrix products."""

from functools import lru_cache
from numbers import Integral, Real

import numpy as np
from sklearn.utils._param_validation import Interval

from .._utils.compilation import compiled
from .._utils.pixels import standardized, unit_scale
from ..base import ImageTransformer, cell_box
from ._cell_grids import check_grid, tent_weights

# What is left of an envelope beyond three deviations is 1 % of its height.
_REACH = 3


def gabor_sigma(wavelength, bandwidth):
    r"""Return the deviation, in pixels, of the envelope that has a bandwidth in octaves.

    .. math:: \sigma = \frac{\lambda}{\pi} \sqrt{\frac{\ln 2}{2}} \; \frac{2^b + 1}{2^b - 1}
    """
    return wavelength / np.pi * np.sqrt(np.log(2) / 2) * (2**bandwidth + 1) / (2**bandwidth - 1)


def wave_orientations(orientations):
    """Return the orientations 0, 1, ... whose waves the others mirror, in radians."""
    return np.pi / orientations * np.arange(orientations // 2 + 1)


def filter_matrix(taps, side):
    """Return the matrix that correlates a line of pixels with centered taps.

    Parameters
    ----------
    taps : ndarray of shape (2 * reach + 1,)
    side : int
        Pixels of the line; beyond its ends the nearest pixel counts.

    Returns
    -------
    ndarray of shape (side, side), float64
        One row for each pixel of the result.
    """
    reach = len(taps) // 2
    pixels = np.arange(side)[:, None]
    matrix = np.zeros((side, side))
    source = np.clip(pixels + np.arange(-reach, reach + 1), 0, side - 1)
    np.add.at(matrix, (pixels, source), taps)
    return matrix


@lru_cache(maxsize=16)
def gabor_matrices(height, width, wavelengths, orientations, bandwidth):
    """Return the matrices that filter rows and columns of an image.

    A Gabor filter is a product of a complex filter along x and one along y. The orientations k
    and K - k share both, up to a sign, so only those of `wave_orientations`, n_waves, are here.

    Parameters
    ----------
    height, width : int
    wavelengths : tuple of float
    orientations : int
    bandwidth : float

    Returns
    -------
    across : ndarray of shape (width, n_wavelengths * (1 + 2 * n_waves) * width), float32
        For each wavelength the envelope, then real and imaginary part of each wave.
    down : ndarray of shape (n_wavelengths, n_waves, 2 * height, height), float32
        Real part of each wave, then its imaginary part.
    envelopes : ndarray of shape (n_wavelengths, height, height), float32
    means : ndarray of shape (n_wavelengths, n_waves), float32
        The response of each wave to pixels of value 1.
    """
    angles = wave_orientations(orientations)
    across, down, envelopes, means = [], [], [], []
    for wavelength in wavelengths:
        sigma = gabor_sigma(wavelength, bandwidth)
        reach = int(np.ceil(_REACH * sigma))
        t = np.arange(-reach, reach + 1)
        envelope = np.exp(-(t**2) / (2 * sigma**2))
        envelope /= envelope.sum()
        envelopes.append(filter_matrix(envelope, height))
        across.append(filter_matrix(envelope, width).T)
        for angle in angles:
            x, y = (
                envelope * np.exp(2j * np.pi / wavelength * step * t)
                for step in (np.cos(angle), np.sin(angle))
            )
            across += [filter_matrix(part, width).T for part in (x.real, x.imag)]
            down.append(np.vstack([filter_matrix(part, height) for part in (y.real, y.imag)]))
            means.append(x.real.sum() * y.real.sum())
    shape = (len(wavelengths), len(angles))
    matrices = (
        np.hstack(across),
        np.reshape(down, (*shape, 2 * height, height)),
        np.stack(envelopes),
        np.reshape(means, shape),
    )
    matrices = tuple(matrix.astype(np.float32) for matrix in matrices)
    for matrix in matrices:
        matrix.setflags(write=False)
    return matrices


@compiled
def _pool_energies(parts, smooth, means, weights, pooled):
    n_wavelengths, n_waves, _, h, _, w = parts.shape
    rows = weights.shape[1]
    wave, mirrored = np.empty(w, dtype=np.float32), np.empty(w, dtype=np.float32)
    pooled[:] = 0
    for s in range(n_wavelengths):
        for k in range(n_waves):
            mean = means[s, k]
            for y in range(h):
                # Real (r) and imaginary (i) part, first along y, then along x.
                rr, ri = parts[s, k, 0, y, 0], parts[s, k, 0, y, 1]
                ir, ii = parts[s, k, 1, y, 0], parts[s, k, 1, y, 1]
                local = smooth[s, y]
                for x in range(w):
                    real, imaginary = rr[x] - mean * local[x] - ii[x], ri[x] + ir[x]
                    wave[x] = np.sqrt(real * real + imaginary * imaginary)
                for x in range(w):
                    real, imaginary = rr[x] - mean * local[x] + ii[x], ri[x] - ir[x]
                    mirrored[x] = np.sqrt(real * real + imaginary * imaginary)
                for row in range(rows):
                    weight = weights[y, row]
                    if weight > 0:
                        of_wave, of_mirrored = pooled[s, k, 0, row], pooled[s, k, 1, row]
                        for x in range(w):
                            of_wave[x] += weight * wave[x]
                        for x in range(w):
                            of_mirrored[x] += weight * mirrored[x]


def _mean_weights(side, n_cells):
    weights = tent_weights(side, n_cells)
    return weights / np.maximum(weights.sum(axis=0), np.finfo(np.float32).tiny)


def gabor_energies(images, wavelengths=(4.0, 6.0, 8.5), orientations=8, bandwidth=1.0, grid=(6, 6)):
    r"""Average the energies of a bank of Gabor filters over each cell.

    .. math::
        \psi(x, y) = 2\, g(x)\, g(y) \left(e^{2\pi i (x\cos\theta + y\sin\theta)/\lambda} - c\right)
        , \quad g(t) \propto e^{-t^2 / 2\sigma^2}

    where g has the sum 1 and reaches to :math:`3\sigma` and c makes the sum of :math:`\psi` 0, so
    that a flat image has no energy. The energy at a pixel is the modulus :math:`|\psi * f|`; the
    factor 2 makes it the amplitude of a wave that the filter fits. :math:`\theta_k = k\pi/K` is
    the direction across the crests, from x (0, vertical bars) towards y, which goes down.

    Parameters
    ----------
    images : ndarray of shape (n, h, w), float32
        Outside an image its nearest pixel counts.
    wavelengths : tuple of float, default=(4.0, 6.0, 8.5)
        In pixels.
    orientations : int, default=8
        K, over half a circle.
    bandwidth : float, default=1.0
        Octaves between the half heights of a filter's frequency response, see `gabor_sigma`.
    grid : tuple of two int, default=(6, 6)
        Rows and columns of cells; pixels have the weights of `tent_weights`.

    Returns
    -------
    ndarray of shape (n, n_wavelengths, rows, columns, orientations), float32
        Not below 0. Where there are more cells than pixels, those that no pixel reaches have 0.

    References
    ----------
    J. G. Daugman (1985). Uncertainty relation for resolution in space, spatial frequency, and
    orientation optimized by two-dimensional visual cortical filters. J. Opt. Soc. Am. A 2(7),
    1160-1169. :doi:`10.1364/JOSAA.2.001160`
    """
    n, h, w = images.shape
    matrices = gabor_matrices(h, w, wavelengths, orientations, bandwidth)
    across, down, envelopes, means = matrices
    n_wavelengths, n_waves = means.shape
    rows, columns = grid
    vertical, horizontal = _mean_weights(h, rows), 2 * _mean_weights(w, columns)
    pooled = np.empty((n_wavelengths, n_waves, 2, rows, w), dtype=np.float32)
    # Where wave and mirrored wave of each orientation stand.
    k = np.arange(orientations)
    places = np.where(k < n_waves, 2 * k, 2 * (orientations - k) + 1)
    out = np.empty((n, n_wavelengths, rows, columns, orientations), dtype=np.float32)
    # One at a time, so that all that is made of an image stays in the cache.
    for image, energies in zip(images, out, strict=True):
        filtered = (image @ across).reshape(h, n_wavelengths, 1 + 2 * n_waves, w)
        smooth = envelopes @ filtered[:, :, 0].transpose(1, 0, 2)
        waves = filtered[:, :, 1:].reshape(h, n_wavelengths, n_waves, 2 * w)
        parts = (down @ waves.transpose(1, 2, 0, 3)).reshape(n_wavelengths, n_waves, 2, h, 2, w)
        _pool_energies(parts, smooth, means, vertical, pooled)
        cells = (pooled @ horizontal).reshape(n_wavelengths, 2 * n_waves, rows, columns)
        energies[:] = cells[:, places].transpose(0, 2, 3, 1)
    return out


class GaborEnergy(ImageTransformer):
    """Energies of a bank of Gabor filters, averaged over the cells of a grid.

    Each filter answers to bars of one width and one orientation; its energy does not depend on
    where in the wave a pixel lies. Values are amplitudes, not below 0: in standard deviations of
    the image, or in units of the gray range without `standardize`. A flat image gives 0.

    Parameters
    ----------
    wavelengths : tuple of float, default=(4.0, 6.0, 8.5)
        Wavelengths in pixels, at least 2.
    orientations : int, default=8
        Directions over half a circle; 0 answers to vertical bars, `orientations / 2` to
        horizontal ones.
    bandwidth : float, default=1.0
        Bandwidth of the filters in octaves, 0.1 to 4; it sets the size of their envelopes, see
        `gabor_energies`.
    grid : tuple of two int, default=(6, 6)
        Rows and columns of cells; a pixel is shared among its nearest cell centers.
    standardize : bool, default=True
        Bring each image to mean 0 and standard deviation 1 first, so that gain and offset of the
        light do not matter.
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
    J. G. Daugman (1985). Uncertainty relation for resolution in space, spatial frequency, and
    orientation optimized by two-dimensional visual cortical filters. J. Opt. Soc. Am. A 2(7),
    1160-1169. :doi:`10.1364/JOSAA.2.001160`

    M. Lyons, S. Akamatsu, M. Kamachi, J. Gyoba (1998). Coding facial expressions with Gabor
    wavelets. IEEE FG, 200-205. :doi:`10.1109/AFGR.1998.670949`

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.features import GaborEnergy
    >>> images = make_faces(3, random_state=0).images
    >>> gabor = GaborEnergy().fit(images)
    >>> gabor.transform(images).shape
    (3, 864)
    >>> str(gabor.get_feature_names_out()[11])
    'gabor_l4_y0x1_o3'
    """

    _parameter_constraints = {
        **ImageTransformer._parameter_constraints,
        "wavelengths": ["array-like"],
        "orientations": [Interval(Integral, 1, 180, closed="both")],
        "bandwidth": [Interval(Real, 0.1, 4, closed="both")],
        "grid": ["array-like"],
        "standardize": ["boolean"],
    }

    def __init__(
        self,
        wavelengths=(4.0, 6.0, 8.5),
        *,
        orientations=8,
        bandwidth=1.0,
        grid=(6, 6),
        standardize=True,
        image_shape=None,
        n_jobs=None,
    ):
        self.wavelengths = wavelengths
        self.orientations = orientations
        self.bandwidth = bandwidth
        self.grid = grid
        self.standardize = standardize
        self.image_shape = image_shape
        self.n_jobs = n_jobs

    def _check_geometry(self):
        check_grid(self.grid)
        lengths = self.wavelengths
        if len(lengths) == 0 or not all(isinstance(v, Real) and 2 <= v <= 1000 for v in lengths):
            raise ValueError(f"wavelengths must hold numbers from 2 to 1000; got {lengths!r}.")

    def _describe(self, images):
        energies = gabor_energies(
            standardized(images) if self.standardize else unit_scale(images),
            tuple(self.wavelengths),
            self.orientations,
            self.bandwidth,
            tuple(self.grid),
        )
        return energies.reshape(len(images), -1)

    def _blocks(self):
        grid, blocks = tuple(self.grid), []
        for wavelength in self.wavelengths:
            descriptor = f"gabor_l{wavelength:g}"
            for y, x in np.ndindex(*grid):
                names = [f"{descriptor}_y{y}x{x}_o{k}" for k in range(self.orientations)]
                blocks.append((descriptor, cell_box(y, x, grid), names))
        return blocks
