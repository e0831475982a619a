"""One kernel out of a kernel for each group of features."""

from numbers import Real

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import validate_data

from ._feature_groups import by_group, evenly_sampled, group_columns, unit, weights_of
from ._kernel_functions import (
    EXPONENTIAL,
    KERNELS,
    check_domain,
    fill_matrix,
    is_far,
    mirrored_similarity,
    similarity,
    squared_norms,
)

# Sides of x and y in each term. Mirroring both makes the last two out of the first two, and of x
# alone, which may be one row beside all training rows.
_SIDES = ((0, 0), (1, 0), (0, 1), (1, 1))
# Kernel values of float32 rows are known to about 1e-6.
_EQUAL = 1e-5


class MultiKernel(BaseEstimator):
    r"""A kernel for each group of features, joined into one.

    .. math::

        K(x, y) = \sum_g w_g \, k_g(x, y) \quad \text{or} \quad
        K(x, y) = \prod_g k_g(x, y)^{w_g}

    where :math:`k_g` is a kernel on the features of group g alone, in its own units
    :math:`d_g`, the mean over the training rows of what it measures:

    ============ ====================================================== ===========================
    kernel       :math:`k_g(x, y)`                                      :math:`d_g`
    ============ ====================================================== ===========================
    rbf          :math:`\exp(-\gamma \lVert x - y \rVert^2 / d_g)`      mean over pairs of rows
    chi2         :math:`\exp(-\gamma \sum_k (x_k-y_k)^2/(x_k+y_k)/d_g)` mean over pairs of rows [1]_
    linear       :math:`\gamma \, x \cdot y / d_g`                      mean of :math:`x \cdot x`
    intersection :math:`\gamma \sum_k \min(x_k, y_k) / d_g`             mean of :math:`\sum_k x_k`
    ============ ====================================================== ===========================

    So descriptors of any length and scale count as their weights say, and one `gamma` serves all.
    The product is one exponential of the weighted sum of all distances.

    Mirror images [2]_ can be part of the kernel in place of the training set. Where a row holds
    the features of an image and then those of its mirror image, the kernel is averaged over both
    sides of both arguments,

    .. math:: \tfrac14 \bigl(K(x, y) + K(x, \bar y) + K(\bar x, y) + K(\bar x, \bar y)\bigr)

    which is positive definite, while :math:`K(x, y) + K(x, \bar y)` alone need not be. A machine
    on it gives an image and its mirror image one answer. Where mirroring both leaves the kernel
    as it is, a support vector machine is the one trained on images and mirror images with half
    the `C`, from half the rows. Features that are even or odd, as those of
    :class:`~fertools.features.PrincipalFeatures`, need no second half.

    Parameters
    ----------
    groups : array-like of shape (n_features,) or None, default=None
        The name of each feature's group, such as ``fusion.groups_["descriptor"]``; of the first
        half of the features where `mirrored=True`. None makes one group, "all".
    kernel : {"rbf", "linear", "chi2", "intersection"} or dict, default="rbf"
        The kernel, of all groups or by name of the group.
    gamma : float or dict, default=1.0
        The inverse width :math:`\gamma`, of all groups or by name. The `gamma` "scale" of
        `GramSVC` is 2 on standardized features.
    weights : dict or None, default=None
        The weights :math:`w_g` by name, used as they are; a group of weight 0 costs nothing.
        None is ``1 / n_groups`` for each.
    combine : {"sum", "product"}, default="sum"
        The product is for rbf and chi2 only.
    mirrored : bool or array-like of bool of shape (n_features,), default=False
        Whether the second half of the features is the mirror image of the first, as
        :class:`~fertools.features.WithMirror` describes it; or which features change their sign in
        a mirror image while the others stay: of rbf and linear only, and quickest where those of a
        group stand side by side.

    Attributes
    ----------
    gammas_ : dict
        :math:`\gamma / d_g` by name of the group.
    weights_ : dict
        The weights by name.
    n_terms_ : int
        Kernel values that are averaged: 1, or where `mirrored` 4, or 2 where mirroring both images
        changes none, as with a mask.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of str
        Only where X was a DataFrame.

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
        "kernel": [StrOptions(set(KERNELS) - {"poly"}), dict],
        "gamma": [Interval(Real, 0, None, closed="neither"), dict],
        "weights": [dict, None],
        "combine": [StrOptions({"sum", "product"})],
        "mirrored": ["boolean", "array-like"],
    }

    def __init__(
        self,
        groups=None,
        *,
        kernel="rbf",
        gamma=1.0,
        weights=None,
        combine="sum",
        mirrored=False,
    ):
        self.groups = groups
        self.kernel = kernel
        self.gamma = gamma
        self.weights = weights
        self.combine = combine
        self.mirrored = mirrored

    def fit(self, X, y=None):
        """Learn the scale of each group.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Training rows; at most 1,000, evenly spaced, are looked at.
        y : None
            Ignored.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            Where the groups do not cover the features, a dict does not name the groups, or a
            kernel does not go with the values of its group.
        """
        self._validate_params()
        X = validate_data(self, X, dtype=[np.float64, np.float32])
        self._odd = self._find_odd()
        self._halved = self._odd is None and bool(self.mirrored)
        groups = self._group_names()
        columns = group_columns(groups)
        names = list(columns)
        kernels = by_group("kernel", self.kernel, names)
        if self.combine == "product" and not set(kernels.values()) <= set(EXPONENTIAL):
            raise ValueError(
                f"kernel must be one of {EXPONENTIAL} where combine='product'; got {self.kernel!r}."
            )
        self.weights_ = weights_of(self.weights, names)

        gammas = by_group("gamma", self.gamma, names)
        sample = evenly_sampled(X)
        sides = self._sides(X)
        self.gammas_, self._parts = {}, []
        for name in names:
            at, kernel = columns[name], kernels[name]
            for side in sides:
                check_domain(side[:, at], kernel)
            self.gammas_[name] = gammas[name] / unit(sample[:, at], kernel)
            if self.weights_[name] > 0:
                split = self._split(at, kernel)
                self._parts.append((self.weights_[name], kernel, self.gammas_[name], at, split))
        self.n_terms_ = 1 if self._odd is None else 2
        if self._halved:
            both = zip(self._sides(sample), self.norms(sample), strict=True)
            K, mirror = (self._values(side, side.copy(), n, n) for side, n in both)
            self.n_terms_ = 2 if abs(K - mirror).max() <= _EQUAL * abs(K).max() else 4
        return self

    def _group_names(self):
        expected = self.n_features_in_ // 2 if self._halved else self.n_features_in_
        groups = np.full(expected, "all") if self.groups is None else np.asarray(self.groups)
        if self._halved and self.n_features_in_ % 2:
            raise ValueError(
                "X must have an even number of features where mirrored=True; got n_features = "
                f"{self.n_features_in_}."
            )
        if groups.shape != (expected,):
            raise ValueError(
                f"groups must name the group of each of the {expected} features"
                f"{' of one side' if self._halved else ''}; got shape {groups.shape}."
            )
        return groups

    def _find_odd(self):
        if isinstance(self.mirrored, (bool, np.bool_)):
            return None
        odd = np.asarray(self.mirrored)
        if odd.shape != (self.n_features_in_,) or odd.dtype != bool:
            raise ValueError(
                f"mirrored must be a bool, or one for each of the {self.n_features_in_} features; "
                f"got shape {odd.shape} of {odd.dtype}."
            )
        return odd

    def _split(self, columns, kernel):
        """Return where the even and the odd features of a group stand in it."""
        if self._odd is None:
            return None
        places = group_columns(self._odd[columns])
        if True in places and kernel not in ("rbf", "linear"):
            raise ValueError(
                f"kernel must be 'rbf' or 'linear' for a group with odd features; got {kernel!r}."
            )
        return places.get(False, slice(0)), places.get(True, slice(0))

    def _sides(self, X):
        """Return the features of the images, and those of their mirror images where X has them."""
        return np.split(X, 2, axis=1) if self._halved else [X]

    def rows(self, X):
        """Bring training rows to the precision that the kernel needs.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features), float32 or float64

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            `X`, or float64 in place of float32 where the rows of a group lie so far from the
            origin, in kernel widths, that float32 products would cost more than about 2e-6.
        """
        far = any(
            is_far(side[:, columns], kernel, gamma)
            for side in self._sides(X)
            for _, kernel, gamma, columns, _ in self._parts
        )
        return X.astype(np.float64) if far else X

    def norms(self, Y):
        """Compute what `matrix` needs to know of its second argument, for many calls with it.

        Parameters
        ----------
        Y : ndarray of shape (m, n_features)

        Returns
        -------
        ndarray of shape (n_sides, n_groups, m), float64
            Squared norms, of the groups with a weight.
        """
        return np.array(
            [
                [squared_norms(side[:, columns]) for *_, columns, _ in self._parts]
                for side in self._sides(Y)
            ]
        )

    def matrix(self, X, Y=None, y_norms=None):
        """Compute the kernel between the rows of `X` and the rows of `Y`.

        Parameters
        ----------
        X : ndarray of shape (n, n_features), float32 or float64
            Rows.
        Y : ndarray of shape (m, n_features) or None, default=None
            Rows of the same dtype; None means `X`, and takes half the time.
        y_norms : ndarray or None, default=None
            ``norms(Y)`` where they are known.

        Returns
        -------
        ndarray of shape (n, m), of the dtype of `X`
        """
        x_norms = self.norms(X)
        if y_norms is None:
            y_norms = x_norms if Y is None else self.norms(Y)

        rights = self._sides(X if Y is None else Y)
        terms = _SIDES[: self.n_terms_ if self._halved else 1]

        def block(rows, columns):
            # A copy, as NumPy would give a block times its own transpose to syrk.
            lefts = self._sides(X[rows].copy())
            return sum(
                self._values(
                    lefts[i], rights[j][columns], x_norms[i][:, rows], y_norms[j][:, columns]
                )
                for i, j in terms
            ) / len(terms)

        return fill_matrix(block, X, Y)

    def _values(self, X, Y, x_norms, y_norms):
        """Return the kernel between the rows of one side and those of another.

        Where features are known to be odd, that is the mean over a row and its mirror image.
        """
        total = 0
        for part, *norms in zip(self._parts, x_norms, y_norms, strict=True):
            weight, kernel, gamma, columns, split = part
            left, right = X[:, columns], Y[:, columns]
            factor = weight * gamma if self.combine == "product" else gamma
            if split is None:
                values = similarity(left, right, kernel, factor, *norms)
            else:
                values = mirrored_similarity(left, right, *split, kernel, factor, *norms)
            if self.combine == "sum":
                if kernel in EXPONENTIAL:
                    np.exp(values, out=values)
                values *= weight
            total += values
        if self.combine == "product":
            np.exp(total, out=total)
        return total if self._odd is None else total.mean(axis=0)
