"""An image and its mirror image, described side by side."""

import numpy as np
from sklearn.base import clone
from sklearn.utils._param_validation import HasMethods
from sklearn.utils.validation import check_is_fitted

from .._utils.validation import validate_images
from ..base import ImageTransformer


class WithMirror(ImageTransformer):
    """Put the features of each image and those of its mirror image into one row.

    With `fertools.kernels.MultiKernel(mirrored=True)` a machine learns from both without twice the
    training rows, and gives an image and its mirror image one answer.

    Parameters
    ----------
    transformer : estimator
        A descriptor, or a pipeline from images to features. It is fitted on the images and the
        mirror images together, so that whatever it learns, such as a scale, is the same for both.
    image_shape : tuple of two int or None, default=None
        How flattened rows unfold.
    n_jobs : int or None, default=None
        Threads over chunks of images.

    Attributes
    ----------
    transformer_ : estimator
        The fitted clone.
    mirror_ : ndarray of shape (2 * n_features,), intp
        Where the features of a mirror image stand among those of the image: in the other half.
    groups_ : ndarray of shape (2 * n_features,)
        Descriptor and box of each feature, in the image as it is given; only where the transformer
        is a descriptor.
    image_shape_ : tuple of two int
        Height and width of the images seen in fit.
    n_features_in_ : int
        Height times width.
    feature_names_in_ : ndarray of str
        Only where X was a DataFrame.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.features import OrientedGradients, WithMirror
    >>> images = make_faces(3, random_state=0).images
    >>> OrientedGradients().fit_transform(images).shape
    (3, 900)
    >>> WithMirror(OrientedGradients()).fit_transform(images).shape
    (3, 1800)
    """

    _parameter_constraints = {
        **ImageTransformer._parameter_constraints,
        "transformer": [HasMethods(["fit", "transform"])],
    }

    def __init__(self, transformer, *, image_shape=None, n_jobs=None):
        self.transformer = transformer
        self.image_shape = image_shape
        self.n_jobs = n_jobs

    def fit(self, X, y=None):
        """Fit the transformer on the images and their mirror images.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images.
        y : array-like of shape (n_samples,) or None, default=None
            Handed to the transformer, for both.

        Returns
        -------
        self : object
        """
        self._validate_params()
        images = validate_images(self, X, reset=True)
        both = np.concatenate([images, images[:, :, ::-1]])
        labels = None if y is None else np.tile(np.asarray(y), 2)
        self.transformer_ = clone(self.transformer).fit(both, labels)
        self._n_features_out = 2 * self.transformer_.transform(images[:1]).shape[1]
        return self

    def _describe(self, images):
        sides = images, np.ascontiguousarray(images[:, :, ::-1])
        return np.hstack([self.transformer_.transform(side) for side in sides])

    @property
    def mirror_(self):
        """Places of the features of a mirror image among those of the image: the other half."""
        check_is_fitted(self)
        return np.roll(np.arange(self._n_features_out), self._n_features_out // 2)

    def get_feature_names_out(self, input_features=None):
        """Name the columns of the output.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str
            The transformer's names, and those again behind `"mirror_"`.
        """
        check_is_fitted(self)
        names = self.transformer_.get_feature_names_out()
        return np.concatenate([names, "mirror_" + names.astype(object)])

    @property
    def groups_(self):
        """Structured array: for each feature its `descriptor` and box `y0, x0, y1, x1`."""
        check_is_fitted(self)
        groups = self.transformer_.groups_
        mirror = groups.copy()
        mirror["x0"], mirror["x1"] = 1 - groups["x1"], 1 - groups["x0"]
        return np.concatenate([groups, mirror])
