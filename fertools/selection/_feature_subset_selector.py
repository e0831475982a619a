"""Feature-subset selection by relevance and redundancy."""

from numbers import Integral, Real
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.preprocessing import LabelEncoder
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from ._forward_selection import METHODS, select
from ._selection_report import count_selected


class FeatureSubsetSelector(SelectorMixin, BaseEstimator):
    r"""Select features that are relevant for the classes and not redundant.

    All methods except "anova" are greedy forward searches: starting with the most relevant
    feature, they repeatedly add the feature k with the best score given the set S of selected
    features. The result is deterministic: of tied scores (a relative difference below 1e-9, or
    1e-6 for correlations of float32 features), the first feature is selected. Constant features
    are selected last.

    =========  =====================================================================
    method     score of feature k
    =========  =====================================================================
    `mrmr`     :math:`F_k \big/ \frac{1}{|S|} \sum_{s \in S} |r_{ks}|` [1]_ [2]_
    `cfs`      :math:`\sum_c r_{cy} / \sqrt{m + 2 \sum_{a<b} |r_{ab}|}` over S and k [3]_
    `nmi`      :math:`I(k; y) - \frac{1}{|S|} \sum_s I(k; s) / \min(H_k, H_s)` [4]_
    `jmi`      :math:`\sum_{s \in S} I(k, s; y)` [5]_
    `anova`    :math:`F_k`
    =========  =====================================================================

    where F is the statistic of a one-way analysis of variance, r Pearson's correlation
    (:math:`r_{cy}` the correlation ratio of feature and class), and I and H are the mutual
    information and the entropy of features discretized at their quantiles.

    Parameters
    ----------
    method : {"mrmr", "jmi", "cfs", "nmi", "anova"}, default="mrmr"
        Score of the candidates.
    n_features_to_select : int, float or None, default=None
        Number of features to select, or their fraction; None selects half of the features.
    n_bins : int, default=4
        Number of quantile bins; only used by "jmi" and "nmi".

    Attributes
    ----------
    selected_features_ : ndarray of shape (n_selected,), intp
        Indices of the selected features, in order of selection.
    scores_ : ndarray of shape (n_selected,), float64
        Score of each selected feature at the time of its selection.
    ranking_ : ndarray of shape (n_features,), intp
        Rank of each feature: 1 for the first that was selected, and n_selected + 1 for all features
        that were not.
    relevance_ : ndarray of shape (n_features,), float64
        Relevance of each feature: F ("mrmr", "anova"), the correlation ratio ("cfs"), or I(k; y) in
        nats ("nmi", "jmi").
    support_ : ndarray of shape (n_features,), bool
        Mask of the selected features.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of str
        Names of the features seen in fit; only available if X is a DataFrame.

    References
    ----------
    .. [1] C. Ding, H. Peng (2005). Minimum redundancy feature selection from microarray gene
       expression data. J. Bioinform. Comput. Biol. 3(2), 185-205.
       :doi:`10.1142/S0219720005001004`
    .. [2] Z. Zhao, R. Anand, M. Wang (2019). Maximum relevance and minimum redundancy feature
       selection methods for a marketing machine learning platform. arXiv:1908.05376 (FCQ)
    .. [3] M. A. Hall (1999). Correlation-based feature selection for machine learning. PhD
       thesis, University of Waikato
    .. [4] P. A. Estevez, M. Tesmer, C. A. Perez, J. M. Zurada (2009). Normalized mutual
       information feature selection. IEEE TNN 20(2), 189-201. :doi:`10.1109/TNN.2008.2005601`
    .. [5] H. H. Yang, J. Moody (1999). Data visualization and feature selection: new algorithms
       for nongaussian data. NIPS 12, 687-693

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from fertools.selection import FeatureSubsetSelector
    >>> X, y = load_iris(return_X_y=True)
    >>> selector = FeatureSubsetSelector("mrmr", n_features_to_select=2).fit(X, y)
    >>> selector.selected_features_.tolist()
    [2, 3]
    """

    _parameter_constraints = {
        "method": [StrOptions(set(METHODS))],
        "n_features_to_select": [
            Interval(Integral, 1, None, closed="left"),
            Interval(Real, 0, 1, closed="right"),
            None,
        ],
        "n_bins": [Interval(Integral, 2, 32, closed="both")],
    }

    def __init__(self, method="mrmr", *, n_features_to_select=None, n_bins=4):
        self.method = method
        self.n_features_to_select = n_features_to_select
        self.n_bins = n_bins

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Select the features.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.
        y : array-like of shape (n_samples,)
            Class labels.

        Returns
        -------
        self : object
        """
        self._validate_params()
        dtypes = (np.float32, np.float64)
        features, labels = validate_data(self, X, y, dtype=dtypes, ensure_min_samples=2)
        check_classification_targets(labels)
        n_features = features.shape[1]
        n_select = self._n_select(n_features)
        classes = LabelEncoder().fit_transform(labels)
        return self._set_selection(*select(features, classes, self.method, n_select, self.n_bins))

    def _set_selection(self, relevance, chosen, scores):
        """Set the fitted attributes to the result of `select`."""
        n_features, n_select = len(relevance), len(chosen)
        self.relevance_ = relevance
        self.selected_features_ = np.array(chosen, dtype=np.intp)
        self.scores_ = np.array(scores)
        self.ranking_ = np.full(n_features, n_select + 1, dtype=np.intp)
        self.ranking_[chosen] = np.arange(1, n_select + 1)
        self.support_ = self.ranking_ <= n_select
        return self

    def _n_select(self, n_features):
        number = self.n_features_to_select
        if number is None:
            number = 0.5
        if isinstance(number, Integral):
            if number > n_features:
                raise ValueError(
                    f"n_features_to_select must be at most {n_features}, the number of features; "
                    f"got {number}."
                )
            return int(number)
        return max(1, int(number * n_features))

    def _get_support_mask(self):
        check_is_fitted(self)
        return self.support_

    def report(self, groups: NDArray) -> pd.DataFrame:
        """Count the selected features per descriptor and face region.

        Parameters
        ----------
        groups : structured ndarray of shape (n_features,)
            Attribute `groups_` of the descriptor that computed X: the `descriptor` and the box
            `y0, x0, y1, x1` of each feature, in fractions of the height and width of the image.

        Returns
        -------
        pandas.DataFrame
            One row per descriptor and box, in the order of the features, with the columns
            `descriptor`, `y0`, `x0`, `y1`, `x1`, `available`, `selected` and `share`, which is
            selected / available.

        Raises
        ------
        TypeError
            If `groups` is not a structured array with these fields.
        ValueError
            If `groups` does not have one element per feature.

        See Also
        --------
        fertools.pipeline.selection_report : The same table for a fitted pipeline.

        Examples
        --------
        >>> from fertools.datasets import make_faces
        >>> from fertools.features import OrientedGradients
        >>> from fertools.selection import FeatureSubsetSelector
        >>> faces = make_faces(14, random_state=0)
        >>> hog = OrientedGradients(4, grids=((1, 2),), block=1).fit(faces.images)
        >>> selector = FeatureSubsetSelector("anova", n_features_to_select=5)
        >>> selector = selector.fit(hog.transform(faces.images), faces.labels)
        >>> selector.report(hog.groups_)[["descriptor", "x0", "available", "selected"]]
          descriptor   x0  available  selected
        0    hog_1x2  0.0          4         4
        1    hog_1x2  0.5          4         1
        """
        return count_selected(groups, self.get_support())

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags
