"""Split conformal prediction."""

from math import ceil, inf
from numbers import Real
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin
from sklearn.utils import column_or_1d, get_tags
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import check_consistent_length, check_is_fitted


def threshold_scores(probabilities):
    """Return one minus the probability of each label, of shape (n_samples, n_classes)."""
    return 1 - probabilities


def adaptive_scores(probabilities):
    """Return the total probability of all labels that are more likely than each label.

    Labels with equal probabilities are ordered by column. The result is of shape
    (n_samples, n_classes).
    """
    order = np.argsort(-probabilities, axis=1, kind="stable")
    ranked = np.take_along_axis(probabilities, order, axis=1)
    scores = np.empty_like(ranked)
    np.put_along_axis(scores, order, ranked.cumsum(axis=1) - ranked, axis=1)
    return scores


_SCORES = {"threshold": threshold_scores, "adaptive": adaptive_scores}


def conformal_quantile(scores, coverage):
    r"""Compute the quantile of calibration scores that gives the required coverage.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        Scores of the calibration samples.
    coverage : float
        Probability that the score of a new exchangeable sample does not exceed the quantile, in the
        open interval (0, 1).

    Returns
    -------
    float
        k-th smallest score, with :math:`k = \lceil (n + 1) \, coverage \rceil`; infinite if k
        exceeds n, as n scores are then too few to exclude a label.
    """
    rank = ceil((len(scores) + 1) * coverage)
    return np.partition(scores, rank - 1)[rank - 1] if rank <= len(scores) else inf


class ConformalClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    r"""Classifier that predicts label sets with guaranteed coverage.

    In split conformal prediction [1]_, a score s(x, y) measures how poorly a label y conforms to a
    sample x, given the probabilities of a fitted classifier. The threshold q is the k-th smallest
    score of the true labels of n calibration samples, with
    :math:`k = \lceil (n + 1) \, coverage \rceil`. The prediction set of a sample x is

    .. math:: C(x) = \{ y : s(x, y) \le q \}, \qquad P(Y \in C(X)) \ge coverage

    This guarantee holds for any classifier, provided that calibration samples and new samples are
    exchangeable and the classifier was not trained on the calibration samples. The probability is
    over the calibration samples as well as the new sample. If no scores are tied, it is at most
    :math:`coverage + 1 / (n + 1)`, and the coverage given the calibration samples follows a beta
    distribution with parameters k and n + 1 - k [2]_: with 1,000 samples and a coverage of 0.9, its
    standard deviation is 0.01.

    The size of a set measures the uncertainty of the classifier; samples whose sets do not have
    exactly one label can be rejected. The coverage is marginal over all sets: the accuracy among
    sets with one label may differ and must be estimated on test samples.

    Parameters
    ----------
    estimator : estimator
        Fitted classifier with `predict_proba`; it is not fitted again. As `sklearn.base.clone`
        returns an unfitted classifier, wrap it in `sklearn.frozen.FrozenEstimator` if this
        estimator is cloned, for example in cross-validation.
    coverage : float, default=0.9
        Probability that a set contains the true label, in the open interval (0, 1).
    method : {"threshold", "adaptive"}, default="threshold"
        Score :math:`s(x, y)`, given the probabilities p of the classifier:

        - "threshold" : :math:`1 - p_y`, which gives the smallest sets on average if the
          probabilities are correct [3]_. Sets are empty if no label is likely enough.
        - "adaptive" : :math:`\sum_{j : p_j > p_y} p_j`, the total probability of all more likely
          labels. Sets adapt to the difficulty of a sample and are larger for difficult ones
          [4]_; none is empty. This is the score of [4]_ without randomization, and therefore
          conservative: samples whose most likely label is correct have a score of 0, and if their
          proportion exceeds `coverage`, so does the proportion of sets with the true label.
    by_class : bool, default=False
        Whether to use a separate threshold for each class, computed from its calibration samples,
        so that the coverage holds within each class, including rare ones [2]_. Otherwise, it holds
        for all samples together.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels of the classifier.
    thresholds_ : ndarray of shape (n_classes,), float64
        Threshold q of each class; all are equal unless `by_class` is True. The threshold is
        infinite, and the label is in every set, if there are fewer than
        coverage / (1 - coverage) calibration samples.
    n_features_in_ : int
        Number of features; only available if the classifier has this attribute.
    feature_names_in_ : ndarray of str
        Names of the features; only available if the classifier has this attribute.

    References
    ----------
    .. [1] V. Vovk, A. Gammerman, G. Shafer (2005). Algorithmic learning in a random world.
       Springer. :doi:`10.1007/b106715`
    .. [2] V. Vovk (2012). Conditional validity of inductive conformal predictors. ACML, PMLR 25,
       475-490. arXiv:1209.2673
    .. [3] M. Sadinle, J. Lei, L. Wasserman (2019). Least ambiguous set-valued classifiers with
       bounded error levels. Journal of the American Statistical Association 114, 223-234.
       :doi:`10.1080/01621459.2017.1395341`
    .. [4] Y. Romano, M. Sesia, E. J. Candes (2020). Classification with valid and adaptive
       coverage. NeurIPS 33, 3581-3591. arXiv:2006.02544

    Examples
    --------
    >>> from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    >>> from sklearn.pipeline import make_pipeline
    >>> from fertools.calibration import ConformalClassifier
    >>> from fertools.datasets import make_faces
    >>> from fertools.features import DiscreteCosine
    >>> faces = make_faces(420, random_state=0)
    >>> model = make_pipeline(DiscreteCosine(60), LinearDiscriminantAnalysis())
    >>> model = model.fit(faces.images[:210], faces.labels[:210])
    >>> conformal = ConformalClassifier(model, coverage=0.8)
    >>> conformal = conformal.fit(faces.images[210:], faces.labels[210:])
    >>> face = make_faces(1, classes=["fear"], random_state=4).images
    >>> conformal.classes_[conformal.predict_set(face)[0]].tolist()
    ['fear', 'neutral']
    """

    _parameter_constraints = {
        "estimator": [HasMethods(["predict", "predict_proba"])],
        "coverage": [Interval(Real, 0, 1, closed="neither")],
        "method": [StrOptions(set(_SCORES))],
        "by_class": ["boolean"],
    }

    def __init__(self, estimator, *, coverage=0.9, method="threshold", by_class=False):
        self.estimator = estimator
        self.coverage = coverage
        self.method = method
        self.by_class = by_class

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Compute the thresholds from calibration samples.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Calibration samples, on which the classifier was not trained.
        y : array-like of shape (n_samples,)
            Class labels.

        Returns
        -------
        self : object

        Raises
        ------
        NotFittedError
            If the classifier is not fitted.
        ValueError
            If `y` contains a label that is not in the classes of the classifier.
        """
        self._validate_params()
        check_is_fitted(self.estimator)
        scores = self._scores(self.estimator.predict_proba(X))
        classes = np.asarray(self.estimator.classes_)
        labels = column_or_1d(y)
        check_consistent_length(scores, labels)
        truth = np.asarray(labels[:, None] == classes)
        known = truth.any(axis=1)
        if not known.all():
            raise ValueError(
                f"y must only contain classes of the classifier, {classes.tolist()}; "
                f"got {np.unique(labels[~known]).tolist()}."
            )
        true_scores = scores[truth]
        if self.by_class:
            thresholds = [conformal_quantile(true_scores[own], self.coverage) for own in truth.T]
            self.thresholds_ = np.array(thresholds)
        else:
            threshold = conformal_quantile(true_scores, self.coverage)
            self.thresholds_ = np.full(len(classes), threshold)
        self.classes_ = classes
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.estimator, name):
                setattr(self, name, getattr(self.estimator, name))
        return self

    def _scores(self, probabilities):
        # In single precision, sums of probabilities near 1 would be tied.
        return _SCORES[self.method](np.asarray(probabilities, dtype=np.float64))

    def predict_set(self, X: ArrayLike) -> NDArray:
        """Predict the label sets.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Samples, as accepted by the classifier.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), bool
            True for the labels of `classes_` that are in the set of each sample.
        """
        return self.sets(self.predict_proba(X))

    def sets(self, probabilities: ArrayLike) -> NDArray:
        """Compute the label sets from predicted probabilities.

        Parameters
        ----------
        probabilities : array-like of shape (n_samples, n_classes)
            Probabilities, as returned by `predict_proba`.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), bool
            True for the labels of `classes_` that are in the set of each sample.
        """
        check_is_fitted(self)
        return self._scores(probabilities) <= self.thresholds_

    def predict(self, X: ArrayLike) -> NDArray:
        """Predict class labels with the classifier.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Samples, as accepted by the classifier.

        Returns
        -------
        ndarray of shape (n_samples,)
            Class labels.
        """
        check_is_fitted(self)
        return self.estimator.predict(X)

    def predict_proba(self, X: ArrayLike) -> NDArray:
        """Predict class probabilities with the classifier.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Samples, as accepted by the classifier.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Probabilities, in the order of `classes_`.
        """
        check_is_fitted(self)
        return self.estimator.predict_proba(X)

    def __sklearn_tags__(self):
        return get_tags(self.estimator)
