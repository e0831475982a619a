"""Greedy forward selection of features by relevance and redundancy."""

import numpy as np

from ._correlation import Correlations
from ._mutual_information import Histograms, quantile_codes

METHODS = ("mrmr", "jmi", "cfs", "nmi", "anova")
# Number of candidates whose pairwise values are computed together.
_LEAD = 64
# Relative differences of scores below this are due to rounding.
_TIE, _TIE_OF_FLOAT32 = 1e-9, 1e-6
# Lower bound of the mean |r|; chance alone makes it larger.
_NO_REDUNDANCY = 1e-6


def anova_score(relevance, redundancy, chosen, within):
    """Return the F statistic."""
    return relevance


def mrmr_score(relevance, redundancy, chosen, within):
    """Return F divided by the mean |r|: FCQ, Zhao, Anand and Wang (2019)."""
    if not chosen:
        return relevance
    return relevance / np.maximum(redundancy / len(chosen), _NO_REDUNDANCY)


def nmi_score(relevance, redundancy, chosen, within):
    """Return I(x; y) minus the mean normalized information: NMIFS, Estevez et al. (2009)."""
    return relevance - redundancy / max(len(chosen), 1)


def jmi_score(relevance, redundancy, chosen, within):
    """Return the sum of I(x, s; y) over the selected s: JMI, Yang and Moody (1999)."""
    return redundancy if chosen else relevance


def cfs_score(relevance, redundancy, chosen, within):
    """Return the merit of the selected features with the candidate: CFS, Hall (1999)."""
    k = len(chosen) + 1
    return (relevance[chosen].sum() + relevance) / np.sqrt(k + 2 * (within + redundancy))


def forward_selection(relevance, varying, pairwise, score, n_select, tie=_TIE):
    """Greedy forward selection: add the feature with the best score until enough are selected.

    Parameters
    ----------
    relevance : ndarray of shape (n_features,)
        Relevance of each feature for the classes.
    varying : ndarray of shape (n_features,), bool
        Mask of the features that are not constant. Constant features are selected last.
    pairwise : callable
        Function of feature indices that returns the redundancy of these features with all
        features, an array of shape (len(features), n_features).
    score : callable
        ``score(relevance, redundancy, chosen, within)`` returns the score of all features, where
        `redundancy` is the sum of the pairwise values with the selected features, and `within` the
        sum over pairs of selected features.
    n_select : int
        Number of features to select.
    tie : float, default=1e-9
        Relative difference up to which scores are tied; the first of tied features is selected.

    Returns
    -------
    chosen : list of int
        Selected features, in order of selection.
    scores : list of float
        Score of each feature at the time of its selection.
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
            # The best candidates are likely to be selected soon, and one matrix product for many
            # features costs little more than one for a single feature.
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
    """Select features by one method.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    classes : ndarray of shape (n_samples,), intp
        Class indices in 0..k-1.
    method : str
        One of `METHODS`.
    n_select : int
        Number of features to select.
    n_bins : int
        Number of quantile bins.

    Returns
    -------
    relevance : ndarray of shape (n_features,)
    chosen : list of int
        Selected features, in order of selection.
    scores : list of float
        Score of each feature at the time of its selection.
    """
    if method in ("jmi", "nmi"):
        histograms = Histograms(quantile_codes(X, n_bins), n_bins, classes)
        relevance, entropies = histograms.relevance(), histograms.entropies()
        varying = entropies > 0
    else:
        is_single = X.dtype == np.float32
        return select_by_correlation(Correlations(X, classes), method, n_select, is_single)

    if method == "jmi":
        score, pairwise = jmi_score, histograms.joint_information
    else:
        score = nmi_score

        def pairwise(lead):
            smaller = np.minimum.outer(entropies[lead], entropies)
            return histograms.information_between(lead) / np.where(smaller > 0, smaller, np.inf)

    return relevance, *forward_selection(relevance, varying, pairwise, score, n_select)


def select_by_correlation(correlations, method, n_select, is_single):
    """Select features by correlations with the classes and with each other; see `select`.

    Parameters
    ----------
    correlations : Correlations or StreamedCorrelations
    method : {"mrmr", "cfs", "anova"}
    n_select : int
    is_single : bool
        Whether the features are in single precision.

    Returns
    -------
    relevance, chosen, scores
        As in `select`.
    """
    relevance, varying = correlations.f, correlations.varying
    if method == "anova":

        def pairwise(lead):
            return np.zeros((len(lead), len(relevance)))

        return relevance, *forward_selection(relevance, varying, pairwise, anova_score, n_select)
    score = mrmr_score
    if method == "cfs":
        score, relevance = cfs_score, np.sqrt(correlations.eta_squared)
    tie = _TIE_OF_FLOAT32 if is_single else _TIE
    pairwise = correlations.absolute
    return relevance, *forward_selection(relevance, varying, pairwise, score, n_select, tie)
