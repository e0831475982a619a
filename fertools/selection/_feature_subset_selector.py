"""Feature-subset selection by relevance and redundancy."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.preprocessing import LabelEncoder
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from ._correlation import Correlations
from ._mutual_information import Histograms, quantile_codes
from ._selection_report import count_selected

METHODS = ("mrmr", "jmi", "cfs", "nmi", "anova")
# Features whose pairwise values are computed together, ahead of their choice.
_LEAD = 64
# Scores that differ by less, relatively, are equal but for rounding.
_TIE, _TIE_OF_FLOAT32 = 1e-9, 1e-6
# A mean |r| below this counts as this: chance alone makes it larger.
_NO_REDUNDANCY = 1e-6


def anova_score(relevance, redundancy, chosen, within):
    """F alone."""
    return relevance


def mrmr_score(relevance, redundancy, chosen, within):
    """F over mean |r|: FCQ, Zhao, Anand and Wang (2019)."""
    if not chosen:
        return relevance
    return relevance / np.maximum(redundancy / len(chosen), _NO_REDUNDANCY)


def nmi_score(relevance, redundancy, chosen, within):
    """I(x; y) less the mean normalized information: NMIFS, Estevez et al. (2009)."""
    return relevance - redundancy / max(len(chosen), 1)


def jmi_score(relevance, redundancy, chosen, within):
    """Sum of I(x, s; y) over the chosen s: JMI, Yang and Moody (1999)."""
    return redundancy if chosen else relevance


def cfs_score(relevance, redundancy, chosen, within):
    """Merit of the chosen with the candidate: CFS, Hall (1999)."""
    k = len(chosen) + 1
    return (relevance[chosen].sum() + relevance) / np.sqrt(k + 2 * (within + redundancy))


def forward_selection(relevance, varying, pairwise, score, n_select, tie=_TIE):
    """Choose features one by one, each time the one with the best score.

    Parameters
    ----------
    relevance : ndarray of shape (n_features,)
    varying : ndarray of shape (n_features,), bool
        The others are constant, and are chosen only after all that vary.
    pairwise : callable
        ``pairwise(features)`` returns an array (len(features), n_features): how each of these
        features goes with every feature.
    score : callable
        ``score(relevance, redundancy, chosen, within)`` returns the score of every feature, where
        `redundancy` is the sum of pairwise values with those chosen, and `within` the sum over
        pairs of chosen features.
    n_select : int
    tie : float, default=1e-9
        Of scores that differ by less, relatively, the first feature wins.

    Returns
    -------
    chosen : list of int
    scores : list of float
        The score of each when it was chosen.
    """
    redundancy = np.zeros(len(relevance))
    free = np.ones(len(relevance), dtype=bool)
    chosen, scores, within, known = [], [], 0.0, {}
    for _ in range(n_select):
        candidates = free & varying if (free & varying).any() else free
        values = np.where(candidates, score(relevance, redundancy, chosen, within), -np.inf)
        top = values.max()
        best = int(np.argmax(values >= top - tie * abs(top)))
        if best not in known:
            # The features that lead now are likely to come soon: one matrix product for many of
            # them costs little more than one for the best alone.
            ranked = np.argsort(-values, kind="stable").tolist()
            lead = [best, *(k for k in ranked if candidates[k] and k not in known and k != best)]
            lead = lead[:_LEAD]
            known.update(zip(lead, pairwise(np.array(lead)), strict=True))
        scores.append(float(values[best]))
        chosen.append(best)
        free[best] = False
        within += redundancy[best]
        redundancy += known.pop(best)
    return chosen, scores


def select(X, classes, method, n_select, n_bins):
    """Run one method.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    classes : ndarray of shape (n_samples,), intp
        0..k-1.
    method : str
        One of `METHODS`.
    n_select, n_bins : int

    Returns
    -------
    relevance : ndarray of shape (n_features,)
    chosen : list of int
    scores : list of float
    """
    if method in ("jmi", "nmi"):
        histograms = Histograms(quantile_codes(X, n_bins), n_bins, classes)
        relevance, entropies = histograms.relevance(), histograms.entropies()
        varying = entropies > 0
    else:
        correlations = Correlations(X, classes)
        relevance, varying = correlations.f, correlations.varying

    if method == "jmi":
        score, pairwise = jmi_score, histograms.joint_information
    elif method == "nmi":
        score = nmi_score

        def pairwise(lead):
            smaller = np.minimum.outer(entropies[lead], entropies)
            return histograms.information_between(lead) / np.where(smaller > 0, smaller, np.inf)

    elif method == "anova":
        score = anova_score

        def pairwise(lead):
            return np.zeros((len(lead), len(relevance)))

    else:
        score, pairwise = mrmr_score, correlations.absolute
        if method == "cfs":
            score, relevance = cfs_score, np.sqrt(correlations.eta_squared)
    in_float32 = method in ("mrmr", "cfs") and X.dtype == np.float32
    tie = _TIE_OF_FLOAT32 if in_float32 else _TIE
    return relevance, *forward_selection(relevance, varying, pairwise, score, n_select, tie)


class FeatureSubsetSelector(SelectorMixin, BaseEstimator):
    r"""Choose features that tell much about the classes and repeat each other little.

    All methods but "anova" search forward: they begin with the most relevant feature and add, one
    at a time, the feature k with the best score given the set S chosen so far. Results are
    deterministic; of equal scores (within 1 part in 1e9, or 1e6 for the correlations of float32
    features) the first feature wins, and constant features come after all others.

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
    (:math:`r_{cy}` the correlation ratio of feature and class), I mutual information and H
    entropy of the features cut at their quantiles.

    Parameters
    ----------
    method : {"mrmr", "jmi", "cfs", "nmi", "anova"}, default="mrmr"
        The score.
    n_features_to_select : int, float or None, default=None
        How many features to choose, or which share of them; None chooses half.
    n_bins : int, default=4
        Quantile bins of "jmi" and "nmi".

    Attributes
    ----------
    selected_features_ : ndarray of shape (n_selected,), intp
        Columns in the order of choice.
    scores_ : ndarray of shape (n_selected,), float64
        The score of each when it was chosen.
    ranking_ : ndarray of shape (n_features,), intp
        1 for the first choice, 2 for the second, ..., and n_selected + 1 for all left out.
    relevance_ : ndarray of shape (n_features,), float64
        What each feature alone tells about the classes: F ("mrmr", "anova"), the correlation
        ratio ("cfs"), or I(k; y) in nats ("nmi", "jmi").
    support_ : ndarray of shape (n_features,), bool
        The chosen ones.
    n_features_in_ : int
        Features seen in fit.
    feature_names_in_ : ndarray of str
        Only where X was a DataFrame.

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

    def fit(self, X, y):
        """Choose the features.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.
        y : array-like of shape (n_samples,)
            Classes.

        Returns
        -------
        self : object
        """
        self._validate_params()
        X, y = validate_data(self, X, y, dtype=(np.float32, np.float64), ensure_min_samples=2)
        check_classification_targets(y)
        n_select = self._n_select(X.shape[1])
        classes = LabelEncoder().fit_transform(y)
        self.relevance_, chosen, scores = select(X, classes, self.method, n_select, self.n_bins)
        self.selected_features_ = np.array(chosen, dtype=np.intp)
        self.scores_ = np.array(scores)
        self.ranking_ = np.full(X.shape[1], n_select + 1, dtype=np.intp)
        self.ranking_[chosen] = np.arange(1, n_select + 1)
        self.support_ = self.ranking_ <= n_select
        return self

    def _n_select(self, n_features):
        wanted = self.n_features_to_select
        if wanted is None:
            wanted = 0.5
        if isinstance(wanted, Integral):
            if wanted > n_features:
                raise ValueError(
                    f"n_features_to_select must be at most {n_features}, the number of features; "
                    f"got {wanted}."
                )
            return int(wanted)
        return max(1, int(wanted * n_features))

    def _get_support_mask(self):
        check_is_fitted(self)
        return self.support_

    def report(self, groups):
        """Count the selected features of each descriptor and face region, see `count_selected`.

        Parameters
        ----------
        groups : structured ndarray of shape (n_features,)
            `groups_` of the descriptor that computed X, in the order of the columns of X.

        Returns
        -------
        pandas.DataFrame
            Columns `descriptor`, `y0`, `x0`, `y1`, `x1`, `available`, `selected`, `share`.
        """
        return count_selected(groups, self.get_support())

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags
