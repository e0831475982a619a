"""Restoration of blurred and noisy images by a Wiener filter with estimated blur and noise."""

from functools import lru_cache
from numbers import Real
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.fft import dctn, idctn
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from .._utils.parallel import map_chunks
from .._utils.pixels import gray_range, in_unit_range
from .._utils.validation import validate_images
from ..base import ImageFilter

# Cycles per image below which the spectrum describes the position of the face, and its outline.
_LOWEST = 1.0
# More bands of large images would not change the estimates.
_MOST_BANDS = 64
# Fewer bands do not tell blur from a smooth image.
_FEWEST_BANDS = 4
# Step of the grid of blurs in pixels, and noise-to-signal ratios relative to the mean spectrum.
_BLUR_STEP = 0.1
_NOISES = np.geomspace(1e-6, 10, 57)
# Standard deviation of the noise that every image has, in gray levels: rounding and compression.
_LEAST_NOISE = 0.7


class RadialBands:
    """Bands of the radial frequency that the power of DCT coefficients is averaged in.

    Parameters
    ----------
    shape : tuple of two int
        Height and width of the images.

    Attributes
    ----------
    frequencies : ndarray of shape (h, w)
        Radial frequency of each coefficient in cycles per pixel.
    counts : ndarray of shape (n_bands,)
        Number of coefficients in each band.
    centers : ndarray of shape (n_bands,)
        Mean frequency of each band.
    window : ndarray of shape (h, w), float32
        Hann window, with a mean square of 1.
    """

    def __init__(self, shape):
        axes = [np.arange(n) / (2 * n) for n in shape]
        self.frequencies = np.hypot(axes[0][:, None], axes[1])
        flat = self.frequencies.ravel()
        self._order = np.argsort(flat, kind="stable")
        flat = flat[self._order]
        is_used = (flat <= 0.5) & (flat >= _LOWEST / max(shape))
        self._order = self._order[is_used]
        most = min(_MOST_BANDS, max(shape) // 2)
        bands = np.minimum((2 * flat[is_used] * most).astype(int), most - 1)
        _, self._starts, self.counts = np.unique(bands, return_index=True, return_counts=True)
        self.centers = self.means(self.frequencies[None])[0]
        rows, columns = (np.sin(np.pi * (np.arange(n) + 0.5) / n) ** 2 for n in shape)
        window = np.outer(rows, columns)
        self.window = (window / np.sqrt(np.square(window).mean())).astype(np.float32)

    def means(self, values):
        """Return the mean of values of shape (n, h, w) in each band, shape (n, n_bands)."""
        if not len(self.counts):
            return np.empty((len(values), 0), dtype=values.dtype)
        flat = values.reshape(len(values), -1)[:, self._order]
        return np.add.reduceat(flat, self._starts, axis=1) / self.counts.astype(values.dtype)


radial_bands = lru_cache(maxsize=8)(RadialBands)


def spectra(images):
    """Compute the mean power in each radial band, under a Hann window.

    Parameters
    ----------
    images : ndarray of shape (n, h, w), float32

    Returns
    -------
    ndarray of shape (n, n_bands), float32
        White noise of variance v has the power v in all bands.
    """
    bands = radial_bands(images.shape[1:])
    mean = (images * bands.window).sum(axis=(1, 2), keepdims=True) / bands.window.sum()
    coefficients = dctn((images - mean) * bands.window, axes=(1, 2), norm="ortho")
    return bands.means(np.square(coefficients))


@lru_cache(maxsize=8)
def degradations(shape, spectrum, max_blur):
    """Return a grid of blurs and noises, and the matrices of their likelihood.

    Parameters
    ----------
    shape : tuple of two int
        Height and width of the images.
    spectrum : tuple of float
        Mean power of undegraded images in each radial band.
    max_blur : float
        Largest standard deviation of the blur in pixels.

    Returns
    -------
    grid : ndarray of shape (n_grid, 2)
        Standard deviation of the blur in pixels, and ratio of noise to signal.
    scales : ndarray of shape (n_bands, n_grid), float32
        The product of the powers of an image with it is the most likely contrast c.
    constants : ndarray of shape (n_grid,), float32
        The negative log-likelihood per coefficient is log(c) plus this.
    """
    bands = radial_bands(shape)
    shares = bands.counts / bands.counts.sum()
    blurs = np.arange(0, max_blur + _BLUR_STEP / 2, _BLUR_STEP)
    grid = np.stack(np.meshgrid(blurs, _NOISES * np.mean(spectrum), indexing="ij"), axis=-1)
    grid = grid.reshape(-1, 2)
    blurred = np.exp(-((2 * np.pi * grid[:, :1] * bands.centers) ** 2)) * np.asarray(spectrum)
    power = blurred + grid[:, 1:]
    return grid, (shares / power).T.astype(np.float32), (np.log(power) @ shares).astype(np.float32)


@lru_cache(maxsize=8)
def smooth_spectrum(shape, spectrum):
    """Interpolate a spectrum between its bands; return the power of each DCT coefficient."""
    bands = radial_bands(shape)
    return np.exp(np.interp(bands.frequencies, bands.centers, np.log(spectrum)))


def likeliest(powers, shape, spectrum, max_blur):
    """Return blur, noise-to-signal ratio and contrast of images, from their `spectra`."""
    grid, scales, constants = degradations(shape, spectrum, max_blur)
    # One product per image: the rounding of a joint product would depend on the number of images.
    contrasts = np.maximum((powers[:, None] @ scales)[:, 0], np.finfo(np.float32).tiny)
    best = (np.log(contrasts) + constants).argmin(axis=1)
    return *grid[best].T, contrasts[np.arange(len(best)), best].astype(np.float64)


class BlindWienerFilter(ImageFilter):
    r"""Wiener filter that estimates the blur and the noise of each image.

    `fit` learns the mean power spectrum S of the training images, as a function of the radial
    frequency f. The spectrum of a new image is modeled as that of a training image that was blurred
    by a Gaussian of the standard deviation :math:`\sigma`, and to which white noise was added:

    .. math:: P(f) = c \, \bigl(S(f) \, H(f)^2 + r\bigr), \qquad
        H(f) = e^{-2 \pi^2 \sigma^2 f^2}

    :math:`\sigma`, the ratio of noise to signal r and the contrast c maximize Whittle's likelihood
    [1]_ of the observed spectrum. The image is then filtered by

    .. math:: G(f) = \frac{H(f) \, S(f)}{H(f)^2 S(f) + \lambda r}

    which is Wiener's filter [2]_ for :math:`\lambda = 1`, limited to `max_gain`. It sharpens images
    that are more blurred than the training images, smooths those with more noise, and hardly
    changes others, so that a classifier receives images of about the quality that it was trained
    on.

    Parameters
    ----------
    max_blur : float, default=3.0
        Largest standard deviation of the blur in pixels.
    regularization : float, default=0.5
        Factor :math:`\lambda` of the noise. With 1, the squared error is smallest; smaller factors
        keep more details and more noise.
    max_gain : float, default=3.0
        Largest factor by which a frequency is amplified. It limits the errors in images that do not
        fit the model, such as strongly enlarged ones.
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples; None treats a sample as one row of pixels.
    n_jobs : int or None, default=None
        Number of threads.

    Attributes
    ----------
    spectrum_ : ndarray of shape (n_bands,), float64
        Mean power of the training images in bands of the radial frequency, from low to high, as
        shares of their sum. Zeros if all training images are constant.
    image_shape_, output_shape_ : tuple of two int
        Height and width of the images.
    n_features_in_ : int
        Number of pixels per image, height times width.
    feature_names_in_ : ndarray of str
        Names of the features seen in fit; only available if X is a DataFrame.

    See Also
    --------
    skimage.restoration.wiener : Wiener filter with a given blur and noise.

    Notes
    -----
    All training images should have the same quality, because their mean is the target. The blur is
    that relative to the mean of the training images; a sharper image is not blurred. The spectrum
    is estimated under a Hann window, and the filter is applied to the discrete cosine transform,
    which extends an image by reflection. Noise below 0.7 gray levels is not resolved.

    The output is uint8 for uint8 and float32 for floats. Other floats than those in 0..1 are scaled
    by their range. Images of less than four bands, such as those of 8 pixels, are not changed.

    References
    ----------
    .. [1] P. Whittle (1953). Estimation and information in stationary time series. Arkiv för
       Matematik 2, 423-434. :doi:`10.1007/BF02590998`
    .. [2] N. Wiener (1949). Extrapolation, interpolation, and smoothing of stationary time series.
       Wiley.

    Examples
    --------
    >>> import cv2
    >>> from fertools.datasets import make_faces
    >>> from fertools.preprocessing import BlindWienerFilter
    >>> faces = make_faces(300, random_state=0).images
    >>> wiener = BlindWienerFilter().fit(faces[:299])
    >>> blurred = cv2.GaussianBlur(faces[299], (0, 0), 1.5)
    >>> blur, noise = wiener.estimate(blurred[None])[0]
    >>> bool(1.2 < blur < 1.8)
    True
    >>> restored = wiener.transform(blurred[None])[0]
    >>> errors = [abs(image - faces[299].astype(float)).mean() for image in (blurred, restored)]
    >>> bool(errors[1] < 0.7 * errors[0])
    True
    """

    _parameter_constraints = {
        **ImageFilter._parameter_constraints,
        "max_blur": [Interval(Real, 0, 100, closed="both")],
        "regularization": [Interval(Real, 0, None, closed="left")],
        "max_gain": [Interval(Real, 1, None, closed="left")],
    }

    def __init__(
        self, max_blur=3.0, *, regularization=0.5, max_gain=3.0, image_shape=None, n_jobs=None
    ):
        self.max_blur = max_blur
        self.regularization = regularization
        self.max_gain = max_gain
        self.image_shape = image_shape
        self.n_jobs = n_jobs

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Compute the mean spectrum.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Training images.
        y : None
            Ignored.

        Returns
        -------
        self : object
        """
        super().fit(X)
        images = validate_images(self, X, reset=False)
        n_bands = len(radial_bands(self.image_shape_).counts)
        powers = map_chunks(_scaled_spectra, images, n_bands, n_jobs=self.n_jobs)
        totals = powers.sum(axis=1, dtype=np.float64)
        # Images without structure say nothing of the spectrum of others.
        is_structured = totals > 1e-6 * totals.max(initial=0)
        self.spectrum_ = np.zeros(n_bands)
        if is_structured.any():
            shares = powers[is_structured] / totals[is_structured, None]
            # A small part keeps bands without power from having an infinite gain.
            self.spectrum_ = shares.mean(axis=0, dtype=np.float64) + 1e-9
        return self

    def estimate(self, X: ArrayLike) -> NDArray:
        """Estimate the blur and the noise of images.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images of the size seen in fit.

        Returns
        -------
        ndarray of shape (n_samples, 2), float64
            Standard deviation of the blur in pixels, relative to the training images, and standard
            deviation of the noise in units of the pixels. Zeros for constant images.
        """
        check_is_fitted(self)
        images = validate_images(self, X, reset=False)

        def estimate(chunk):
            pixels, _, units = _to_gray_levels(chunk)
            blurs, ratios, contrasts = self._likeliest(pixels)
            return np.column_stack([blurs, np.sqrt(ratios * contrasts) * units])

        return map_chunks(estimate, images, 2, n_jobs=self.n_jobs, dtype=np.float64)

    def _likeliest(self, pixels):
        """Return blur, noise-to-signal ratio and contrast of float32 images in 0..255."""
        if not self._is_active():
            return np.zeros((3, len(pixels)))
        powers = spectra(pixels)
        found = likeliest(powers, self.image_shape_, tuple(self.spectrum_.tolist()), self.max_blur)
        # The power of a constant image is a rounding error.
        return np.where(powers.max(axis=1) > 1e-3, found, 0)

    def _is_active(self):
        return len(self.spectrum_) >= _FEWEST_BANDS and self.spectrum_.any()

    def _filter(self, images):
        if not self._is_active():
            return images
        pixels, lows, units = _to_gray_levels(images)
        blurs, ratios, contrasts = self._likeliest(pixels)
        frequencies = radial_bands(self.image_shape_).frequencies
        spectrum = smooth_spectrum(self.image_shape_, tuple(self.spectrum_.tolist()))
        noises = ratios + _LEAST_NOISE**2 / np.maximum(contrasts, 1e-3)
        blurred = np.exp(-2 * (np.pi * blurs[:, None, None] * frequencies) ** 2)
        noises = self.regularization * noises[:, None, None]
        gains = blurred * spectrum / (blurred**2 * spectrum + noises + 1e-12)
        gains = np.minimum(gains, self.max_gain).astype(np.float32)
        gains[:, 0, 0] = 1
        restored = idctn(dctn(pixels, axes=(1, 2), norm="ortho") * gains, axes=(1, 2), norm="ortho")
        if images.dtype == np.uint8:
            return np.rint(restored).clip(0, 255).astype(np.uint8)
        floats = restored * units[:, None, None] + lows[:, None, None]
        return np.where(in_unit_range(images)[:, None, None], floats.clip(0, 1), floats)


def _to_gray_levels(images):
    """Return images as float32 in 0..255, and the values of black and of a gray level of each."""
    if images.dtype == np.uint8:
        return images.astype(np.float32, order="C"), np.zeros(len(images)), np.ones(len(images))
    lows, spans = gray_range(images)
    pixels = (images - lows[:, None, None]) / spans[:, None, None] * 255
    return pixels.astype(np.float32, order="C"), lows, spans / 255


def _scaled_spectra(images):
    return spectra(_to_gray_levels(images)[0])
