"""Kernel ridge classifier trained on means of pairs of samples."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import MetaEstimatorMixin, clone
from sklearn.utils._param_validation import Interval
from sklearn.utils.extmath import softmax
from sklearn.utils.validation import validate_data

from .._utils.quantization import quantize
from ._kernel_classifier import KernelClassifier
from ._kernel_ridge import BaseKernelRidge
from ._pair_means import pair_means
from ._single_kernel import make_kernel

# Factor from decision values to logits, chosen on FER-2013.
_LOGIT_SCALE = 3.0


class PairMeansClassifier(MetaEstimatorMixin, KernelClassifier):
    r"""Kernel ridge classifier that stores means of two samples instead of training samples.

    Each training sample x is replaced by the mean of itself and its nearest neighbor x', with the
    label of x, and the kernel ridge classifier is trained on these means:

    .. math:: c = s \, x + (1 - s) \, x'

    Training on weighted means of samples is also known as mixup [1]_, where the second sample and
    the weight are drawn at random. Here, the aim is a model that contains no training sample. With
    `rounding`, the means are stored as small integers.

    Parameters
    ----------
    estimator : KernelRidgeClassifier or KernelRidgeClassifierCV
        Classifier; a clone of it is fitted. Its kernel must be "rbf" or a `MultiKernel`, as the
        nearest neighbor of a sample is the one with the largest kernel value.
    share : float, default=0.8
        Weight s of a sample in its mean, from 0.5 to below 1; the neighbor has the rest. With a
        larger value, means are closer to single samples.
    rounding : float or None, default=None
        Resolution of the means, as a share of the root mean square of their values; the classifier
        is fitted to the rounded means. With 0.5, memory is a quarter, and a model file a tenth.
        None does not round.
    n_jobs : int or None, default=None
        Number of threads for prediction.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    kernel_ : SingleKernel or MultiKernel
        Fitted kernel.
    components_ : array-like of shape (n_samples, n_features), float32 or float64
        Means. With `rounding`, they are stored as integers; `numpy.asarray` returns the values.
    neighbors_ : ndarray of shape (n_samples,), int32
        Index of the neighbor in the mean of each training sample.
    dual_coef_ : ndarray of shape (n_samples, n_outputs), float32 or float64
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
    not calibrated. A sample with ten or more duplicates is averaged with a duplicate. The
    leave-one-out scores of `KernelRidgeClassifierCV` are too high here, because each sample is also
    a part of the means of its neighbors.

    References
    ----------
    .. [1] H. Zhang, M. Cisse, Y. N. Dauphin, D. Lopez-Paz (2018). mixup: Beyond empirical risk
       minimization. ICLR. https://openreview.net/forum?id=r1Ddp1-Rb

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.kernels import KernelRidgeClassifier, PairMeansClassifier
    >>> faces = make_faces(140, random_state=0)
    >>> X = faces.images.reshape(140, -1) / 255
    >>> classifier = PairMeansClassifier(KernelRidgeClassifier(alpha=0.1)).fit(X, faces.labels)
    >>> classifier.predict_proba(X).shape
    (140, 7)
    """

    _vectors = "components_"

    _parameter_constraints = {
        "estimator": [BaseKernelRidge],
        "share": [Interval(Real, 0.5, 1, closed="left")],
        "rounding": [Interval(Real, 0, None, closed="neither"), None],
        "n_jobs": [Integral, None],
    }

    def __init__(self, estimator, *, share=0.8, rounding=None, n_jobs=None):
        self.estimator = estimator
        self.share = share
        self.rounding = rounding
        self.n_jobs = n_jobs

    def fit(self, X, y):
        """Compute the means, and fit the kernel ridge classifier to them.

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
        estimator = clone(self.estimator)
        if isinstance(estimator.kernel, str) and estimator.kernel != "rbf":
            raise ValueError(
                f"kernel of the estimator must be 'rbf' or a MultiKernel; got {estimator.kernel!r}."
            )
        X, y = validate_data(self, X, y, dtype=["float64", "float32"], order="C")
        kernel = make_kernel(estimator.kernel, estimator.gamma).fit(X)
        X = kernel.convert(X)
        self.neighbors_, means = pair_means(kernel, X, self.share)
        self.components_ = quantize(means, self.rounding)
        if isinstance(estimator.kernel, str):
            # The variance of the means, which "scale" would use, can be close to 0.
            estimator.set_params(gamma=kernel.gamma_)
        ridge = estimator.fit(np.asarray(self.components_), y)
        self.classes_, self.kernel_, self._norms = ridge.classes_, ridge.kernel_, ridge._norms
        self.dual_coef_ = ridge.dual_coef_.astype(X.dtype)
        self.intercept_ = ridge.intercept_
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
