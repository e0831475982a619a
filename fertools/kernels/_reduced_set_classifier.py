"""Kernel ridge classifier that stores means of samples instead of training samples."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import MetaEstimatorMixin, clone
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval
from sklearn.utils.extmath import softmax
from sklearn.utils.validation import validate_data

from .._utils.quantization import rounded
from ._cholesky import solve_definite
from ._kernel_classifier import KernelClassifier
from ._kernel_functions import BLOCK
from ._kernel_ridge import BaseKernelRidge
from ._pair_means import pair_means

# Added to the diagonal of the kernel matrix of the means, so that the system is well-conditioned
# in single precision.
_RIDGE = 0.02
# Factor from decision values to logits, chosen on FER-2013.
_LOGIT_SCALE = 3.0


def project(kernel, X, coef, means, norms):
    r"""Project a linear combination of kernel values with samples onto those with means.

    Returns the coefficients :math:`w = (K_{cc} + \epsilon I)^{-1} K_{cx} \, a`.

    Parameters
    ----------
    kernel : SingleKernel or MultiKernel
        Fitted kernel.
    X : ndarray of shape (n_samples, n_features)
        Samples x.
    coef : ndarray of shape (n_samples, n_outputs)
        Coefficients a of the samples.
    means : ndarray of shape (n_means, n_features)
        Means c.
    norms : ndarray
        ``kernel.norms(means)``.

    Returns
    -------
    ndarray of shape (n_means, n_outputs), dtype of `means`
    """
    targets = np.zeros((len(means), coef.shape[1]), dtype=means.dtype)
    for start in range(0, len(coef), BLOCK):
        block = slice(start, start + BLOCK)
        targets += kernel.matrix(X[block], means, norms).T @ coef[block]
    gram = kernel.matrix(means)
    gram.flat[:: len(gram) + 1] += _RIDGE
    solve_definite(gram, targets)
    return targets


class ReducedSetClassifier(MetaEstimatorMixin, KernelClassifier):
    r"""Approximate a kernel ridge classifier without storing training samples.

    The decision function of a kernel ridge classifier is
    :math:`f = \sum_i a_i K(x_i, \cdot) + b`, a sum over all training samples. Here, each training
    sample is replaced by the mean of itself and its nearest neighbor, and f is projected onto the
    kernel functions of these means, the reduced set [1]_. With the means c, the coefficients are

    .. math:: w = (K_{cc} + \epsilon I)^{-1} K_{cx} \, a

    Parameters
    ----------
    estimator : KernelRidgeClassifier or KernelRidgeClassifierCV
        Classifier to approximate; a clone of it is fitted. Its kernel must be "rbf" or a
        `MultiKernel`, as the nearest neighbor of a sample is the one with the largest kernel value.
    share : float, default=0.667
        Weight of a sample in its mean, from 0.5 to below 1; the neighbor has the rest. A larger
        value approximates the classifier better, with means that are closer to a single sample.
    rounding : float or None, default=None
        Resolution of the means, as a share of the standard deviation of their values; the
        coefficients are fitted to the rounded means. With 0.5, a model file is a fifth as large.
        None does not round.
    n_components : int or None, default=None
        Maximum number of means, drawn at random; None keeps all.
    random_state : int, RandomState instance or None, default=None
        Random seed of the draw.
    n_jobs : int or None, default=None
        Number of threads for prediction.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    kernel_ : SingleKernel or MultiKernel
        Fitted kernel.
    components_ : ndarray of shape (n_means, n_features), float32 or float64
        Means.
    members_ : ndarray of shape (n_means, 2), int
        Indices of the training samples in each mean: a sample and its neighbor.
    dual_coef_ : ndarray of shape (n_means, n_outputs), float32 or float64
        Coefficients of the kernel values with the means; one output per class, or one for two
        classes.
    intercept_ : ndarray of shape (n_outputs,), float64
        Intercepts b.
    logit_scale_ : float
        Factor from outputs to logits, initially 3. Multiply it by an inverse temperature fitted on
        other samples to calibrate the probabilities.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of str
        Names of the features seen in fit; only defined if X was a DataFrame.

    See Also
    --------
    KernelRidgeClassifier : Kernel ridge classifier that stores its training samples.

    Notes
    -----
    `predict_proba` is the softmax of the decision function, which includes `logit_scale_`; it is
    not calibrated. A sample with ten or more duplicates is averaged with a duplicate. Fitting
    takes the time of two Cholesky factorizations, and the memory of one, of the kernel matrix of
    the training samples.

    References
    ----------
    .. [1] B. Schoelkopf, S. Mika, C. J. C. Burges, P. Knirsch, K.-R. Mueller, G. Raetsch,
       A. J. Smola. Input space versus feature space in kernel-based methods. IEEE Transactions on
       Neural Networks 10(5), 1000-1017, 1999. :doi:`10.1109/72.788641`

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.kernels import KernelRidgeClassifier, ReducedSetClassifier
    >>> faces = make_faces(140, random_state=0)
    >>> X = faces.images.reshape(140, -1) / 255
    >>> reduced = ReducedSetClassifier(KernelRidgeClassifier(alpha=0.1)).fit(X, faces.labels)
    >>> reduced.predict_proba(X).shape
    (140, 7)
    """

    _vectors = "components_"

    _parameter_constraints = {
        "estimator": [BaseKernelRidge],
        "share": [Interval(Real, 0.5, 1, closed="left")],
        "rounding": [Interval(Real, 0, None, closed="neither"), None],
        "n_components": [Interval(Integral, 1, None, closed="left"), None],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        estimator,
        *,
        share=0.667,
        rounding=None,
        n_components=None,
        random_state=None,
        n_jobs=None,
    ):
        self.estimator = estimator
        self.share = share
        self.rounding = rounding
        self.n_components = n_components
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X, y):
        """Fit the kernel ridge classifier, then its approximation.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Training samples; float32 is not converted.
        y : array-like of shape (n_samples,)
            Labels.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If y has a single class, or the kernel of the estimator is not a measure of proximity.
        """
        self._validate_params()
        kernel = self.estimator.kernel
        if isinstance(kernel, str) and kernel != "rbf":
            raise ValueError(
                f"kernel of the estimator must be 'rbf' or a MultiKernel; got {kernel!r}."
            )
        X, y = validate_data(self, X, y, dtype=["float64", "float32"], order="C")
        ridge = clone(self.estimator).fit(X, y)
        self.classes_, self.intercept_ = ridge.classes_, ridge.intercept_
        self.kernel_, X = ridge.kernel_, ridge.X_fit_
        indices = np.arange(len(X))
        if self.n_components is not None and self.n_components < len(X):
            random = check_random_state(self.random_state)
            indices = np.sort(random.choice(indices, self.n_components, replace=False))
        neighbors, means = pair_means(self.kernel_, X, indices, self.share)
        self.members_ = np.column_stack([indices, neighbors])
        # Contiguous features halve the time of the prediction of a single sample.
        self.components_ = np.asfortranarray(rounded(means, self.rounding))
        self._norms = self.kernel_.norms(self.components_)
        coef = ridge.dual_coef_.astype(X.dtype)
        self.dual_coef_ = project(self.kernel_, X, coef, self.components_, self._norms)
        self.logit_scale_ = _LOGIT_SCALE
        return self

    def _outputs(self, X):
        outputs = super()._outputs(X)
        return self.logit_scale_ * outputs

    def predict_proba(self, X):
        """Predict the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), float64
            Columns in the order of `classes_`; each row sums to 1.
        """
        logits = self.decision_function(X)
        if logits.ndim == 1:
            logits = np.column_stack([np.zeros_like(logits), logits])
        return softmax(logits, copy=False)
