"""Bag of visual words: local descriptors encoded by a dictionary and pooled over cells."""

from itertools import pairwise
from numbers import Integral, Real
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.random import sample_without_replacement
from sklearn.utils.validation import check_is_fitted

from .._utils.mirror_symmetry import (
    append_mirrored,
    join_permutations,
    mirror_grid,
    permute_axes,
    swap_halves,
)
from .._utils.pixels import standardized
from .._utils.validation import validate_images
from ..base import ImageTransformer
from ._cell_grids import check_grids
from ._dictionary_learning import (
    gaussian_mixture,
    spherical_kmeans,
    unit_rows,
    whitening,
)
from ._local_descriptors import dense_sift, patch_mirror, patches, pooling_regions, sift_mirror
from ._word_encoding import (
    fisher_code,
    normalize_cells,
    threshold_code,
    triangle_code,
    vlad_code,
    word_blocks,
)

# Letter in feature names, function that computes the descriptors, and its mirror permutation.
_LOCAL = {"patch": ("p", patches, patch_mirror), "sift": ("s", dense_sift, sift_mirror)}
# Suffixes of the parts of the features of a cell. Each part has one value, or one vector, per word.
_PARTS = {
    "threshold": ("_pos", "_neg"),
    "triangle": ("",),
    "vlad": ("_d",),
    "fisher": ("_mean", "_deviation"),
}


