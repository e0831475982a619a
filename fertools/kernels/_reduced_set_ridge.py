"""Kernel ridge classification whose training rows are replaced by means of two."""

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import validate_data

from ._kernel_functions import as_kernel
from ._kernel_ridge import signed_targets, solve_ridge
from ._reduced_set_base import ReducedSetMachine

# Of a decision, to make a logit of it. Chosen on FER-2013.
_LOGIT_SCALE = 3.0


class ReducedSetRidgeClassifier(ReducedSetMachine):
    r"""A kernel ridge classifier that holds no row of its training data.

    The decision function of the exact machine is :math:`f = \sum_i a_i K(x_i, \cdot) + b` over all
    training rows, one for each class against the rest. Each row is replaced by a mean of itself and
    the row nearest to it, and f by the combination of the :math:`K(c_j, \cdot)` of these means that
    is nearest to it in the space of the kernel [1]_:

    .. math:: w = (K_{cc} + \epsilon I)^{-1} K_{cx} \, a

    Parameters
    ----------
    alpha : float, default=0.1
        Strength of the regularization, in units of the kernel's values. `KernelRidgeClassifier`
        finds the best of several.
    kernel : {"rbf"} or MultiKernel, default="rbf"
        The kernel; rows with larger values must be nearer.
    gamma : {"scale", "auto"} or float, default="scale"
        As in `GramSVC`.
    share : float, default=0.667
        The weight of a row in its mean, from 0.5 to below 1; the nearest row has the rest. The
        larger it is, the nearer is the machine to the exact one, and a mean to one row.
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
        The training rows in each: one, and the nearest to it.
    coef_ : ndarray of shape (n_outputs, n_centers), float32 or float64
        The coefficients of the kernel values with the means; one output for two classes, else one
        a class.
    intercept_ : ndarray of shape (n_outputs,)
        The constants b.
    logit_scale_ : float
        What a decision is multiplied by to be a logit, 3. To calibrate the machine, multiply it by
        a factor that is found on other rows.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of str
        Only where X was a DataFrame.

    See Also
    --------
    KernelRidgeClassifier : The exact machine.
    ReducedSetSVC : The same of a support vector machine.

    Notes
    -----
    `predict_proba` is the softmax of the decisions times `logit_scale_`, which is not calibrated.
    A row of which ten or more copies are there is averaged with a copy. `fit` takes the time of two
    Cholesky decompositions, and the memory of one, of as many rows as there are.

    References
    ----------
    .. [1] B. Schoelkopf, S. Mika, C. J. C. Burges, P. Knirsch, K.-R. Mueller, G. Raetsch,
       A. J. Smola. Input space versus feature space in kernel-based methods. IEEE Transactions on
       Neural Networks 10(5), 1000-1017, 1999. :doi:`10.1109/72.788641`

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.kernels import ReducedSetRidgeClassifier
    >>> faces = make_faces(140, random_state=0)
    >>> X = faces.images.reshape(140, -1) / 255
    >>> machine = ReducedSetRidgeClassifier(alpha=0.1).fit(X, faces.labels)
    >>> machine.predict_proba(X).shape
    (140, 7)
    """

    _parameter_constraints = {
        "alpha": [Interval(Real, 0, None, closed="neither")],
        **ReducedSetMachine.CONSTRAINTS,
    }

    def __init__(
        self,
        alpha=0.1,
        *,
        kernel="rbf",
        gamma="scale",
        share=0.667,
        rounding=None,
        n_components=None,
        random_state=None,
        n_jobs=None,
    ):
        self.alpha = alpha
        self.kernel = kernel
        self.gamma = gamma
        self.share = share
        self.rounding = rounding
        self.n_components = n_components
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X, y):
        """Solve the exact machine, then replace its rows.

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
        self.classes_, Y = signed_targets(y)
        kernel = as_kernel(self.kernel, self.gamma).fit(X)
        X = kernel.rows(X)
        coef, self.intercept_, _ = solve_ridge(kernel.matrix(X), Y, self.alpha)
        self._reduce(kernel, X, np.arange(len(X)), coef)
        self.logit_scale_ = _LOGIT_SCALE
        return self

    def _logits(self, decisions):
        return self.logit_scale_ * decisions
