"""Energies of Gabor filters, computed by separable matrix products."""

from functools import lru_cache
from numbers import Integral, Real

import numpy as np
from sklearn.utils._param_validation import Interval

from .._utils.compilation import compiled
from .._utils.pixels import standardized, unit_scale
from ..base import ImageTransformer, cell_box
from ._cell_grids import check_grid, tent_weights

# Half width of the filters in standard deviations; the envelope is 1 % of its maximum there.
_REACH = 3


def gabor_sigma(wavelength, bandwidth):
    r"""Return the standard deviation of the Gaussian envelope in pixels.

    .. math:: \sigma = \frac{\lambda}{\pi} \sqrt{\frac{\ln 2}{2}} \; \frac{2^b + 1}{2^b - 1}

    for the wavelength :math:`\lambda` in pixels and the bandwidth b in octaves.
    """
    return wavelength / np.pi * np.sqrt(np.log(2) / 2) * (2**bandwidth + 1) / (2**bandwidth - 1)


def wave_orientations(orientations):
    """Return the orientations from 0 to 90 degrees, in radians; the others mirror these."""
    return np.pi / orientations * np.arange(orientations // 2 + 1)


def filter_matrix(taps, side):
    """Return the matrix of the correlation with a one-dimensional filter.

    Parameters
    ----------
    taps : ndarray of shape (2 * reach + 1,)
        Filter, centered.
    side : int
        Length of the signal, which is padded with its end values.

    Returns
    -------
    ndarray of shape (side, side), float64
        Matrix with one row per output pixel.
    """
    reach = len(taps) // 2
    pixels = np.arange(side)[:, None]
    matrix = np.zeros((side, side))
    source = np.clip(pixels + np.arange(-reach, reach + 1), 0, side - 1)
    np.add.at(matrix, (pixels, source), taps)
    return matrix


@lru_cache(maxsize=16)
def gabor_matrices(height, width, wavelengths, orientations, bandwidth):
    """Return the matrices that filter the rows and the columns of an image.

    A Gabor filter is the product of a complex filter along x and one along y. Orientations k and
    K - k use the same filters up to a sign, so that only the n_waves orientations of
    `wave_orientations` are needed.

    Parameters
    ----------
    height, width : int
        Size of the images in pixels.
    wavelengths : tuple of float
        Wavelengths in pixels.
    orientations : int
        Number K of orientations over 180 degrees.
    bandwidth : float
        Bandwidth in octaves.

    Returns
    -------
    across : ndarray of shape (width, n_wavelengths * (1 + 2 * n_waves) * width), float32
        For each wavelength the envelope, then real and imaginary part of each wave along x.
    down : ndarray of shape (n_wavelengths, n_waves, 2 * height, height), float32
        Real part of each wave along y, then its imaginary part.
    envelopes : ndarray of shape (n_wavelengths, height, height), float32
        Envelopes along y.
    means : ndarray of shape (n_wavelengths, n_waves), float32
        Response of each wave to an image of ones.
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
    r"""Compute the mean energy of each filter of a Gabor bank in each cell.

    .. math::
        \psi(x, y) = 2\, g(x)\, g(y) \left(e^{2\pi i (x\cos\theta + y\sin\theta)/\lambda} - c\right)
        , \quad g(t) \propto e^{-t^2 / 2\sigma^2}

    where g is truncated at :math:`3\sigma` and normalized to sum 1, and c makes the sum of
    :math:`\psi` 0, so that constant images have no energy. The energy at a pixel is the modulus
    :math:`|\psi * f|`; because of the factor 2 it equals the amplitude of a wave with the
    wavelength and orientation of the filter. :math:`\theta_k = k\pi/K` is the angle of the wave
    vector, from x (0, vertical bars) towards y (downward).

    Parameters
    ----------
    images : ndarray of shape (n, h, w), float32
        Images, padded with their edge pixels.
    wavelengths : tuple of float, default=(4.0, 6.0, 8.5)
        Wavelengths in pixels.
    orientations : int, default=8
        Number K of orientations over 180 degrees.
    bandwidth : float, default=1.0
        Bandwidth of the filters at half height in octaves, see `gabor_sigma`.
    grid : tuple of two int, default=(6, 6)
        Number of rows and columns of cells; pixels are weighted by `tent_weights`.

    Returns
    -------
    ndarray of shape (n, n_wavelengths, rows, columns, orientations), float32
        Mean energies, nonnegative; 0 for cells without pixels.

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
    # Index of the wave, or the mirrored wave, of each orientation.
    k = np.arange(orientations)
    places = np.where(k < n_waves, 2 * k, 2 * (orientations - k) + 1)
    out = np.empty((n, n_wavelengths, rows, columns, orientations), dtype=np.float32)
    # Images are processed one by one to keep intermediate results in the cache.
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
    r"""Energies of a bank of Gabor filters, averaged over the cells of a grid.

    Each filter responds to bars of one width and one orientation:

    .. math::
        \psi(x, y) = 2\, g(x)\, g(y) \left(e^{2\pi i (x\cos\theta + y\sin\theta)/\lambda} - c\right)
        , \quad g(t) \propto e^{-t^2 / 2\sigma^2}

    where :math:`\lambda` is the wavelength, :math:`\theta` the orientation, and c makes the sum of
    the filter 0. The energy :math:`|\psi * f|` is the local amplitude of the wave, independent of
    its phase. It is nonnegative, in standard deviations of the image, or in units of the gray
    range if `standardize=False`, and 0 for a constant image.

    Parameters
    ----------
    wavelengths : tuple of float, default=(4.0, 6.0, 8.5)
        Wavelengths in pixels, 2 to 1000.
    orientations : int, default=8
        Number of orientations over 180 degrees. Orientation 0 responds to vertical bars,
        orientation `orientations / 2` to horizontal bars.
    bandwidth : float, default=1.0
        Bandwidth of the filters in octaves, 0.1 to 4. It determines :math:`\sigma`.
    grid : tuple of two int, default=(6, 6)
        Number of rows and columns of cells. Pixels are weighted by their distance from the centers
        of the nearest cells.
    standardize : bool, default=True
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
            raise ValueError(f"wavelengths must contain numbers from 2 to 1000; got {lengths!r}.")

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
