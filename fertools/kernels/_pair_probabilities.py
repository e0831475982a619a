"""Classifiers of pairs of classes, and votes and probabilities from their decision values."""

from itertools import combinations

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.svm import SVC
from sklearn.utils import Bunch, gen_batches

from ..calibration._folds import class_folds

# Minimum slope of a sigmoid, for decision values scaled to at most 1: probabilities increase with
# the decision values even if the held-out samples show no such relation.
_MIN_SLOPE = 1e-3
# Minimum probability of a pair, as in libsvm.
_MIN_PROBABILITY = 1e-7
_BATCH = 4096


def pair_votes(decisions, n_classes):
    """Count the votes of the pairs of classes, as libsvm does.

    Parameters
    ----------
    decisions : ndarray of shape (n, n_classes * (n_classes - 1) / 2)
        Decision values of the pairs (0, 1), (0, 2), ..., (1, 2), ...; a positive value is a vote
        for the first class of the pair, any other for the second.
    n_classes : int

    Returns
    -------
    ndarray of shape (n,), int64
        Index of the class with the most votes, or the lowest of several.
    """
    first, second = np.triu_indices(n_classes, 1)
    winners = np.where(decisions > 0, first, second)
    votes = (winners[:, :, None] == np.arange(n_classes)).sum(axis=1)
    return votes.argmax(axis=1)


