"""Principal components of a descriptor, each even or odd under mirroring."""

from numbers import Integral, Real
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval
from sklearn.utils.extmath import randomized_svd
from sklearn.utils.random import sample_without_replacement

from .._utils.mirror_symmetry import check_involution, split_even_odd
from .._utils.quantization import inner, quantize
from .._utils.validation import validate_images
from ..base import WHOLE, ImageTransformer
from ._with_mirror import WithMirror


def principal_axes(X, n_components, random_state):
    """Compute the principal axes of centered data.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Data with mean 0.
    n_components : int
        Maximum number of axes; also limited by the shape of `X`.
    random_state : RandomState
        Random state of the randomized SVD.

    Returns
    -------
    values : ndarray of shape (n_components,)
        Singular values in descending order.
    axes : ndarray of shape (n_features, n_components)
        Right singular vectors, one per column.
    """
    n_components = min(n_components, *X.shape)
    if n_components == 0:
        return np.zeros(0, dtype=X.dtype), X.T[:, :0]
    # The default normalizer warns under scikit-learn's array API dispatch.
    _, values, axes = randomized_svd(
        X, n_components, power_iteration_normalizer="QR", random_state=random_state
    )
    return values, axes.T


class PrincipalFeatures(ImageTransformer):
    r"""Principal component analysis of a descriptor, with components even or odd under mirroring.

    The components are those of the training images together with their mirror images [1]_. This
    set is symmetric, so that each component is either even (equal for a face and its mirror image)
    or odd (it changes its sign). The features :math:`x_i` and :math:`x_j` that mirroring exchanges
    are replaced by :math:`(x_i + x_j) / \sqrt 2` and :math:`(x_i - x_j) / \sqrt 2`; the even and
    the odd part are then decomposed separately, which halves the cost [2]_. The features of a
    mirror image are ``np.where(odd_, -features, features)``. Pass `odd_` to
    `fertools.kernels.MultiKernel` for a kernel that is invariant to mirroring.

    Parameters
    ----------
    transformer : ImageTransformer
        Descriptor. Without an attribute `mirror_` it is wrapped in :class:`WithMirror`, which
        doubles the cost.
    n_components : int, default=500
        Number of components, even and odd together, in order of variance. Limited by the number of
        features and by the number of images and mirror images in the sample.
    whiten : float, default=0.0
        Exponent of the standard deviation by which each component is divided: 0 preserves
        distances and 1 gives all components unit variance. Values in between increase the weight
        of details without amplifying noise too much.
    rounding : float or None, default=None
        Quantization step of the coefficients of each component, as a fraction of their standard
        deviation. 0.5 makes a model file five times smaller and changes the features by about a
        seventh of their standard deviation. None does not quantize.
    n_samples : int, default=6000
        Maximum number of images, drawn at random, used to compute the components.
    random_state : int, RandomState or None, default=None
        Random seed of the sample and of the randomized SVD.
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples.
    n_jobs : int or None, default=None
        Number of threads in transform; fit uses `n_jobs` of the descriptor.

    Attributes
    ----------
    transformer_ : ImageTransformer
        Fitted clone of `transformer`, wrapped in :class:`WithMirror` if it has no `mirror_`.
    components_ : list of two array-like of shape (n_components, n_features), float32
        Even and odd components over the even and odd parts of the features, scaled according to
        `whiten`. With `rounding`, they are stored as integers; `numpy.asarray` returns the values.
    mean_ : ndarray of shape (n_even_components,), float32
        Mean of the even components; the mean of the odd components is 0.
    singular_values_ : ndarray of shape (n_components,)
        Singular values of the sample, in descending order for the even components, then for the
        odd components.
    odd_ : ndarray of bool, shape (n_components,)
        Mask of the components that change their sign under mirroring.
    image_shape_ : tuple of two int
        Height and width of the images seen in fit.
    n_features_in_ : int
        Number of pixels per image, height times width.
    feature_names_in_ : ndarray of str
        Names of the features seen in fit; only available if X is a DataFrame.
    groups_ : ndarray of shape (n_components,)
        Name of the descriptor (the first one if there are several) and bounding box, the whole
        image, of each component.

    References
    ----------
    .. [1] L. Sirovich, M. Kirby (1987). Low-dimensional procedure for the characterization of human
       faces. Journal of the Optical Society of America A 4(3), 519-524.
       :doi:`10.1364/JOSAA.4.000519`
    .. [2] M. Kirby, L. Sirovich (1990). Application of the Karhunen-Loeve procedure for the
       characterization of human faces. IEEE TPAMI 12(1), 103-108. :doi:`10.1109/34.41390`

    Examples
    --------
    >>> import numpy as np
    >>> from fertools.datasets import make_faces
    >>> from fertools.features import LocalBinaryPatterns, PrincipalFeatures
    >>> images = make_faces(70, random_state=0).images
    >>> principal = PrincipalFeatures(LocalBinaryPatterns(), 40, random_state=0).fit(images)
    >>> features = principal.transform(images)
    >>> features.shape
    (70, 40)
    >>> mirrored = principal.transform(images[:, :, ::-1])
    >>> np.allclose(mirrored, np.where(principal.odd_, -features, features), atol=1e-5)
    True
    """

    _parameter_constraints = {
        **ImageTransformer._parameter_constraints,
        "transformer": [ImageTransformer],
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "whiten": [Interval(Real, 0, 1, closed="both")],
        "rounding": [Interval(Real, 0, None, closed="neither"), None],
        "n_samples": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        transformer,
        n_components=500,
        *,
        whiten=0.0,
        rounding=None,
        n_samples=6000,
        random_state=None,
        image_shape=None,
        n_jobs=None,
    ):
        self.transformer = transformer
        self.n_components = n_components
        self.whiten = whiten
        self.rounding = rounding
        self.n_samples = n_samples
        self.random_state = random_state
        self.image_shape = image_shape
        self.n_jobs = n_jobs

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Fit the descriptor and compute the principal components of its features.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images.
        y : array-like of shape (n_samples,) or None, default=None
            Passed to the descriptor.

        Returns
        -------
        self : object
        """
        self._validate_params()
        images = validate_images(self, X, reset=True)
        transformer = clone(self.transformer).fit(images, y)
        if not hasattr(transformer, "mirror_"):
            transformer = WithMirror(clone(self.transformer), n_jobs=transformer.n_jobs)
            transformer.fit(images, y)
        self.transformer_ = transformer
        # Cached, as the property recomputes it at each access.
        self._mirror = transformer.mirror_
        check_involution(self._mirror, transformer._n_features_out)
        random_state = check_random_state(self.random_state)
        drawn = sample_without_replacement(
            len(images), min(self.n_samples, len(images)), random_state=random_state
        )
        # Sorted, for sequential reads from a memory map.
        features = np.asarray(transformer.transform(images[np.sort(drawn)]))
        even, odd = split_even_odd(features, self._mirror)
        mean = even.mean(axis=0)
        even -= mean
        (even_values, even_axes), (odd_values, odd_axes) = (
            principal_axes(part, self.n_components, random_state) for part in (even, odd)
        )
        values = np.concatenate([even_values, odd_values])
        # Sorting restores the order even, odd; singular values descend within each part.
        largest = np.sort(np.argsort(-values, kind="stable")[: self.n_components])
        self.singular_values_ = values[largest]
        self.odd_ = largest >= len(even_values)
        deviations = self.singular_values_ / np.sqrt(len(even))
        # The floor keeps whitening from amplifying rounding errors of constant components.
        scales = np.maximum(deviations, 1e-6 * (deviations.max() or 1)) ** -self.whiten
        n_even, n_odd = np.bincount(self.odd_, minlength=2)
        axes = even_axes[:, :n_even] * scales[:n_even], odd_axes[:, :n_odd] * scales[n_even:]
        self.components_ = [
            # Contiguous components halve the time of the product for a single sample.
            quantize(np.ascontiguousarray(part.T, dtype=np.float32), self.rounding, axis=1)
            for part in axes
        ]
        self.mean_ = inner(mean[None], self.components_[0])[0]
        self._n_features_out = len(self.odd_)
        return self

    def _check_geometry(self):
        self.transformer_._check_parameters()

    @property
    def _bytes_per_pixel(self):
        features = self.transformer_._bytes_per_feature * self.transformer_._n_features_out
        return self.transformer_._bytes_per_pixel + features // self.n_features_in_

    def _describe(self, images):
        even, odd = split_even_odd(self.transformer_._describe(images), self._mirror)
        parts = zip((even, odd), self.components_, strict=True)
        even, odd = (inner(part, components) for part, components in parts)
        return np.hstack([even - self.mean_, odd])

    def _blocks(self):
        descriptor = self.transformer_.groups_["descriptor"][0]
        names = [
            f"{descriptor}_{kind}{k}"
            for kind, axes in zip(("even", "odd"), self.components_, strict=True)
            for k in range(len(axes))
        ]
        return [(descriptor, WHOLE, names)]
