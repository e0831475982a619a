"""Sets of labels that hold the right one with a stated probability."""

from math import ceil, inf
from numbers import Real

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin
from sklearn.utils import column_or_1d, get_tags
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import check_consistent_length, check_is_fitted


def threshold_scores(probabilities):
    """Return for each label one minus its probability, of shape (n_samples, n_classes)."""
    return 1 - probabilities


def adaptive_scores(probabilities):
    """Return for each label the probability of all likelier ones, (n_samples, n_classes).

    Labels of one probability come in the order of their columns.
    """
    order = np.argsort(-probabilities, axis=1, kind="stable")
    ranked = np.take_along_axis(probabilities, order, axis=1)
    scores = np.empty_like(ranked)
    np.put_along_axis(scores, order, ranked.cumsum(axis=1) - ranked, axis=1)
    return scores


_SCORES = {"threshold": threshold_scores, "adaptive": adaptive_scores}


def conformal_quantile(scores, coverage):
    r"""Return the score that a new one does not exceed with at least this probability.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        Exchangeable with the new one.
    coverage : float
        In 0..1, both excluded.

    Returns
    -------
    float
        The k-th smallest of `scores`, :math:`k = \lceil (n + 1) \, coverage \rceil`; infinite
        where k exceeds n, as n scores are too few then to exclude anything.
    """
    rank = ceil((len(scores) + 1) * coverage)
    return np.partition(scores, rank - 1)[rank - 1] if rank <= len(scores) else inf


class ConformalClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    r"""Predict sets of labels that hold the right one with a stated probability.

    Split conformal prediction [1]_: a score s says how badly a label goes with a row, given the
    probabilities of a classifier that is trained already. The k-th smallest score of the true
    labels of n calibration rows, :math:`k = \lceil (n + 1) \, coverage \rceil`, is the threshold
    q. The set of a row x is

    .. math:: C(x) = \{ y : s(x, y) \le q \}, \qquad P(Y \in C(X)) \ge coverage

    whatever the classifier, where calibration rows and new rows are exchangeable and the
    classifier has not seen the calibration rows. This is a probability over all draws of
    calibration rows and a new row. Where no scores tie, it is at most
    :math:`coverage + 1 / (n + 1)`, and the share of right sets that one draw of calibration rows
    leads to follows a beta distribution with the parameters k and n + 1 - k [2]_: with 1,000 rows
    and a coverage of 0.9 its standard deviation is 0.01.

    The size of a set tells how sure the classifier is, and rows whose set is not of one label can
    be rejected. The coverage is that of all sets together: among the sets of one label the share
    that is right is another, which test rows tell.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier with `predict_proba`. It is used as it is, and not fitted again. As
        `sklearn.base.clone` forgets what an estimator has learned, give it as
        `FrozenEstimator(estimator)` where this one is cloned, as in a cross-validation.
    coverage : float, default=0.9
        Probability that a set holds the right label, in 0..1, both excluded.
    method : {"threshold", "adaptive"}, default="threshold"
        The score :math:`s(x, y)`. With p the probabilities of the classifier,

        - "threshold" : :math:`1 - p_y`, which gives the smallest sets on average where the
          probabilities are right [3]_. A set is empty where no label is likely enough.
        - "adaptive" : :math:`\sum_{j : p_j > p_y} p_j`, the probability of all likelier labels,
          which follows the difficulty of a row: sets are larger where it is hard [4]_, and none is
          empty. This is the score of [4]_ without randomization, thus conservative: all rows
          whose likeliest label is right have a score of 0, and where these alone are more than
          `coverage`, so is the share of sets that hold the right label.
    by_class : bool, default=False
        Learn a threshold for each class, from its calibration rows alone, so that the coverage
        holds among the rows of each class, the rare ones too [2]_. Otherwise it holds over all
        rows together.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, as the classifier has them.
    thresholds_ : ndarray of shape (n_classes,), float64
        The threshold q of each class; one value for all unless `by_class`. Infinite where there
        are fewer than coverage / (1 - coverage) calibration rows: that label is in every set.
    n_features_in_ : int
        Only where the classifier has it.
    feature_names_in_ : ndarray of str
        Only where the classifier has it.

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

    def fit(self, X, y):
        """Learn the thresholds on rows that the classifier has not seen.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Calibration rows, as the classifier takes them.
        y : array-like of shape (n_samples,)
            Their labels.

        Returns
        -------
        self : object

        Raises
        ------
        NotFittedError
            Where the classifier is not fitted.
        ValueError
            Where `y` holds a label that the classifier does not know.
        """
        self._validate_params()
        check_is_fitted(self.estimator)
        scores = self._scores(self.estimator.predict_proba(X))
        classes = np.asarray(self.estimator.classes_)
        y = column_or_1d(y)
        check_consistent_length(scores, y)
        truth = y[:, None] == classes
        known = truth.any(axis=1)
        if not known.all():
            raise ValueError(
                f"y must hold labels that the classifier knows, {classes.tolist()}; "
                f"got {np.unique(y[~known]).tolist()} too."
            )
        of_truth = scores[truth]
        if self.by_class:
            thresholds = [conformal_quantile(of_truth[own], self.coverage) for own in truth.T]
            self.thresholds_ = np.array(thresholds)
        else:
            self.thresholds_ = np.full(len(classes), conformal_quantile(of_truth, self.coverage))
        self.classes_ = classes
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.estimator, name):
                setattr(self, name, getattr(self.estimator, name))
        return self

    def _scores(self, probabilities):
        # In single precision, sums of probabilities near 1 would tie.
        return _SCORES[self.method](np.asarray(probabilities, dtype=np.float64))

    def predict_set(self, X):
        """Predict the sets.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Rows, as the classifier takes them.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), bool
            Whether the set of a row holds each of `classes_`.
        """
        return self.sets(self.predict_proba(X))

    def sets(self, probabilities):
        """Return the sets of rows whose probabilities are known already.

        Parameters
        ----------
        probabilities : array-like of shape (n_samples, n_classes)
            As `predict_proba` returns them.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), bool
            As `predict_set` returns them.
        """
        check_is_fitted(self)
        return self._scores(probabilities) <= self.thresholds_

    def predict(self, X):
        """Predict the label of each row, as the classifier does.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Rows, as the classifier takes them.

        Returns
        -------
        ndarray of shape (n_samples,)
            Values of `classes_`.
        """
        check_is_fitted(self)
        return self.estimator.predict(X)

    def predict_proba(self, X):
        """Predict the probabilities, as the classifier does.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Rows, as the classifier takes them.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Rows that sum to 1.
        """
        check_is_fitted(self)
        return self.estimator.predict_proba(X)

    def __sklearn_tags__(self):
        return get_tags(self.estimator)
