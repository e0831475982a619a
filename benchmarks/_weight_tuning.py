"""Weights of the groups of a MultiKernel, by the leave-one-out error of a kernel ridge."""

from sklearn.base import clone
from sklearn.utils import Bunch

from fertools.kernels import KernelRidgeClassifierCV


def rescaled(weights, total):
    """Scale weights to a given sum."""
    factor = total / sum(weights.values())
    return {name: factor * weight for name, weight in weights.items()}


def tune_weights(
    kernel, X, y, *, factors=(0, 0.5, 2), alphas=(0.01, 0.1, 1.0), tol=1e-3, max_rounds=5
):
    """Tune the weights of the groups of a MultiKernel by coordinate search.

    In each round, the weight of each group in turn is multiplied by each of `factors`, and the best
    value is kept. A weight of 0 is replaced by an equal share instead. All weights are scaled to
    the initial sum, so that only shares change and `gamma` alone sets the width of the kernel. The
    criterion is the leave-one-out error [1]_ of a `KernelRidgeClassifierCV`; as its time is
    proportional to the cube of the number of samples, use at most a few thousand.

    Parameters
    ----------
    kernel : MultiKernel
        Kernel with the initial weights; not modified.
    X : array-like of shape (n_samples, n_features)
        Samples.
    y : array-like of shape (n_samples,)
        Labels.
    factors : sequence of float, default=(0, 0.5, 2)
        Factors of a weight.
    alphas : list of float, default=(0.01, 0.1, 1.0)
        Regularization strengths of the `KernelRidgeClassifierCV`.
    tol : float, default=1e-3
        Minimum relative decrease of the error for a change to be kept.
    max_rounds : int, default=5
        Maximum number of rounds; the search ends after a round without a change.

    Returns
    -------
    Bunch
        `kernel`, the unfitted MultiKernel with the best weights; `error`, its leave-one-out error;
        and `trials`, the list of all ``(weights, error)`` in the order of the search.

    References
    ----------
    .. [1] G. C. Cawley, N. L. C. Talbot. Fast exact leave-one-out cross-validation of sparse
       least-squares support vector machines. Neural Networks 17(10), 1467-1475, 2004.
       :doi:`10.1016/j.neunet.2004.07.002`
    """
    weights = clone(kernel).fit(X).weights_
    total, share = sum(weights.values()), sum(weights.values()) / len(weights)
    trials = []

    def evaluate(weights):
        candidate = clone(kernel).set_params(weights=weights)
        error = KernelRidgeClassifierCV(alphas, kernel=candidate).fit(X, y).loo_errors_.min()
        trials.append((weights, float(error)))

    evaluate(weights)
    best, error = trials[0]
    for _ in range(max_rounds):
        start = error
        for name in best:
            first, weight = len(trials), best[name]
            values = [weight * factor for factor in factors] if weight else [share]
            for value in values:
                changed = best | {name: value}
                if any(changed.values()):
                    evaluate(rescaled(changed, total))
            candidate = min(trials[first:], key=lambda trial: trial[1], default=trials[0])
            if candidate[1] < (1 - tol) * error:
                best, error = candidate
        if error == start:
            break
    return Bunch(kernel=clone(kernel).set_params(weights=best), error=error, trials=trials)
