"""Concatenation of several descriptors."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.utils.metaestimators import _BaseComposition
from sklearn.utils.validation import check_is_fitted

from .._utils.validation import validate_images
from ..base import ImageTransformer


class FeatureFusion(ImageTransformer, _BaseComposition):
    """Concatenate the features of several descriptors.

    This is a :class:`~sklearn.pipeline.FeatureUnion` for images. Images are validated once, and
    each chunk of images is processed by all descriptors while it is in the cache. Feature names
    and groups are those of the descriptors. Set a parameter of a descriptor with
    ``fusion.set_params(lbp__grid=(8, 8))`` and replace a descriptor with
    ``fusion.set_params(lbp=LocalBinaryPatterns())``.

    Parameters
    ----------
    descriptors : list of (str, ImageTransformer)
        Names and descriptors, in the order of the features.
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples.
    n_jobs : int or None, default=None
        Number of threads in transform; `n_jobs` of the descriptors is not used there.

    Attributes
    ----------
    descriptors_ : list of (str, ImageTransformer)
        Names and fitted clones of the descriptors.
    odd_ : ndarray of bool, shape (n_features,)
        Mask of the features that change their sign under mirroring; only available if all
        descriptors have `odd_`, as :class:`PrincipalFeatures` does.
    image_shape_ : tuple of two int
        Height and width of the images seen in fit.
    n_features_in_ : int
        Number of pixels per image, height times width.
    feature_names_in_ : ndarray of str
        Names of the features seen in fit; only available if X is a DataFrame.
    groups_ : ndarray of shape (n_features,)
        Name of the descriptor and bounding box of each feature.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.features import DiscreteCosine, FeatureFusion, LocalBinaryPatterns
    >>> images = make_faces(3, random_state=0).images
    >>> fusion = FeatureFusion(
    ...     [("lbp", LocalBinaryPatterns(radii=(1,))), ("dct", DiscreteCosine(100))]
    ... ).fit(images)
    >>> fusion.transform(images).shape
    (3, 2224)
    """

    _parameter_constraints = {**ImageTransformer._parameter_constraints, "descriptors": [list]}

    def __init__(self, descriptors, *, image_shape=None, n_jobs=None):
        self.descriptors = descriptors
        self.image_shape = image_shape
        self.n_jobs = n_jobs

    def get_params(self, deep=True):
        """Get the parameters of this estimator.

        Parameters
        ----------
        deep : bool, default=True
            Whether to include the descriptors and their parameters.

        Returns
        -------
        dict
        """
        return self._get_params("descriptors", deep=deep)

    def set_params(self, **params):
        """Set parameters, descriptors, or parameters of descriptors.

        Parameters
        ----------
        **params : dict
            New values by name; ``<descriptor>`` replaces a descriptor and
            ``<descriptor>__<parameter>`` sets one of its parameters.

        Returns
        -------
        self : object
        """
        return self._set_params("descriptors", **params)

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Fit every descriptor.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images.
        y : array-like of shape (n_samples,) or None, default=None
            Passed to the descriptors.

        Returns
        -------
        self : object
        """
        self._validate_params()
        self._check_descriptors()
        images = validate_images(self, X, reset=True)
        self.descriptors_ = [(name, clone(d).fit(images, y)) for name, d in self.descriptors]
        names = self.get_feature_names_out()
        if len(set(names)) < len(names):
            unique, counts = np.unique(names.astype(str), return_counts=True)
            raise ValueError(
                "descriptors must give unique feature names; got "
                f"{unique[counts > 1][0]} more than once."
            )
        self._n_features_out = len(names)
        return self

    def _check_descriptors(self):
        if not self.descriptors:
            raise ValueError("descriptors must contain at least one (name, descriptor); got [].")
        for item in self.descriptors:
            is_pair = isinstance(item, (tuple, list)) and len(item) == 2
            if not (is_pair and isinstance(item[0], str)):
                raise TypeError(f"descriptors must contain pairs (name, descriptor); got {item!r}.")
        self._validate_names([name for name, _ in self.descriptors])
        for name, descriptor in self.descriptors:
            if not isinstance(descriptor, ImageTransformer):
                raise TypeError(
                    f"descriptors must contain image descriptors; got {descriptor!r} for {name!r}."
                )

    def _check_geometry(self):
        for _, descriptor in self.descriptors_:
            descriptor._check_parameters()

    @property
    def _bytes_per_pixel(self):
        return max(descriptor._bytes_per_pixel for _, descriptor in self.descriptors_)

    def _describe(self, images):
        return np.hstack([descriptor._describe(images) for _, descriptor in self.descriptors_])

    def _blocks(self):
        return [block for _, descriptor in self.descriptors_ for block in descriptor._blocks()]

    @property
    def odd_(self) -> NDArray:
        """Mask of the features that change their sign under mirroring."""
        check_is_fitted(self)
        return np.concatenate([descriptor.odd_ for _, descriptor in self.descriptors_])

    def _sk_visual_block_(self):
        from sklearn.utils._repr_html.estimator import _VisualBlock

        names, descriptors = zip(*self.descriptors, strict=True)
        return _VisualBlock("parallel", descriptors, names=names)
