"""Kernel with one part per group of features."""

from numbers import Real

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import validate_data

from .._utils.mirror_symmetry import check_odd, even_and_odd, split_halves
from ._feature_groups import by_group, evenly_sampled, group_columns, group_scale, group_weights
from ._kernel_functions import (
    EXPONENTIAL,
    KERNELS,
    check_domain,
    fill_matrix,
    needs_float64,
    similarity,
    similarity_with_mirror,
    squared_norms,
)

_KERNELS = tuple(kernel for kernel in KERNELS if kernel != "poly")
# Halves of x and y in each term. Reflecting both samples maps the first two terms to the last two;
# the first two reflect x only, which is often one sample against all training samples.
_TERMS = ((0, 0), (1, 0), (0, 1), (1, 1))
# Relative accuracy of kernel values in float32, with a margin.
_TOLERANCE = 1e-5


class MultiKernel(BaseEstimator):
    r"""Sum or product of kernels on groups of features.

    .. math::

        K(x, y) = \sum_g w_g \, k_g(x, y) \quad \text{or} \quad
        K(x, y) = \prod_g k_g(x, y)^{w_g}

    where :math:`k_g` is a kernel on the features of group g, divided by the scale :math:`d_g`, a
    mean over the training samples:

    ============ ====================================================== ===========================
    kernel       :math:`k_g(x, y)`                                      :math:`d_g`
    ============ ====================================================== ===========================
    rbf          :math:`\exp(-\gamma \lVert x - y \rVert^2 / d_g)`      mean distance of pairs
    chi2         :math:`\exp(-\gamma \sum_k (x_k-y_k)^2/(x_k+y_k)/d_g)` mean distance of pairs [1]_
    linear       :math:`\gamma \, x \cdot y / d_g`                      mean of :math:`x \cdot x`
    intersection :math:`\gamma \sum_k \min(x_k, y_k) / d_g`             mean of :math:`\sum_k x_k`
    ============ ====================================================== ===========================

    The influence of a descriptor thus depends on its weight alone, not on its number of features
    and their units, and one `gamma` fits all groups. The product is one exponential of the
    weighted sum of all distances.

    With `symmetry`, the kernel is averaged over the samples and their mirror images [2]_,

    .. math:: \tfrac14 \bigl(K(x, y) + K(x, \bar y) + K(\bar x, y) + K(\bar x, \bar y)\bigr)

    which is positive definite, whereas :math:`K(x, y) + K(x, \bar y)` alone may not be. A
    classifier with this kernel predicts the same for an image and its mirror image. If reflecting
    both samples does not change the kernel, a support vector machine equals the one that is
    trained on images and mirror images with half the `C`, at a quarter of the memory.

    Parameters
    ----------
    groups : array-like of shape (n_features,) or None, default=None
        Name of the group of each feature, such as ``fusion.groups_["descriptor"]``; with
        ``symmetry="halves"``, of each feature of the first half. None is a single group, "all".
    kernel : {"rbf", "linear", "chi2", "intersection"} or dict, default="rbf"
        Kernel of all groups, or of each group by name.
    gamma : float or dict, default=1.0
        Coefficient :math:`\gamma` of all groups, or of each group by name. On standardized
        features, 2 corresponds to gamma="scale" of `GramSVC`.
    weights : dict or None, default=None
        Weight :math:`w_g` of each group by name; groups with weight 0 are not computed. None is
        ``1 / n_groups`` for each group.
    combine : {"sum", "product"}, default="sum"
        Combination of the groups; the product requires rbf and chi2.
    symmetry : {"halves"}, array-like of shape (n_features,), bool, or None, default=None
        Effect of mirroring on the features. None does not average over mirror images. "halves":
        the second half of the features is that of the mirror image, as by
        :class:`~fertools.features.WithMirror`. A mask: the features in the mask change sign and
        the others stay the same, as those of :class:`~fertools.features.PrincipalFeatures` with
        its `odd_`; this is restricted to rbf and linear, and is fastest if the odd features of a
        group are contiguous.

    Attributes
    ----------
    gammas_ : dict
        :math:`\gamma / d_g` by group.
    weights_ : dict
        Weights by group.
    n_terms_ : int
        Number of kernel values that are averaged: 1 without symmetry, 2 if reflecting both samples
        does not change the kernel, as with a mask, and 4 otherwise.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of str
        Names of the features seen in fit; only defined if X was a DataFrame.

    References
    ----------
    .. [1] J. Zhang, M. Marszalek, S. Lazebnik, C. Schmid. Local features and kernels for
       classification of texture and object categories. IJCV 73, 213-238, 2007.
       :doi:`10.1007/s11263-006-9794-4`
    .. [2] D. DeCoste, B. Schoelkopf. Training invariant support vector machines. Machine Learning
       46, 161-190, 2002. :doi:`10.1023/A:1012454411458`

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.features import DiscreteCosine, FeatureFusion, LocalBinaryPatterns
    >>> from fertools.kernels import GramSVC, MultiKernel
    >>> faces = make_faces(140, random_state=0)
    >>> fusion = FeatureFusion(
    ...     [("lbp", LocalBinaryPatterns(radii=(1,))), ("dct", DiscreteCosine())]
    ... )
    >>> X = fusion.fit_transform(faces.images)
    >>> kernel = MultiKernel(
    ...     fusion.groups_["descriptor"],
    ...     kernel={"lbp_r1": "chi2", "dct": "rbf"},
    ...     weights={"lbp_r1": 0.7, "dct": 0.3},
    ... )
    >>> GramSVC(C=10, kernel=kernel).fit(X[:100], faces.labels[:100]).predict(X[100:]).shape
    (40,)
    """

    _parameter_constraints = {
        "groups": ["array-like", None],
        "kernel": [StrOptions(set(_KERNELS)), dict],
        "gamma": [Interval(Real, 0, None, closed="neither"), dict],
        "weights": [dict, None],
        "combine": [StrOptions({"sum", "product"})],
        "symmetry": [StrOptions({"halves"}), "array-like", None],
    }

    def __init__(
        self,
        groups=None,
        *,
        kernel="rbf",
        gamma=1.0,
        weights=None,
        combine="sum",
        symmetry=None,
    ):
        self.groups = groups
        self.kernel = kernel
        self.gamma = gamma
        self.weights = weights
        self.combine = combine
        self.symmetry = symmetry

    def fit(self, X, y=None):
        """Compute the scale of each group.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Training samples; the scales are computed from at most 1,000 evenly spaced samples.
        y : None
            Ignored.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If the groups do not match the features, a dict does not name the groups or holds an
            invalid value, or a kernel is not defined for the values of its group.
        """
        self._validate_params()
        X = validate_data(self, X, dtype=[np.float64, np.float32])
        self._halved = isinstance(self.symmetry, str)
        self._odd = None
        if self.symmetry is not None and not self._halved:
            self._odd = check_odd("symmetry", self.symmetry, self.n_features_in_)
        columns_of = group_columns(self._group_names())
        names = list(columns_of)
        kernels = by_group("kernel", self.kernel, names)
        gammas = by_group("gamma", self.gamma, names)
        if not set(kernels.values()) <= set(_KERNELS):
            raise ValueError(f"kernel must be one of {_KERNELS} per group; got {self.kernel!r}.")
        if not all(isinstance(g, Real) and 0 < g < np.inf for g in gammas.values()):
            raise ValueError(f"gamma must be above 0 and finite; got {self.gamma!r}.")
        if self.combine == "product" and not set(kernels.values()) <= set(EXPONENTIAL):
            raise ValueError(
                f"kernel must be one of {EXPONENTIAL} if combine='product'; got {self.kernel!r}."
            )
        self.weights_ = group_weights(self.weights, names)

        sample = evenly_sampled(X)
        halves = self._halves(X)
        self.gammas_, self._parts = {}, []
        for name in names:
            columns, kernel = columns_of[name], kernels[name]
            for half in halves:
                check_domain(half[:, columns], kernel)
            self.gammas_[name] = gammas[name] / group_scale(sample[:, columns], kernel)
            if self.weights_[name] > 0:
                split = self._split(columns, kernel)
                self._parts.append(
                    (self.weights_[name], kernel, self.gammas_[name], columns, split)
                )
        self.n_terms_ = 1 if self._odd is None else 2
        if self._halved:
            both = zip(self._halves(sample), self.norms(sample), strict=True)
            K, reflected = (self._values(half, half.copy(), n, n) for half, n in both)
            is_equal = abs(K - reflected).max() <= _TOLERANCE * abs(K).max()
            self.n_terms_ = 2 if is_equal else 4
        return self

    def _group_names(self):
        expected = self.n_features_in_ // 2 if self._halved else self.n_features_in_
        groups = np.full(expected, "all") if self.groups is None else np.asarray(self.groups)
        if self._halved and self.n_features_in_ % 2:
            raise ValueError(
                "X must have an even number of features if symmetry='halves'; got n_features = "
                f"{self.n_features_in_}."
            )
        if groups.shape != (expected,):
            raise ValueError(
                f"groups must name the group of each of the {expected} features"
                f"{' of the first half' if self._halved else ''}; got shape {groups.shape}."
            )
        return groups

    def _split(self, columns, kernel):
        """Return the even and the odd columns within a group, or None without a mask."""
        if self._odd is None:
            return None
        odd = self._odd[columns]
        if odd.any() and kernel not in ("rbf", "linear"):
            raise ValueError(
                f"kernel must be 'rbf' or 'linear' for a group with odd features; got {kernel!r}."
            )
        return even_and_odd(odd)

    def _halves(self, X):
        """Return the features of the images and, with halves, those of the mirror images."""
        return split_halves(X) if self._halved else [X]

    def convert(self, X):
        """Convert training samples to the precision that the kernel needs.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features), float32 or float64
            Training samples.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            `X`, or float64 instead of float32 if the samples are so far from the origin in a
            group, in units of the kernel width, that float32 products would change the rbf kernel
            by more than about 2e-6.
        """
        is_far = any(
            needs_float64(half[:, columns], kernel, gamma)
            for half in self._halves(X)
            for _, kernel, gamma, columns, _ in self._parts
        )
        return X.astype(np.float64) if is_far else X

    def norms(self, Y):
        """Compute the squared norms that `matrix` needs of its second argument.

        Parameters
        ----------
        Y : ndarray of shape (n_samples_Y, n_features)
            Samples.

        Returns
        -------
        ndarray of shape (n_halves, n_groups, n_samples_Y), float64
            Squared norms in the groups with a positive weight.
        """
        return np.array(
            [
                [squared_norms(half[:, columns]) for *_, columns, _ in self._parts]
                for half in self._halves(Y)
            ]
        )

    def matrix(self, X, Y=None, y_norms=None):
        """Compute the kernel between samples.

        Parameters
        ----------
        X : ndarray of shape (n_samples_X, n_features), float32 or float64
            Samples.
        Y : ndarray of shape (n_samples_Y, n_features) or None, default=None
            Samples of the same dtype. None means `X`, and takes half the time.
        y_norms : ndarray or None, default=None
            ``norms(Y)`` if already computed.

        Returns
        -------
        ndarray of shape (n_samples_X, n_samples_Y), dtype of `X`
        """
        x_norms = self.norms(X)
        if y_norms is None:
            y_norms = x_norms if Y is None else self.norms(Y)

        rights = self._halves(X if Y is None else Y)
        terms = _TERMS[: self.n_terms_ if self._halved else 1]

        def block(rows, columns):
            # A copy: NumPy calls syrk for the product of an array and its own transpose.
            lefts = self._halves(X[rows].copy())
            return sum(
                self._values(
                    lefts[i], rights[j][columns], x_norms[i][:, rows], y_norms[j][:, columns]
                )
                for i, j in terms
            ) / len(terms)

        return fill_matrix(block, X, Y)

    def _values(self, X, Y, x_norms, y_norms):
        """Return the kernel between halves of samples.

        With a mask of odd features, this is the mean over a sample and its mirror image.
        """
        total = 0
        for part, *norms in zip(self._parts, x_norms, y_norms, strict=True):
            weight, kernel, gamma, columns, split = part
            left, right = X[:, columns], Y[:, columns]
            factor = weight * gamma if self.combine == "product" else gamma
            if split is None:
                values = similarity(left, right, kernel, factor, *norms)
            else:
                values = similarity_with_mirror(left, right, *split, kernel, factor, *norms)
            if self.combine == "sum":
                if kernel in EXPONENTIAL:
                    np.exp(values, out=values)
                values *= weight
            total += values
        if self.combine == "product":
            np.exp(total, out=total)
        return total if self._odd is None else total.mean(axis=0)