class VisualWords(ImageTransformer):
    """Bag of visual words, pooled over one or several grids of cells.

    Local descriptors are computed for windows every `step` pixels, whitened, and encoded by a
    dictionary of `n_words` visual words, which `fit` learns from the training images without
    labels. The codes are averaged over the cells of each grid. The result is transformed by the
    signed square root; then each cell and each grid are scaled to unit norm.

    Parameters
    ----------
    n_words : int, default=400
        Number of visual words, limited by the number of local descriptors seen in fit.
    local : {"sift", "patch"}, default="sift"
        Local descriptor: upright SIFT of one scale [2]_, or contrast-normalized patches [1]_, for
        which `size=8, step=1` works well.
    size : int, default=12
        Side of a window in pixels, limited by the size of the image.
    step : int, default=2
        Distance between windows in pixels.
    coding : {"threshold", "triangle", "vlad", "fisher"}, default="threshold"
        Encoding of the whitened local descriptors:

        - "threshold": positive and negative inner products with each word, minus `threshold`
          [1]_;
        - "triangle": mean distance from all words minus distance from each word, or 0 [3]_;
        - "vlad": difference from the nearest word [4]_;
        - "fisher": gradient of the log-likelihood of a Gaussian mixture with respect to means and
          standard deviations [5]_.

        "triangle" and "vlad" scale local descriptors to unit norm. Words are learned by spherical
        k-means, for "fisher" by expectation maximization.
    threshold : float, default=0.5
        Threshold of `coding="threshold"`.
    grids : tuple of tuple of two int, default=((4, 4),)
        Number of rows and columns of cells of each grid; several grids make a spatial pyramid.
        Windows are distributed evenly over the cells.
    n_dimensions : int or None, default=None
        Number of dimensions after whitening (PCA), at most that of a local descriptor. None
        preserves all dimensions (ZCA), which `mirrored=True` requires.
    regularization : float, default=0.1
        Regularization of the whitening, as a fraction of the mean variance.
    mirrored : bool, default=True
        Whether to learn pairs of words that are mirror images of each other. The features of a
        mirror image are then a permutation of those of the image, see `mirror_`.
    n_samples : int, default=100000
        Maximum number of local descriptors, drawn at random, used in fit.
    random_state : int, RandomState or None, default=None
        Random seed of the sample and of the dictionary.
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples.
    n_jobs : int or None, default=None
        Number of threads.

    Attributes
    ----------
    components_ : ndarray of shape (n_words, n_dimensions), float32
        Words in the space of whitened descriptors; means of the Gaussians if `coding="fisher"`.
        If `mirrored`, the second half contains the mirror images of the first half.
    mean_ : ndarray of shape (d,), float32
        Mean local descriptor.
    whitening_ : ndarray of shape (d, n_dimensions), float32
        Whitening matrix; ``(local - mean_) @ whitening_`` is whitened.
    mirror_ : ndarray of shape (n_features,), intp
        Permutation of the features under mirroring: ``transform(X[:, :, ::-1])`` equals
        ``transform(X)[:, mirror_]`` up to rounding, provided that the windows have equal margins
        on the left and on the right, that is, (width - size) modulo `step` is even. Only available
        if `mirrored=True`.
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
    .. [1] A. Coates, A. Y. Ng (2012). Learning feature representations with k-means. Neural
       Networks: Tricks of the Trade, LNCS 7700, 561-580. :doi:`10.1007/978-3-642-35289-8_30`
    .. [2] D. G. Lowe (2004). Distinctive image features from scale-invariant keypoints. IJCV
       60(2), 91-110. :doi:`10.1023/B:VISI.0000029664.99615.94`
    .. [3] A. Coates, H. Lee, A. Y. Ng (2011). An analysis of single-layer networks in unsupervised
       feature learning. AISTATS, PMLR 15, 215-223.
    .. [4] H. Jegou, M. Douze, C. Schmid, P. Perez (2010). Aggregating local descriptors into a
       compact image representation. CVPR, 3304-3311. :doi:`10.1109/CVPR.2010.5540039`
    .. [5] F. Perronnin, J. Sanchez, T. Mensink (2010). Improving the Fisher kernel for large-scale
       image classification. ECCV, LNCS 6314, 143-156. :doi:`10.1007/978-3-642-15561-1_11`

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.features import VisualWords
    >>> images = make_faces(20, random_state=0).images
    >>> words = VisualWords(100, grids=((2, 2),), random_state=0).fit(images)
    >>> words.transform(images).shape
    (20, 800)
    >>> str(words.get_feature_names_out()[13])
    'words_s12_2x2_y0x0_k13_pos'
    """

    _parameter_constraints = {
        **ImageTransformer._parameter_constraints,
        "n_words": [Interval(Integral, 2, None, closed="left")],
        "local": [StrOptions(set(_LOCAL))],
        "size": [Interval(Integral, 2, None, closed="left")],
        "step": [Interval(Integral, 1, None, closed="left")],
        "coding": [StrOptions(set(_PARTS))],
        "threshold": [Interval(Real, 0, None, closed="left")],
        "grids": ["array-like"],
        "n_dimensions": [Interval(Integral, 1, None, closed="left"), None],
        "regularization": [Interval(Real, 0, None, closed="left")],
        "mirrored": ["boolean"],
        "n_samples": [Interval(Integral, 2, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_words=400,
        *,
        local="sift",
        size=12,
        step=2,
        coding="threshold",
        threshold=0.5,
        grids=((4, 4),),
        n_dimensions=None,
        regularization=0.1,
        mirrored=True,
        n_samples=100_000,
        random_state=None,
        image_shape=None,
        n_jobs=None,
    ):
        self.n_words = n_words
        self.local = local
        self.size = size
        self.step = step
        self.coding = coding
        self.threshold = threshold
        self.grids = grids
        self.n_dimensions = n_dimensions
        self.regularization = regularization
        self.mirrored = mirrored
        self.n_samples = n_samples
        self.random_state = random_state
        self.image_shape = image_shape
        self.n_jobs = n_jobs

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Learn the whitening and the visual words.

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
        local = self._sample(images, random_state)
        mirror = self._mirror() if self.mirrored else None
        self.mean_, self.whitening_ = whitening(
            append_mirrored(local, mirror), self.regularization, self.n_dimensions
        )
        self._learn_words((local - self.mean_) @ self.whitening_, mirror, random_state)
        self._n_features_out = sum(len(names) for _, _, names in self._blocks())
        return self

    def _window(self):
        return tuple(min(self.size, side) for side in self.image_shape_)

    def _regions(self):
        grids = tuple(tuple(grid) for grid in self.grids)
        return pooling_regions(self.image_shape_, self._window(), self.step, grids)

    def _mirror(self):
        return _LOCAL[self.local][2](self._window())

    def _sample(self, images, random_state):
        """Draw random local descriptors from all windows of all images."""
        n_windows = len(self._regions().labels)
        n_all = len(images) * n_windows
        n_samples = min(self.n_samples, n_all)
        drawn = np.sort(sample_without_replacement(n_all, n_samples, random_state=random_state))
        limits = np.searchsorted(drawn, np.arange(len(images) + 1) * n_windows)
        describe, window = _LOCAL[self.local][1], self._window()
        parts = []
        for i, (start, stop) in enumerate(pairwise(limits)):
            if stop > start:
                image = standardized(images[i : i + 1])[0]
                parts.append(describe(image, window, self.step)[drawn[start:stop] - i * n_windows])
        return np.vstack(parts)

    def _learn_words(self, local, mirror, random_state):
        n_words = self.n_words if mirror is None else self.n_words // 2
        n_words = min(n_words, len(local))
        if self.coding == "fisher":
            self.components_, self._variances, self._weights = gaussian_mixture(
                local, n_words, random_state=random_state, mirror=mirror
            )
        else:
            rows = local if self.coding == "threshold" else unit_rows(local)
            self.components_ = spherical_kmeans(
                rows, n_words, random_state=random_state, mirror=mirror
            )

    def _check_geometry(self):
        check_grids(self.grids)
        if self.mirrored and self.n_words % 2:
            raise ValueError(f"n_words must be even if mirrored=True; got {self.n_words}.")
        if self.n_dimensions is None:
            return
        if self.mirrored:
            raise ValueError(
                f"n_dimensions must be None if mirrored=True; got {self.n_dimensions}."
            )
        n_values = len(self._mirror())
        if self.n_dimensions > n_values:
            raise ValueError(
                f"n_dimensions must be at most {n_values}, the length of a local descriptor; got "
                f"{self.n_dimensions}."
            )

    @property
    def _bytes_per_pixel(self):
        n_words, n_kept = self.components_.shape
        n_windows, n_pixels = len(self._regions().labels), self.n_features_in_
        return 64 + 4 * n_windows * (4 * len(self.mean_) + 4 * n_kept + 5 * n_words) // n_pixels

    def _code(self, local, regions):
        words = self.components_
        if self.coding == "threshold":
            return threshold_code(local, words, regions, self.threshold)
        if self.coding == "triangle":
            return triangle_code(local, words, regions)
        if self.coding == "vlad":
            return vlad_code(local, words, regions)
        return fisher_code(local, words, regions, self._variances, self._weights)

    def _describe(self, images):
        describe, window, regions = _LOCAL[self.local][1], self._window(), self._regions()
        rows = np.empty((len(images), self._n_features_out), dtype=np.float32)
        # Images are processed one by one to keep intermediate results in the cache.
        for image, row in zip(standardized(images), rows, strict=True):
            local = (describe(image, window, self.step) - self.mean_) @ self.whitening_
            row[:] = self._code(local, regions).ravel()
        return normalize_cells(rows, self.grids)

    def _cell_shape(self):
        """Return the numbers of parts, words, and values per word of a cell."""
        n_words, n_kept = self.components_.shape
        n_values = n_kept if self.coding in ("vlad", "fisher") else 1
        return len(_PARTS[self.coding]), n_words, n_values

    @property
    def mirror_(self) -> NDArray:
        """Permutation of the features under mirroring."""
        check_is_fitted(self)
        if not self.mirrored:
            raise AttributeError("mirror_ is only available if mirrored=True.")
        n_parts, n_words, n_values = self._cell_shape()
        values = [0] if n_values == 1 else self._mirror()
        cell = permute_axes(np.arange(n_parts), swap_halves(n_words), values)
        return join_permutations([mirror_grid(grid, cell) for grid in self.grids])

    def _blocks(self):
        _, n_words, n_values = self._cell_shape()
        values = [""] if n_values == 1 else range(n_values)
        tails = [
            f"k{k}{part}{value}"
            for part in _PARTS[self.coding]
            for k in range(n_words)
            for value in values
        ]
        return word_blocks(f"words_{_LOCAL[self.local][0]}{self.size}", self.grids, tails)
