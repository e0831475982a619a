"""Two layers of visual words."""

from functools import partial
from numbers import Integral, Real
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval
from sklearn.utils.random import sample_without_replacement
from sklearn.utils.validation import check_is_fitted

from .._utils.mirror_symmetry import (
    join_permutations,
    mirror_grid,
    permute_axes,
    reflect,
    swap_halves,
)
from .._utils.pixels import standardized
from .._utils.validation import validate_images
from ..base import ImageTransformer
from ._cell_grids import check_grids
from ._dictionary_learning import spherical_kmeans
from ._local_descriptors import patches, pooling_regions, window_starts
from ._response_maps import map_windows, pooled_map, sample_rows
from ._symmetric_axes import symmetric_axes
from ._visual_words import VisualWords
from ._word_encoding import normalize_cells, threshold_code, word_blocks

# Windows that fit draws from an image, if there are enough images.
_PER_IMAGE = 16


class StackedWords(ImageTransformer):
    r"""Two layers of visual words, pooled over one or several grids of cells.

    The first layer computes the responses :math:`r` of contrast-normalized, whitened patches at
    each pixel to a small dictionary, and thresholds them on both sides [1]_:

    .. math:: \sqrt{\max(0, r - \alpha)} \quad\text{and}\quad \sqrt{\max(0, -r - \alpha)}

    These maps are averaged over overlapping windows of `pool_size` pixels, and the values at each
    position are scaled to unit norm. The second layer treats this map as an image [2]_: windows of
    `window` x `window` positions are reduced to whitened principal components and encoded by a
    dictionary of `n_words` words, as in :class:`VisualWords` with ``coding="threshold"``. The codes
    are averaged over the cells of each grid; then each cell and each grid are scaled to unit norm
    after a square root. Both dictionaries are learned by spherical k-means without labels.

    For speed, the `2 * n_first_words` values of a position are reduced to `n_channels` principal
    components before the windows are cut.

    Parameters
    ----------
    n_words : int, default=800
        Even number of words of the second layer, limited by the number of windows seen in fit.
    n_first_words : int, default=128
        Even number of words of the first layer, limited by the number of patches seen in fit.
    size : int, default=6
        Side of a patch in pixels, limited by the size of the image. Patches are cut at each pixel.
    first_threshold : float, default=0.5
        Threshold :math:`\alpha` of the first layer.
    first_regularization : float, default=0.1
        Regularization of the whitening of patches, as a fraction of their mean variance.
    pool_size : int, default=5
        Side of the windows over which the first layer is averaged, in pixels, limited by the size
        of its map.
    pool_step : int, default=2
        Distance between these windows in pixels.
    n_channels : int or None, default=96
        Maximum number of principal components of a position of the pooled map. None preserves all
        values.
    window : int, default=3
        Side of a window of the second layer in positions, limited by the size of the pooled map.
    n_components : int, default=256
        Maximum number of principal components of a window.
    threshold : float, default=0.5
        Threshold of the second layer.
    regularization : float, default=1.0
        Regularization of the whitening of windows, as a fraction of the mean variance of their
        values before any reduction.
    grids : tuple of tuple of two int, default=((4, 4),)
        Number of rows and columns of cells of each grid. Windows are distributed evenly over the
        cells.
    n_samples : int, default=100000
        Maximum number of patches, and of windows, drawn at random and used in fit.
    random_state : int, RandomState or None, default=None
        Random seed of the samples and of the dictionaries.
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples.
    n_jobs : int or None, default=None
        Number of threads.

    Attributes
    ----------
    first_ : VisualWords
        Fitted dictionary of the first layer.
    channels_ : ndarray of shape (2 * n_first_words, n_channels), float32
        Principal axes of a position of the pooled map, in columns.
    mean_ : ndarray of shape (d,), float32
        Mean window, with d = window * window * n_channels.
    whitening_ : ndarray of shape (d, n_components), float32
        Whitening matrix of windows; ``(windows - mean_) @ whitening_`` is whitened.
    odd_components_ : ndarray of bool, shape (n_components,)
        Mask of the components of a window that change their sign under mirroring.
    components_ : ndarray of shape (n_words, n_components), float32
        Words of the second layer. The second half contains the mirror images of the first half.
    mirror_ : ndarray of shape (n_features,), intp
        Permutation of the features under mirroring: ``transform(X[:, :, ::-1])`` equals
        ``transform(X)[:, mirror_]`` up to rounding, provided that the pooling windows have equal
        margins on the left and on the right, that is, (width - size + 1 - pool_size) modulo
        `pool_step` is even.
    image_shape_ : tuple of two int
        Height and width of the images seen in fit.
    n_features_in_ : int
        Number of pixels per image, height times width.
    feature_names_in_ : ndarray of str
        Names of the features seen in fit; only available if X is a DataFrame.
    groups_ : ndarray of shape (n_features,)
        Name of the descriptor and bounding box of each feature.

    See Also
    --------
    VisualWords : A single layer, with other local descriptors and encodings.

    References
    ----------
    .. [1] A. Coates, A. Y. Ng (2012). Learning feature representations with k-means. Neural
       Networks: Tricks of the Trade, LNCS 7700, 561-580. :doi:`10.1007/978-3-642-35289-8_30`
    .. [2] A. Coates, A. Y. Ng (2011). Selecting receptive fields in deep networks. NIPS 24,
       2528-2536.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.features import StackedWords
    >>> images = make_faces(20, random_state=0).images
    >>> words = StackedWords(100, n_first_words=16, n_samples=2000, random_state=0).fit(images)
    >>> words.transform(images).shape
    (20, 3200)
    >>> str(words.get_feature_names_out()[13])
    'stacked_4x4_y0x0_k13_pos'
    """

    _parameter_constraints = {
        **ImageTransformer._parameter_constraints,
        "n_words": [Interval(Integral, 2, None, closed="left")],
        "n_first_words": [Interval(Integral, 2, None, closed="left")],
        "size": [Interval(Integral, 2, None, closed="left")],
        "first_threshold": [Interval(Real, 0, None, closed="left")],
        "first_regularization": [Interval(Real, 0, None, closed="left")],
        "pool_size": [Interval(Integral, 1, None, closed="left")],
        "pool_step": [Interval(Integral, 1, None, closed="left")],
        "n_channels": [Interval(Integral, 1, None, closed="left"), None],
        "window": [Interval(Integral, 1, None, closed="left")],
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "threshold": [Interval(Real, 0, None, closed="left")],
        "regularization": [Interval(Real, 0, None, closed="left")],
        "grids": ["array-like"],
        "n_samples": [Interval(Integral, 2, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_words=800,
        *,
        n_first_words=128,
        size=6,
        first_threshold=0.5,
        first_regularization=0.1,
        pool_size=5,
        pool_step=2,
        n_channels=96,
        window=3,
        n_components=256,
        threshold=0.5,
        regularization=1.0,
        grids=((4, 4),),
        n_samples=100_000,
        random_state=None,
        image_shape=None,
        n_jobs=None,
    ):
        self.n_words = n_words
        self.n_first_words = n_first_words
        self.size = size
        self.first_threshold = first_threshold
        self.first_regularization = first_regularization
        self.pool_size = pool_size
        self.pool_step = pool_step
        self.n_channels = n_channels
        self.window = window
        self.n_components = n_components
        self.threshold = threshold
        self.regularization = regularization
        self.grids = grids
        self.n_samples = n_samples
        self.random_state = random_state
        self.image_shape = image_shape
        self.n_jobs = n_jobs

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Learn the dictionaries of both layers.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images.
        y : None
            Ignored.

        Returns
        -------
        self : object
        """
        self._validate_params()
        images = validate_images(self, X, reset=True)
        self._check_geometry()
        random_state = check_random_state(self.random_state)
        self.first_ = VisualWords(
            self.n_first_words,
            local="patch",
            size=min(self.size, max(self.image_shape_)),
            step=1,
            regularization=self.first_regularization,
            n_samples=self.n_samples,
            random_state=random_state.randint(2**31 - 1),
        ).fit(images)
        n_images = min(len(images), -(-self.n_samples // _PER_IMAGE))
        drawn = sample_without_replacement(len(images), n_images, random_state=random_state)
        images = images[np.sort(drawn)]

        swap = swap_halves(len(self.first_.components_))
        both_sides = join_permutations([swap, swap])
        positions = self._sample(images, self._pooled, self._map_shape(), random_state)
        # Axes are only used for rotation: the mean is subtracted from whole windows.
        _, self.channels_, _, odd = symmetric_axes(
            positions, both_sides, np.ones(len(both_sides)), self.n_channels or len(both_sides)
        )
        del positions

        height, width = self._second_window()
        windows = self._sample(images, self._windows, self._window_shape(), random_state)
        mirror = permute_axes(
            np.arange(height), np.arange(width)[::-1], np.arange(self.channels_.shape[1])
        )
        signs = np.tile(np.where(odd, -1.0, 1.0), height * width)
        self.mean_, axes, variances, self.odd_components_ = symmetric_axes(
            windows, mirror, signs, self.n_components
        )
        centered = windows - self.mean_
        total = np.einsum("ij,ij->", centered, centered, dtype=np.float64) / len(windows)
        floor = self.regularization * total / (height * width * len(self.channels_))
        # Constant images leave one axis without variance.
        scales = np.sqrt(np.maximum(variances + floor, np.finfo(np.float32).tiny))
        self.whitening_ = (axes / scales * (variances > 0)).astype(np.float32)
        local = centered @ self.whitening_
        del windows, centered
        self.components_ = spherical_kmeans(
            local,
            min(self.n_words // 2, len(local)),
            random_state=random_state,
            mirror=partial(reflect, odd=self.odd_components_),
        )
        self._n_features_out = sum(len(names) for _, _, names in self._blocks())
        return self

    def _check_geometry(self):
        check_grids(self.grids)
        for name in ("n_words", "n_first_words"):
            if getattr(self, name) % 2:
                raise ValueError(f"{name} must be even; got {getattr(self, name)}.")

    def _first_shape(self):
        """Return the number of rows and columns of patches."""
        return tuple(side - min(self.size, side) + 1 for side in self.image_shape_)

    def _pool_sides(self):
        return tuple(min(self.pool_size, side) for side in self._first_shape())

    def _pool_distance(self):
        # A larger distance also results in a single window.
        return min(self.pool_step, max(self._first_shape()))

    def _map_shape(self):
        """Return the number of rows and columns of the pooled map."""
        sides = zip(self._first_shape(), self._pool_sides(), strict=True)
        return tuple(len(window_starts(*side, self._pool_distance())) for side in sides)

    def _second_window(self):
        return tuple(min(self.window, side) for side in self._map_shape())

    def _window_shape(self):
        sides = zip(self._map_shape(), self._second_window(), strict=True)
        return tuple(side - window + 1 for side, window in sides)

    def _regions(self):
        grids = tuple(tuple(grid) for grid in self.grids)
        return pooling_regions(self._map_shape(), self._second_window(), 1, grids)

    def _pooled(self, image):
        """Return the pooled map of the first layer, one position per row."""
        first = self.first_
        filters = first.whitening_ @ first.components_.T
        responses = patches(image, first._window(), 1) @ filters - first.mean_ @ filters
        maps = responses.reshape(*self._first_shape(), -1)
        pooled = pooled_map(maps, self.first_threshold, self._pool_sides(), self._pool_distance())
        return pooled.reshape(-1, pooled.shape[2])

    def _windows(self, image):
        """Return the windows of the second layer, one per row."""
        channels = self._pooled(image) @ self.channels_
        return map_windows(channels.reshape(*self._map_shape(), -1), self._second_window())

    def _sample(self, images, describe, shape, random_state):
        n_rows = int(np.prod(shape))
        return sample_rows(describe, images, n_rows, self.n_samples, random_state, self.n_jobs)

    @property
    def _bytes_per_pixel(self):
        n_first, n_words = len(self.first_.components_), len(self.components_)
        first = np.prod(self._first_shape()) * (2 * len(self.first_.mean_) + 2 * n_first)
        second = np.prod(self._map_shape()) * (
            4 * n_first + 3 * len(self.mean_) + self.whitening_.shape[1] + n_words
        )
        return 64 + int(4 * (first + second)) // self.n_features_in_

    def _describe(self, images):
        regions, words = self._regions(), self.components_
        shift = self.mean_ @ self.whitening_
        rows = np.empty((len(images), self._n_features_out), dtype=np.float32)
        # Images are processed one by one to keep intermediate results in the cache.
        for image, row in zip(standardized(images), rows, strict=True):
            local = self._windows(image) @ self.whitening_ - shift
            row[:] = threshold_code(local, words, regions, self.threshold).ravel()
        return normalize_cells(rows, self.grids)

    @property
    def mirror_(self) -> NDArray:
        """Permutation of the features under mirroring."""
        check_is_fitted(self)
        cell = permute_axes(np.arange(2), swap_halves(len(self.components_)))
        return join_permutations([mirror_grid(grid, cell) for grid in self.grids])

    def _blocks(self):
        tails = [f"k{k}_{side}" for side in ("pos", "neg") for k in range(len(self.components_))]
        return word_blocks("stacked", self.grids, tails)
