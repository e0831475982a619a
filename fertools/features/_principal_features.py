"""Principal components of a descriptor, each even or odd under mirroring."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval
from sklearn.utils.extmath import randomized_svd
from sklearn.utils.random import sample_without_replacement

from .._utils.quantization import rounded
from .._utils.validation import validate_images
from ..base import WHOLE, ImageTransformer
from ._with_mirror import WithMirror


def fold(X, mirror):
    r"""Split rows into a part that mirroring leaves as it is and one whose sign it changes.

    A feature :math:`x_i` and the one whose place it takes in a mirror image, :math:`x_j`, become
    :math:`(x_i + x_j) / \sqrt 2` and :math:`(x_i - x_j) / \sqrt 2`; distances stay as they are.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    mirror : ndarray of shape (d,)
        ``X[:, mirror]`` are the features of the mirror images.

    Returns
    -------
    even : ndarray of shape (n, n_even)
    odd : ndarray of shape (n, n_odd)
        ``n_even + n_odd`` is d.
    """
    places = np.arange(len(mirror))
    first = np.flatnonzero(mirror > places)
    left, right = X[:, first], X[:, mirror[first]]
    root = np.float32(np.sqrt(0.5))
    fixed = X[:, mirror == places]
    return np.hstack([(left + right) * root, fixed]), (left - right) * root


def principal_axes(rows, n_components, random_state):
    """Find the directions of largest variance of rows whose mean is 0.

    Parameters
    ----------
    rows : ndarray of shape (n, d)
    n_components : int
        At most so many; no more than n and d.
    random_state : RandomState

    Returns
    -------
    values : ndarray of shape (n_found,)
        Singular values, the largest first.
    axes : ndarray of shape (d, n_found)
        Of length 1, one a column.
    """
    n_components = min(n_components, *rows.shape)
    if n_components == 0:
        return np.zeros(0, dtype=rows.dtype), rows.T[:, :0]
    # QR, as the default warns under scikit-learn's array API dispatch.
    _, values, axes = randomized_svd(
        rows, n_components, power_iteration_normalizer="QR", random_state=random_state
    )
    return values, axes.T


class PrincipalFeatures(ImageTransformer):
    """Bring a long descriptor down to its principal components, each even or odd.

    The mirror images belong to the population: its covariance is left as it is when all faces are
    mirrored, so that each principal component [1]_ is the same for a face and its mirror image
    (even), or changes its sign (odd). The two kinds are found and computed apart, which halves the
    work [2]_, and the mirror image of a row costs nothing: ``np.where(odd_, -row, row)``.
    `fertools.kernels.MultiKernel` takes `odd_` as its `mirrored`.

    Parameters
    ----------
    transformer : ImageTransformer
        A descriptor with names and groups. One without `mirror_` describes the mirror image too.
    n_components : int, default=500
        Principal components, even and odd together, those of the largest variance; fewer where
        features, or images of the sample and their mirror images, are fewer.
    whiten : float, default=0.0
        Each component is divided by its standard deviation to this power. 0 leaves distances as
        they are, 1 makes all components count alike; between them, details count more than they
        did and noise does not drown the rest.
    rounding : float or None, default=None
        The numbers of each component are rounded to multiples of about this share of their
        deviation; 0.5 makes a model file a fifth as large, and changes features by a seventh of
        their deviation. None keeps them.
    n_samples : int, default=6000
        Images, drawn at random, of which fit finds the components.
    random_state : int, RandomState or None, default=None
        For the sample and the singular vectors.
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples.
    n_jobs : int or None, default=None
        Threads over chunks of images; the descriptor's own `n_jobs` serves in fit.

    Attributes
    ----------
    transformer_ : ImageTransformer
        The fitted clone, in a `WithMirror` where it has no `mirror_`.
    components_ : list of two ndarray, float32
        The even and the odd components, on the folded features, one a column, scaled as `whiten`
        says.
    mean_ : ndarray of shape (n_even_components,), float32
        Mean of the even components; that of odd ones is 0.
    singular_values_ : ndarray of shape (n_components,)
        Of the folded features of the sample; even components first, each kind from the largest.
    odd_ : ndarray of bool, shape (n_components,)
        Which components change their sign in a mirror image.
    image_shape_ : tuple of two int
        Height and width of the images seen in fit.
    n_features_in_ : int
        Number of pixels per image, height times width.
    feature_names_in_ : ndarray of str
        Names of the features seen in fit; only available if X is a DataFrame.
    groups_ : ndarray of shape (n_components,)
        The descriptor, the first of several, of each component; the box is the whole image.

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
    >>> rows, mirrored = principal.transform(images), principal.transform(images[:, :, ::-1])
    >>> rows.shape
    (70, 40)
    >>> np.allclose(mirrored, np.where(principal.odd_, -rows, rows), atol=1e-5)
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

    def fit(self, X, y=None):
        """Fit the descriptor, and find the principal components of what it says of a sample.

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
        # Kept, as it is put together anew each time that it is asked for.
        self._mirror = transformer.mirror_
        random_state = check_random_state(self.random_state)
        drawn = sample_without_replacement(
            len(images), min(self.n_samples, len(images)), random_state=random_state
        )
        # In their order: reading forward through a memory map.
        even, odd = fold(transformer.transform(images[np.sort(drawn)]), self._mirror)
        mean = even.mean(axis=0)
        even -= mean
        (even_values, even_axes), (odd_values, odd_axes) = (
            principal_axes(part, self.n_components, random_state) for part in (even, odd)
        )
        values = np.concatenate([even_values, odd_values])
        # Of each part the first, as its values descend.
        largest = np.sort(np.argsort(-values, kind="stable")[: self.n_components])
        self.singular_values_ = values[largest]
        self.odd_ = largest >= len(even_values)
        deviations = self.singular_values_ / np.sqrt(len(even))
        # What is constant but for rounding stays so.
        scales = np.maximum(deviations, 1e-6 * (deviations.max() or 1)) ** -self.whiten
        n_even, n_odd = np.bincount(self.odd_, minlength=2)
        axes = even_axes[:, :n_even] * scales[:n_even], odd_axes[:, :n_odd] * scales[n_even:]
        self.components_ = [
            # A component together: half the time for a single row.
            np.asfortranarray(rounded(part, self.rounding, axis=0), dtype=np.float32)
            for part in axes
        ]
        self.mean_ = mean @ self.components_[0]
        self._n_features_out = len(self.odd_)
        return self

    def _check_geometry(self):
        self.transformer_._check_parameters()

    @property
    def _bytes_per_pixel(self):
        features = self.transformer_._bytes_per_feature * self.transformer_._n_features_out
        return self.transformer_._bytes_per_pixel + features // self.n_features_in_

    def _describe(self, images):
        even, odd = fold(self.transformer_._describe(images), self._mirror)
        return np.hstack([even @ self.components_[0] - self.mean_, odd @ self.components_[1]])

    def _blocks(self):
        descriptor = self.transformer_.groups_["descriptor"][0]
        names = [
            f"{descriptor}_{kind}{k}"
            for kind, axes in zip(("even", "odd"), self.components_, strict=True)
            for k in range(axes.shape[1])
        ]
        return [(descriptor, WHOLE, names)]
