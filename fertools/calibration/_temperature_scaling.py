"""Cross-validated temperature scaling."""

from numbers import Integral

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.utils import check_array, indexable
from sklearn.utils._param_validation import HasMethods
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, column_or_1d

from ._folds import class_folds, warn_about_single_samples


def folds_with_all_classes(y, used):
    """Return pairs of training and test indices in which each training set has all classes.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        Labels.
    used : ndarray of shape (n_samples,), bool
        Mask of the samples with positive weight.

    Returns
    -------
    list of (ndarray, ndarray)
        Training and test indices. The test sets are a partition; the only sample of a class is in
        all training sets and in the first test set.
    """
    folds = np.zeros(len(y), dtype=np.intp)
    folds[used] = class_folds(y[used])
    single = folds < 0
    numbers = np.unique(folds[~single]) if not single.all() else [0]
    tests = [(folds == number) | (single & (number == numbers[0])) for number in numbers]
    return [(np.flatnonzero(~test | single), np.flatnonzero(test)) for test in tests]


class TemperatureScalingCV(CalibratedClassifierCV):
    r"""Calibrate the probabilities of a classifier by cross-validated temperature scaling.

    The logits z of the classifier become the probabilities :math:`softmax(z / T)`. The temperature
    T minimizes the log loss of out-of-fold predictions [1]_, and the classifier is then trained on
    all samples. This is ``CalibratedClassifierCV(estimator, method="temperature",
    ensemble=False)`` with different folds: five contiguous blocks per class, without shuffling, or
    as many as a class has samples. Each training set contains all classes, so that classes with
    fewer than five samples are allowed.

    Parameters
    ----------
    estimator : classifier or None, default=None
        Classifier with `decision_function` or `predict_proba`; None means `LinearSVC()`. The
        decision values should be logits: those of :class:`sklearn.svm.SVC` are mostly votes, for
        which a single temperature is a poor fit. Use ``GramSVC(probability=True)`` instead.
    n_jobs : int or None, default=None
        Number of folds that are processed in parallel.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    calibrated_classifiers_ : list of one object
        Classifier with its temperature.
    n_features_in_ : int
        Number of features; only available if the classifier has this attribute.
    feature_names_in_ : ndarray of str
        Names of the columns of X; only available if X is a DataFrame.

    See Also
    --------
    fertools.kernels.GramSVC : Support vector classifier with calibrated probabilities.

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger. On calibration of modern neural networks.
       ICML 2017, PMLR 70, 1321-1330. arXiv:1706.04599

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from fertools.calibration import TemperatureScalingCV
    >>> from fertools.datasets import make_faces
    >>> faces = make_faces(140, random_state=0)
    >>> X = faces.images.reshape(140, -1) / 255
    >>> model = TemperatureScalingCV(LogisticRegression(max_iter=1000)).fit(X, faces.labels)
    >>> model.predict_proba(X).shape
    (140, 7)
    """

    _parameter_constraints = {
        "estimator": [
            HasMethods(["fit", "predict_proba"]),
            HasMethods(["fit", "decision_function"]),
            None,
        ],
        "n_jobs": [Integral, None],
    }
    # The remaining parameters of the base class.
    method, cv, ensemble = "temperature", None, False

    def __init__(self, estimator=None, *, n_jobs=None):
        self.estimator = estimator
        self.n_jobs = n_jobs

    def fit(self, X, y, sample_weight=None, **fit_params):
        """Fit the classifier and its temperature.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Training samples, as the classifier accepts them.
        y : array-like of shape (n_samples,)
            Class labels.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Sample weights, also passed to the classifier if it accepts them.
        **fit_params : dict
            Further parameters of the classifier's `fit`.

        Returns
        -------
        self : object

        Warns
        -----
        UserWarning
            If a class has a single sample, which cannot be held out.
        """
        self._validate_params()
        X, y = indexable(X, y)
        if y is None:
            raise ValueError("requires y to be passed, but the target y is None")
        y = column_or_1d(check_array(y, ensure_2d=False, dtype=None, input_name="y"), warn=True)
        check_classification_targets(y)
        if sample_weight is None:
            used = np.ones(len(y), dtype=bool)
        else:
            sample_weight = _check_sample_weight(sample_weight, y)
            used = sample_weight > 0
        warn_about_single_samples(*np.unique(y[used], return_counts=True))
        inner = CalibratedClassifierCV(
            self._get_estimator(),
            method=self.method,
            cv=folds_with_all_classes(y, used),
            n_jobs=self.n_jobs,
            ensemble=self.ensemble,
        ).fit(X, y, sample_weight=sample_weight, **fit_params)
        # Fitted attributes only.
        vars(self).update({name: v for name, v in vars(inner).items() if name.endswith("_")})
        return self
