"""A support vector machine whose support vectors are replaced by means of training rows."""

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval
from sklearn.utils.extmath import softmax
from sklearn.utils.validation import validate_data

from ._gram_svc import GramSVC
from ._reduced_set_base import ReducedSetMachine

# Of the probability to win against another class, and of the logits. Chosen on FER-2013.
_SLOPE, _LOGIT_SCALE = 4, 8.0


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


class ReducedSetSVC(ReducedSetMachine):
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
    components_ : ndarray of shape (n_centers, n_features), float32 or float64
        The means.
    members_ : ndarray of shape (n_centers, 2), int
        The training rows in each: a support vector and the nearest.
    coef_ : ndarray of shape (n_pairs, n_centers), float32 or float64
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
    ReducedSetRidgeClassifier : The same of a kernel ridge, of all training rows.
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
    >>> from fertools.kernels import ReducedSetSVC
    >>> faces = make_faces(140, random_state=0)
    >>> X = faces.images.reshape(140, -1) / 255
    >>> machine = ReducedSetSVC(C=10).fit(X, faces.labels)
    >>> machine.predict_proba(X).shape
    (140, 7)
    """

    _parameter_constraints = {
        "C": [Interval(Real, 0, None, closed="neither")],
        **ReducedSetMachine.CONSTRAINTS,
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
        self._reduce(kernel, kernel.rows(X), machine.support_, machine.coef_pairs_)
        self.intercept_ = machine.intercept_
        self.logit_scale_ = _LOGIT_SCALE
        return self

    def _logits(self, decisions):
        n_classes = len(self.classes_)
        return decisions if n_classes == 2 else self.logit_scale_ * joined(decisions, n_classes)
