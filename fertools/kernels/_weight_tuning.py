"""The weights of a kernel's groups, by the leave-one-out error of a ridge."""

from sklearn.base import clone
from sklearn.utils import Bunch

from ._kernel_ridge import KernelRidgeClassifier


def rescaled(weights, total):
    """Return the weights, scaled to a sum."""
    factor = total / sum(weights.values())
    return {name: factor * weight for name, weight in weights.items()}


def tune_weights(
    kernel, X, y, *, factors=(0, 0.5, 2), alphas=(0.01, 0.1, 1.0), tol=1e-3, max_rounds=5
):
    """Find the weights of the groups of a MultiKernel on training rows.

    A coordinate search [1]_: round after round, the weight of one group after another is tried at
    each of `factors` times its value, and the best is kept. A group that has lost its weight is
    tried at an equal share again. All weights are scaled to the sum that they had at the start, so
    that only shares change: how wide the kernel is stays with its `gamma`. A trial is judged by the
    leave-one-out error of a `KernelRidgeClassifier`; as its time grows with the cube of the number
    of rows, a few thousand of them should do.

    Parameters
    ----------
    kernel : MultiKernel
        Where to start; it is not changed.
    X : array-like of shape (n_samples, n_features)
        Rows.
    y : array-like of shape (n_samples,)
        Labels.
    factors : sequence of float, default=(0, 0.5, 2)
        What a weight is multiplied with.
    alphas : float or list of float, default=(0.01, 0.1, 1.0)
        Of the `KernelRidgeClassifier`; the best one counts.
    tol : float, default=1e-3
        A change is kept where it lowers the error by more than this share.
    max_rounds : int, default=5
        The most rounds; a round without a change is the last.

    Returns
    -------
    Bunch
        `kernel`, a MultiKernel with the weights found, not fitted; `error`, its leave-one-out
        error; and `trials`, a list of all ``(weights, error)`` in the order of the search.

    References
    ----------
    .. [1] G. C. Cawley, N. L. C. Talbot. Fast exact leave-one-out cross-validation of sparse
       least-squares support vector machines. Neural Networks 17(10), 1467-1475, 2004.
       :doi:`10.1016/j.neunet.2004.07.002`

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.features import LocalBinaryPatterns
    >>> from fertools.kernels import MultiKernel, tune_weights
    >>> faces = make_faces(140, random_state=0)
    >>> lbp = LocalBinaryPatterns(radii=(1, 2), grid=(3, 3))
    >>> X = lbp.fit_transform(faces.images)
    >>> found = tune_weights(MultiKernel(lbp.groups_["descriptor"]), X, faces.labels)
    >>> sorted(found.kernel.weights)
    ['lbp_r1', 'lbp_r2']
    """
    weights = clone(kernel).fit(X).weights_
    total, share = sum(weights.values()), sum(weights.values()) / len(weights)
    trials = []

    def judge(weights):
        tried = clone(kernel).set_params(weights=weights)
        error = KernelRidgeClassifier(alphas, kernel=tried).fit(X, y).loo_errors_.min()
        trials.append((weights, float(error)))

    judge(weights)
    best, error = trials[0]
    for _ in range(max_rounds):
        start = error
        for name in best:
            first, weight = len(trials), best[name]
            values = [weight * factor for factor in factors] if weight else [share]
            for value in values:
                changed = best | {name: value}
                if any(changed.values()):
                    judge(rescaled(changed, total))
            candidate = min(trials[first:], key=lambda trial: trial[1], default=trials[0])
            if candidate[1] < (1 - tol) * error:
                best, error = candidate
        if error == start:
            break
    return Bunch(kernel=clone(kernel).set_params(weights=best), error=error, trials=trials)
