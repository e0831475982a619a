"""A Nystroem feature map whose landmarks are averages of many rows."""

from numbers import Integral

import numpy as np
from scipy.linalg import eigh
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.cluster import KMeans
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted, validate_data

from .._utils.parallel import map_chunks
from ._kernel_functions import BLOCK, KERNEL_CONSTRAINTS, as_kernel


def inverse_root(gram):
    """Compute the inverse square root of a Gram matrix, on the directions that it spans.

    Parameters
    ----------
    gram : ndarray of shape (m, m), float64
        Symmetric and positive semi-definite.

    Returns
    -------
    ndarray of shape (m, m), float64
        Symmetric. Eigenvalues below ``m * eps`` of the largest, with the rounding eps of float32,
        are noise of a kernel computed in that precision, and count as 0.
    """
    values, vectors = eigh(gram)
    kept = values > len(gram) * np.finfo(np.float32).eps * values[-1]
    spanned = vectors[:, kept]
    return (spanned / np.sqrt(values[kept])) @ spanned.T


class CentroidNystroem(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    r"""Approximate a kernel by inner products, with k-means centers as landmarks.

    .. math:: \phi(x) = K_{mm}^{-1/2} \, [K(x, c_1), \dots, K(x, c_m)]^T

    where :math:`c_1, \dots, c_m` are the landmarks and :math:`K_{mm}` is their Gram matrix, so
    that :math:`\phi(x) \cdot \phi(y) \approx K(x, y)`. A linear classifier on it approximates a
    machine with that kernel. :class:`sklearn.kernel_approximation.Nystroem` takes training rows
    as landmarks; centers approximate the kernel better with as many landmarks [1]_, and no row
    of a single training sample is kept, so that a model can be given away without its data.

    Parameters
    ----------
    n_components : int, default=500
        Number of clusters; at most ``n_samples // min_members`` are made.
    kernel : {"rbf", "linear", "poly", "chi2", "intersection"} or MultiKernel, default="rbf"
        The kernel, as in :func:`~fertools.kernels.kernel_matrix`, or one with own parameters,
        of which a clone is fitted. The clusters are those of Euclidean distance, whatever it is.
    gamma : {"scale", "auto"} or float, default="scale"
        Width of rbf, poly and chi2, as in :class:`GramSVC`.
    degree : float, default=3
        Degree of the poly kernel.
    coef0 : float, default=0.0
        The constant of the poly kernel.
    min_members : int, default=5
        A cluster with fewer training rows is dropped.
    random_state : int, RandomState instance or None, default=None
        Seed of k-means.
    n_jobs : int or None, default=None
        Threads over chunks of rows in transform.

    Attributes
    ----------
    kernel_ : object
        The fitted kernel, with `matrix`.
    components_ : ndarray of shape (n_landmarks, n_features), float32 or float64
        The centers of the clusters that were kept, float32 where the training rows were.
    n_members_ : ndarray of shape (n_landmarks,), int64
        Training rows in each of them.
    normalization_ : ndarray of shape (n_landmarks, n_landmarks), float64
        Inverse square root of their Gram matrix.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of str
        Only where X was a DataFrame.

    References
    ----------
    .. [1] K. Zhang, I. W. Tsang, J. T. Kwok. Improved Nystrom low-rank approximation and error
       analysis. Proc. 25th ICML, 1232-1239, 2008. :doi:`10.1145/1390156.1390311`

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.kernels import CentroidNystroem
    >>> X = make_faces(100, random_state=0).images.reshape(100, -1) / 255
    >>> nystroem = CentroidNystroem(n_components=8, random_state=0).fit(X)
    >>> bool(nystroem.n_members_.min() >= 5)
    True
    """

    _parameter_constraints = {
        **KERNEL_CONSTRAINTS,
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "min_members": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        n_components=500,
        *,
        kernel="rbf",
        gamma="scale",
        degree=3,
        coef0=0.0,
        min_members=5,
        random_state=None,
        n_jobs=None,
    ):
        self.n_components = n_components
        self.kernel = kernel
        self.gamma = gamma
        self.degree = degree
        self.coef0 = coef0
        self.min_members = min_members
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X, y=None):
        """Find the landmarks.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            At least `min_members` rows; float32 is used as it is.
        y : None
            Ignored.

        Returns
        -------
        self : object
        """
        self._validate_params()
        X = validate_data(self, X, dtype=[np.float64, np.float32], order="C")
        if len(X) < self.min_members:
            raise ValueError(
                f"X must hold at least min_members = {self.min_members} rows; got n_samples = "
                f"{len(X)}."
            )
        self.kernel_ = as_kernel(self.kernel, self.gamma, self.degree, self.coef0).fit(X)
        X = self.kernel_.rows(X)
        # Starting from random rows, a few rounds do: what counts is the cover, not the optimum.
        kmeans = KMeans(
            min(self.n_components, len(X) // self.min_members),
            init="random",
            n_init=1,
            max_iter=20,
            random_state=self.random_state,
        ).fit(X)
        members = np.bincount(kmeans.labels_, minlength=kmeans.n_clusters)
        # The mean size is at least min_members, so one cluster is left whatever the data.
        kept = members >= self.min_members
        self.components_ = kmeans.cluster_centers_[kept]
        self.n_members_ = members[kept]
        gram = self.kernel_.matrix(self.components_.astype(np.float64))
        self.normalization_ = inverse_root(gram)
        self._norms = self.kernel_.norms(self.components_)
        self._n_features_out = len(self.components_)
        return self

    def transform(self, X):
        """Map the rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_samples, n_landmarks), float32
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=self.components_.dtype, order="C", reset=False)

        def embed(rows):
            values = self.kernel_.matrix(rows, self.components_, self._norms)
            return values @ self.normalization_

        return map_chunks(embed, X, self._n_features_out, n_jobs=self.n_jobs, chunk_size=BLOCK)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags
