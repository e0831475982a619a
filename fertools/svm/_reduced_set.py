"""A support vector machine whose support vectors are replaced by means of training rows."""

from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.extmath import softmax
from sklearn.utils.validation import validate_data

from .._rounding import rounded
from ._centres import CentreMachine
from ._gram_svc import GramSVC
from ._kernel_ridge import solve_definite
from ._kernels import BLOCK
from ._multi_kernel import MultiKernel

# Added to the diagonal of the kernel matrix of the means, which makes it safe to solve in single
# precision.
_RIDGE = 0.02
# Of the probability to win against another class, and of the logits. Chosen on FER-2013.
_SLOPE, _LOGIT_SCALE = 4, 8.0
# Rows looked at, as some may be copies.
_LOOKED = 10
# Rows are copies where their squared distance is less than this share of their squared length.
_COPY = 1e-4


def joined(decisions, n_classes):
    r"""Join the decisions of pairs of classes to a score for each class.

    A class has the geometric mean of its probabilities to win against each other,
    :math:`\sigma(4 f_{kj})`; these are scaled to sum to 1:

    .. math::

        s_k = \frac{g_k}{\sum_j g_j}, \qquad
        g_k = \Bigl( \prod_{j \ne k} \sigma(4 f_{kj}) \Bigr)^{1 / (K - 1)}

    They rank the classes nearly as the votes of the pairs do, without ties, and better than the
    sums of the decisions. They are bounded, as is what logits made from them can be sure of.

    Parameters
    ----------
    decisions : ndarray of shape (n, n_pairs)
        Positive for the first class of a pair; pairs as `itertools.combinations` gives them.
    n_classes : int

    Returns
    -------
    ndarray of shape (n, n_classes), float64
        A row sums to 1.
    """
    first, second = (np.eye(n_classes)[at] for at in np.triu_indices(n_classes, 1))
    wins, losses = (-np.logaddexp(0, slope * decisions) for slope in (-_SLOPE, _SLOPE))
    logs = wins @ first + losses @ second
    return softmax(logs / (n_classes - 1), copy=False)


def oriented(rows, towards, odd):
    """Return rows, or their mirror images where those are nearer to another row.

    Parameters
    ----------
    rows : ndarray of shape (n, n_features)
    towards : ndarray of shape (n_features,)
    odd : ndarray of bool, shape (n_features,), or None
        Which features change their sign in a mirror image; None where that is not known.

    Returns
    -------
    ndarray of shape (n, n_features)
    """
    if odd is None:
        return rows
    turned = rows[:, odd] @ towards[odd] < 0
    return np.where(turned[:, None] & odd, -rows, rows)


def blended(kernel, X, at, share):
    """Return means of rows and the row that is nearest to each, apart from copies.

    Parameters
    ----------
    kernel : RowKernel or MultiKernel
        Fitted. The nearest row is that of the largest kernel value.
    X : ndarray of shape (n, n_features)
        At least two rows.
    at : ndarray of shape (m,), int
        The rows that the means are made from.
    share : float
        The weight of these rows; the nearest ones have the rest.

    Returns
    -------
    nearest : ndarray of shape (m,), int
        The rows that were added.
    means : ndarray of shape (m, n_features)
        Each of the root mean squared length of `X`, as a mean is shorter than what it is made of.
    """
    odd = getattr(kernel, "_odd", None)
    n_looked = min(_LOOKED, len(X))
    norms = kernel.norms(X)
    nearest = np.empty(len(at), dtype=np.intp)
    means = np.empty((len(at), X.shape[1]), dtype=X.dtype)
    for start in range(0, len(at), BLOCK):
        values = kernel.matrix(X[at[start : start + BLOCK]], X, norms)
        looked = np.argpartition(-values, n_looked - 1, axis=1)[:, :n_looked]
        order = np.argsort(-np.take_along_axis(values, looked, axis=1), axis=1)
        for k, found in enumerate(np.take_along_axis(looked, order, axis=1), start):
            row = X[at[k]]
            near = oriented(X[found], row, odd)
            copies = ((near - row) ** 2).sum(axis=1) <= _COPY * (row**2).sum()
            # The first that is no copy, or else a copy.
            other = copies.argmin()
            nearest[k] = found[other]
            means[k] = share * row + (1 - share) * near[other]
    lengths = np.sqrt((means**2).sum(axis=1, keepdims=True))
    means *= np.sqrt((X**2).sum() / len(X)) / np.maximum(lengths, np.finfo(X.dtype).tiny)
    return nearest, means


class ReducedSetSVC(CentreMachine):
    r"""A support vector machine that holds no row of its training data.

    The decision function of the exact machine is :math:`f = \sum_i a_i K(x_i, \cdot)` over its
    support vectors. Each is replaced by a mean of itself and the training row nearest to it, and f
    by the combination of the :math:`K(c_j, \cdot)` of these means that is nearest to it in the
    space of the kernel [1]_:

    .. math:: w = (K_{cc} + \epsilon I)^{-1} K_{cx} \, a

    Of several classes there is one such function for each pair. The logit of a class is the
    geometric mean of its probabilities to win against each other, :math:`\sigma(4 f_{kj})`, as a
    share of the sum over the classes, times `logit_scale_`.

    Parameters
    ----------
    C : float, default=1.0
        As in `GramSVC`.
    kernel : {"rbf"} or MultiKernel, default="rbf"
        The kernel; rows with larger values must be nearer.
    gamma : {"scale", "auto"} or float, default="scale"
        As in `GramSVC`.
    share : float, default=0.667
        The weight of a support vector in its mean, from 0.5 to below 1; the nearest row has the
        rest. The larger it is, the nearer is the machine to the exact one, and a mean to one row.
    rounding : float or None, default=None
        The means are rounded to multiples of about this share of their deviation, before they are
        fitted; 0.5 makes a model file a fifth as large. None keeps them.
    n_components : int or None, default=None
        The most means to keep, drawn at random; None keeps all.
    random_state : int, RandomState instance or None, default=None
        For the draw.
    n_jobs : int or None, default=None
        Threads.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels.
    kernel_ : object
        The fitted kernel, with `matrix`.
    components_ : ndarray of shape (n_centres, n_features), float32 or float64
        The means.
    members_ : ndarray of shape (n_centres, 2), int
        The training rows in each: a support vector and the nearest.
    coef_ : ndarray of shape (n_pairs, n_centres), float32 or float64
        The coefficients of the kernel values with the means, for each pair of classes.
    intercept_ : ndarray of shape (n_pairs,)
        What is added.
    logit_scale_ : float
        The largest logit of several classes, 8. To calibrate the machine, multiply it by a factor
        that is found on other rows.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of str
        Only where X was a DataFrame.

    See Also
    --------
    GramSVC : The exact machine.
    CentroidKernelClassifier : Smaller, and less accurate.

    Notes
    -----
    `predict_proba` is the softmax of the decisions, which ranks the classes but is not calibrated.
    A row of which ten or more copies are there is averaged with a copy. `fit` takes the time of the
    exact machine and of a Cholesky decomposition of as many rows as there are means.

    References
    ----------
    .. [1] B. Schoelkopf, S. Mika, C. J. C. Burges, P. Knirsch, K.-R. Mueller, G. Raetsch,
       A. J. Smola. Input space versus feature space in kernel-based methods. IEEE Transactions on
       Neural Networks 10(5), 1000-1017, 1999. :doi:`10.1109/72.788641`

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.svm import ReducedSetSVC
    >>> faces = make_faces(140, random_state=0)
    >>> X = faces.images.reshape(140, -1) / 255
    >>> machine = ReducedSetSVC(C=10).fit(X, faces.labels)
    >>> machine.predict_proba(X).shape
    (140, 7)
    """

    _parameter_constraints = {
        "C": [Interval(Real, 0, None, closed="neither")],
        "kernel": [StrOptions({"rbf"}), MultiKernel],
        "gamma": GramSVC._parameter_constraints["gamma"],
        "share": [Interval(Real, 0.5, 1, closed="left")],
        "rounding": [Interval(Real, 0, None, closed="neither"), None],
        "n_components": [Interval(Integral, 1, None, closed="left"), None],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        C=1.0,
        *,
        kernel="rbf",
        gamma="scale",
        share=0.667,
        rounding=None,
        n_components=None,
        random_state=None,
        n_jobs=None,
    ):
        self.C = C
        self.kernel = kernel
        self.gamma = gamma
        self.share = share
        self.rounding = rounding
        self.n_components = n_components
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X, y):
        """Solve the exact machine, then replace its support vectors.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows; float32 is used as it is.
        y : array-like of shape (n_samples,)
            Labels.

        Returns
        -------
        self : object
        """
        self._validate_params()
        X, y = validate_data(self, X, y, dtype=["float64", "float32"], order="C")
        machine = GramSVC(self.C, kernel=self.kernel, gamma=self.gamma, n_jobs=self.n_jobs)
        machine.fit(X, y)
        kernel, self.classes_ = machine.kernel_, machine.classes_
        X, support = kernel.rows(X), machine.support_
        if self.n_components is not None and self.n_components < len(support):
            random = check_random_state(self.random_state)
            drawn = random.choice(len(support), self.n_components, replace=False)
            support = support[np.sort(drawn)]
        nearest, means = blended(kernel, X, support, self.share)
        self.members_ = np.column_stack([support, nearest])
        self._keep(kernel, rounded(means, self.rounding))

        coef = machine.coef_pairs_.astype(X.dtype)
        self.coef_ = self._project(machine.support_vectors_, coef).T
        self.intercept_ = machine.intercept_
        self.logit_scale_ = _LOGIT_SCALE
        return self

    def _logits(self, decisions):
        n_classes = len(self.classes_)
        return decisions if n_classes == 2 else self.logit_scale_ * joined(decisions, n_classes)

    def _project(self, support_vectors, coef):
        """Return the coefficients of the means that come nearest to those of support vectors."""
        norms, kernel, means = self._norms, self.kernel_, self.components_
        wanted = np.zeros((len(means), coef.shape[1]), dtype=means.dtype)
        for start in range(0, len(coef), BLOCK):
            rows = slice(start, start + BLOCK)
            wanted += kernel.matrix(support_vectors[rows], means, norms).T @ coef[rows]
        gram = kernel.matrix(means)
        gram.flat[:: len(gram) + 1] += _RIDGE
        solve_definite(gram, wanted)
        return wanted