def affordable_jobs(counts, itemsize, max_bytes, n_jobs, *, probability=False):
    """Return the number of threads whose Gram matrices fit into memory.

    Parameters
    ----------
    counts : sequence of int
        Number of samples of each class.
    itemsize : int
        Bytes per kernel value within a class.
    max_bytes : int
        Maximum size of the Gram matrices in bytes.
    n_jobs : int or None
        Requested number of threads.
    probability : bool, default=False
        Whether cross-validation copies parts of the Gram matrix.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If those of a single thread do not fit.
    """
    largest = sum(sorted(counts)[-2:])
    within = itemsize * sum(count**2 for count in counts)
    pair = (2 if probability else 1) * 8 * largest**2
    if within + pair > max_bytes:
        raise ValueError(
            f"max_gram_bytes must be at least {within + pair:,}, the bytes of the Gram matrices of "
            f"each class and of the {largest:,} samples of the largest pair; got {max_bytes:,}. "
            "For larger data, approximate the kernel with sklearn.kernel_approximation.Nystroem "
            "and train a linear classifier."
        )
    return min(effective_n_jobs(n_jobs), (max_bytes - within) // pair)


def solve_pair(gram, is_second, weights, options):
    """Train the classifier of a pair of classes.

    Parameters
    ----------
    gram : ndarray of shape (n_samples, n_samples), float64
        Gram matrix of the samples of both classes.
    is_second : ndarray of shape (n_samples,), bool
        Whether a sample belongs to the second class; both classes must be present.
    weights : ndarray of shape (n_samples,)
        Sample weights, positive.
    options : dict
        Parameters of SVC.

    Returns
    -------
    SVC
        Its decision values are positive for the second class.
    """
    return SVC(kernel="precomputed", **options).fit(gram, is_second, sample_weight=weights)


def held_out_decisions(gram, is_second, weights, options):
    """Compute the decision value of each sample by a classifier trained without it.

    The folds are those of `class_folds`, and their Gram matrices are parts of `gram`. The only
    sample of a class is in all training folds; its value is that of the first one.

    Parameters
    ----------
    gram, is_second, weights, options
        See `solve_pair`.

    Returns
    -------
    ndarray of shape (n_samples,)
        Positive for the second class.
    """
    folds = class_folds(is_second)
    decisions = np.empty(len(gram))
    single = np.flatnonzero(folds < 0)
    # Two single samples have no folds.
    for fold in np.unique(folds[folds >= 0]) if folds.max() >= 0 else [0]:
        train, test = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        svc = solve_pair(gram[np.ix_(train, train)], is_second[train], weights[train], options)
        if fold == 0:
            test = np.concatenate([test, single])
        values = gram[np.ix_(test, train[svc.support_])]
        decisions[test] = values @ svc.dual_coef_[0] + svc.intercept_[0]
    return decisions


def fit_sigmoid(decisions, is_first, weights):
    r"""Fit the sigmoid from the decision values of a pair to probabilities.

    Platt's method with the targets of [1]_: the parameters of
    :math:`\sigma(a f + b)` minimize the log loss to the targets :math:`(n_1 + 1) / (n_1 + 2)` for
    the first class and :math:`1 / (n_2 + 2)` for the second.

    Parameters
    ----------
    decisions : ndarray of shape (n_samples,)
        Decision values of held-out samples, positive for the first class.
    is_first : ndarray of shape (n_samples,), bool
        Whether a sample belongs to the first class.
    weights : ndarray of shape (n_samples,)
        Sample weights; their sums are the counts :math:`n_1` and :math:`n_2`.

    Returns
    -------
    slope, offset : float
        The slope is positive.

    References
    ----------
    .. [1] H.-T. Lin, C.-J. Lin, R. C. Weng. A note on Platt's probabilistic outputs for support
       vector machines. Machine Learning 68, 267-276, 2007. :doi:`10.1007/s10994-007-5018-6`
    """
    n_first, n_second = weights[is_first].sum(), weights[~is_first].sum()
    targets = np.where(is_first, (n_first + 1) / (n_first + 2), 1 / (n_second + 2))
    scale = max(abs(decisions).max(), np.finfo(float).tiny)
    scaled = decisions / scale

    def loss(parameters):
        logits = parameters[0] * scaled + parameters[1]
        errors = weights * (expit(logits) - targets)
        value = (weights * (np.logaddexp(0, logits) - targets * logits)).sum()
        return value, np.array([errors @ scaled, errors.sum()])

    start = np.array([_MIN_SLOPE, np.log((n_first + 1) / (n_second + 1))])
    bounds = [(_MIN_SLOPE, None), (None, None)]
    options = {"gtol": 1e-8, "ftol": 1e-14}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return found.x[0] / scale, found.x[1]


def couple(probabilities, n_classes):
    r"""Combine the probabilities of pairs of classes into probabilities of classes.

    The second method of [1]_: with the probability :math:`r_{ij}` of class i in the pair (i, j),
    the probabilities of the classes minimize

    .. math:: \sum_i \sum_{j \ne i} (r_{ji} p_i - r_{ij} p_j)^2 \quad \text{where} \quad
        \sum_i p_i = 1

    which is a linear system per sample.

    Parameters
    ----------
    probabilities : ndarray of shape (n_samples, n_classes * (n_classes - 1) / 2)
        Probability of the first class of each pair, in the order (0, 1), (0, 2), ..., (1, 2), ...
    n_classes : int

    Returns
    -------
    ndarray of shape (n_samples, n_classes)
        Probabilities; each row sums to 1.

    References
    ----------
    .. [1] T.-F. Wu, C.-J. Lin, R. C. Weng. Probability estimates for multi-class classification by
       pairwise coupling. Journal of Machine Learning Research 5, 975-1005, 2004.
    """
    first, second = np.triu_indices(n_classes, 1)
    r = np.zeros((len(probabilities), n_classes, n_classes))
    r[:, first, second] = np.clip(probabilities, _MIN_PROBABILITY, 1 - _MIN_PROBABILITY)
    r[:, second, first] = 1 - r[:, first, second]
    # Optimality conditions with a Lagrange multiplier for the sum.
    system = np.ones((len(r), n_classes + 1, n_classes + 1))
    system[:, :-1, :-1] = -r * r.transpose(0, 2, 1)
    diagonal = np.arange(n_classes)
    system[:, diagonal, diagonal] = (r**2).sum(axis=1)
    system[:, -1, -1] = 0
    right = np.zeros((n_classes + 1, 1))
    right[-1] = 1
    solved = np.linalg.solve(system, np.broadcast_to(right, (len(r), *right.shape)))
    # The solution is non-negative up to rounding.
    coupled = np.maximum(solved[:, :-1, 0], 0)
    return coupled / coupled.sum(axis=1, keepdims=True)


def couple_present(probabilities, is_present):
    """Couple the pairs of the present classes; other classes have probability 0.

    Parameters
    ----------
    probabilities : ndarray of shape (n_samples, n_pairs)
        As in `couple`, for all pairs of classes.
    is_present : ndarray of shape (n_classes,), bool

    Returns
    -------
    ndarray of shape (n_samples, n_classes)
    """
    present = np.flatnonzero(is_present)
    first, second = np.triu_indices(len(is_present), 1)
    coupled = np.zeros((len(probabilities), len(is_present)))
    kept = is_present[first] & is_present[second]
    # In batches, because each sample has its own linear system.
    for rows in gen_batches(len(probabilities), _BATCH):
        coupled[rows, present] = couple(probabilities[rows, kept], len(present))
    return coupled


def solve_pairs(X, kernel, members, weights, class_weight, options, *, probability, n_jobs):
    """Train the classifiers of all pairs of classes.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Training samples, converted by the kernel.
    kernel : SingleKernel or MultiKernel
        Fitted kernel.
    members : list of ndarray
        Indices of the samples of each class. A class without samples loses against all classes
        with samples.
    weights : ndarray of shape (n_samples,)
        Sample weights, positive for all members.
    class_weight : ndarray of shape (n_classes,)
    options : dict
        Other parameters of SVC.
    probability : bool
        Whether to fit the sigmoids.
    n_jobs : int
        Number of threads.

    Returns
    -------
    Bunch
        `coef` of shape (n_samples, n_pairs), and `intercept` and `n_iter` of shape (n_pairs,), for
        decision values that are positive for the first class of a pair; `fit_status`; `sigmoids` of
        shape (2, n_pairs), the slopes and offsets, or (2, 0).
    """
    parallel = Parallel(n_jobs=n_jobs, prefer="threads")
    present = [code for code, indices in enumerate(members) if len(indices)]
    # A class is in several pairs, so the blocks within classes are computed once.
    blocks = parallel(delayed(kernel.matrix)(X[members[code]]) for code in present)
    within = dict(zip(present, blocks, strict=True))
    # Class weights change the probabilities, as they do in logistic regression. Only ratios of
    # weights count, as the targets of the sigmoids depend on the number of samples.
    counts = np.zeros(len(X))
    for indices, factor in zip(members, class_weight, strict=True):
        counts[indices] = factor * weights[indices]
    counts /= counts[counts > 0].mean()

    def solve(first, second):
        indices = np.concatenate([members[first], members[second]])
        split = len(members[first])
        gram = np.empty((len(indices), len(indices)))
        gram[:split, :split] = within[first]
        gram[split:, split:] = within[second]
        gram[:split, split:] = kernel.matrix(X[members[first]], X[members[second]])
        gram[split:, :split] = gram[:split, split:].T
        is_second = np.arange(len(indices)) >= split
        by_class = {"class_weight": {0: class_weight[first], 1: class_weight[second]}}
        pair = gram, is_second, weights[indices], options | by_class
        svc, sigmoid = solve_pair(*pair), None
        if probability:
            sigmoid = fit_sigmoid(-held_out_decisions(*pair), ~is_second, counts[indices])
        return indices[svc.support_], svc, sigmoid

    pairs = list(combinations(range(len(members)), 2))
    columns = [k for k, pair in enumerate(pairs) if set(pair) <= set(present)]
    found = Bunch(
        coef=np.zeros((len(X), len(pairs))),
        intercept=np.array([(i in within) - float(j in within) for i, j in pairs]),
        n_iter=np.zeros(len(pairs), dtype=np.int32),
        fit_status=0,
        sigmoids=np.zeros((2, len(pairs) if probability else 0)),
    )
    solved = parallel(delayed(solve)(*pairs[column]) for column in columns)
    for column, (support, svc, sigmoid) in zip(columns, solved, strict=True):
        found.coef[support, column] = -svc.dual_coef_[0]
        found.intercept[column] = -svc.intercept_[0]
        found.n_iter[column] = svc.n_iter_[0]
        found.fit_status = max(found.fit_status, svc.fit_status_)
        if probability:
            found.sigmoids[:, column] = sigmoid
    return found
