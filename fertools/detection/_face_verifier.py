"""Verification that a box shows a face."""

from numbers import Integral, Real
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.utils._param_validation import Interval
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, check_is_fitted, column_or_1d

from .._utils.images import resize, to_uint8
from .._utils.parallel import one_blas_thread
from .._utils.pixels import gray_levels
from .._utils.validation import validate_images
from ._box_features import SIDE, box_views, crop_boxes, describe_crops

# Factor of the centered features, which are in 0..1, in the training of the network.
_SCALE = np.float32(5)
WEIGHTS = ("mean", "hidden", "hidden_bias", "output", "output_bias", "calibration")
# Boxes below these log odds are rejected without further views.
HOPELESS = -2.0


class FaceVerifier(ClassifierMixin, BaseEstimator):
    r"""Binary classifier of image crops: face or not.

    The second stage of :class:`ViolaJonesDetector`: a cascade proposes boxes, and the verifier
    rejects those that show no face. Histograms of oriented gradients [1]_ at two scales are
    classified by a neural network with one small hidden layer.

    Parameters
    ----------
    n_hidden : int, default=16
        Number of hidden units.
    alpha : float, default=0.01
        Strength of the L2 penalty.
    max_iter : int, default=8
        Number of epochs.
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples; None treats a sample as one row of pixels.
    random_state : int, RandomState instance or None, default=None
        Seed of the initial weights and of the order of the samples.

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
        Class labels; the second one is the face.
    weights_ : dict of str to ndarray
        Weights of the network and coefficients of the calibration.
    n_iter_ : int
        Number of epochs.
    image_shape_ : tuple of two int
        Height and width of the images seen in fit.
    n_features_in_ : int
        Number of pixels, height times width.
    feature_names_in_ : ndarray of str
        Names of the pixels seen in fit; only defined if X was a DataFrame.

    See Also
    --------
    load_face_verifier : The verifier that is shipped with fertools.

    Notes
    -----
    With the log odds z of the network, the probability of a face is
    :math:`1 / (1 + \exp(-a z - b))` [2]_, where a = 1 and b = 0 until `calibrate` fits them to
    other samples.

    References
    ----------
    .. [1] N. Dalal, B. Triggs (2005). Histograms of oriented gradients for human detection. CVPR,
       886-893. :doi:`10.1109/CVPR.2005.177`
    .. [2] J. Platt (1999). Probabilistic outputs for support vector machines and comparisons to
       regularized likelihood methods. Advances in Large Margin Classifiers, 61-74.

    Examples
    --------
    >>> import numpy as np
    >>> from skimage.data import lfw_subset
    >>> from fertools.detection import FaceVerifier
    >>> X, y = lfw_subset(), np.repeat([1, 0], 100)
    >>> verifier = FaceVerifier(random_state=0).fit(X[::2], y[::2])
    >>> float(verifier.score(X[1::2], y[1::2])) > 0.9
    True
    """

    _parameter_constraints = {
        "n_hidden": [Interval(Integral, 1, 10_000, closed="both")],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, 10_000, closed="both")],
        "image_shape": ["array-like", None],
        "random_state": ["random_state"],
    }

    def __init__(self, n_hidden=16, *, alpha=0.01, max_iter=8, image_shape=None, random_state=None):
        self.n_hidden = n_hidden
        self.alpha = alpha
        self.max_iter = max_iter
        self.image_shape = image_shape
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Crops; they are resized to 48 x 48 pixels.
        y : array-like of shape (n_samples,)
            Labels of two classes; the larger one is the face.

        Returns
        -------
        self : object
        """
        self._validate_params()
        if y is None:
            raise ValueError(
                "This FaceVerifier estimator requires y to be passed, but the target y is None."
            )
        features = self._features(X, reset=True)
        y = column_or_1d(check_array(y, ensure_2d=False, dtype=None, input_name="y"), warn=True)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) != 2:
            raise ValueError(
                "Only binary classification is supported: y must have 2 classes; got "
                f"{len(self.classes_)} class(es)."
            )
        if len(codes) != len(features):
            raise ValueError(f"X and y must have equal lengths; got {len(features)}, {len(codes)}.")
        mean = features.mean(axis=0)
        network = MLPClassifier(
            (self.n_hidden,),
            alpha=self.alpha,
            batch_size=min(128, len(features)),
            random_state=self.random_state,
        )
        features -= mean
        features *= _SCALE
        for _ in range(self.max_iter):  # one epoch each
            network.partial_fit(features, codes, classes=[0, 1])
        self.n_iter_ = self.max_iter
        hidden, output = network.coefs_
        hidden_bias, output_bias = network.intercepts_
        values = (mean, _SCALE * hidden, hidden_bias, output[:, 0], output_bias, (1.0, 0.0))
        self.weights_ = {
            name: np.asarray(value, np.float32) for name, value in zip(WEIGHTS, values, strict=True)
        }
        return self

    def calibrate(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Fit the calibration of the probabilities to samples that were not used in fit.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Crops.
        y : array-like of shape (n_samples,)
            Labels.

        Returns
        -------
        self : object
        """
        check_is_fitted(self)
        log_odds = self._log_odds(self._features(X, reset=False))
        return self._calibrate(log_odds, np.asarray(y) == self.classes_[1])

    def _calibrate(self, log_odds, is_face):
        # C=np.inf warns in scikit-learn 1.8.
        fitted = LogisticRegression(C=1e12).fit(log_odds[:, None], is_face)
        values = (fitted.coef_[0, 0], fitted.intercept_[0])
        self.weights_ = {**self.weights_, "calibration": np.array(values, np.float32)}
        return self

    def decision_function(self, X: ArrayLike) -> NDArray:
        """Compute the calibrated log odds of a face.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Crops of the size seen in fit.

        Returns
        -------
        ndarray of shape (n_samples,), float64
        """
        check_is_fitted(self)
        slope, offset = self.weights_["calibration"].astype(float)
        # In single precision, the result of a sample depends slightly on the others.
        features = self._features(X, reset=False).astype(float)
        return slope * self._log_odds(features) + offset

    def predict_proba(self, X: ArrayLike) -> NDArray:
        """Compute the probabilities of both classes.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Crops of the size seen in fit.

        Returns
        -------
        ndarray of shape (n_samples, 2), float64
        """
        face = expit(self.decision_function(X))
        return np.column_stack([1 - face, face])

    def predict(self, X: ArrayLike) -> NDArray:
        """Predict the more probable class.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Crops of the size seen in fit.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        is_face = self.decision_function(X) > 0
        return self.classes_[is_face.astype(int)]

    def verify(self, image: ArrayLike, boxes: ArrayLike) -> NDArray:
        """Compute the probability that each box of an image shows a face.

        Parameters
        ----------
        image : ndarray of shape (h, w), (h, w, 3) or (h, w, 4)
            Gray, RGB or RGBA pixels, uint8 or floats in 0..1.
        boxes : array-like of shape (n, 4)
            Boxes as (x, y, width, height) in pixels, as a cascade returns them. The verifier must
            be trained on crops with a margin of a quarter of the box, as the shipped one is. The
            log odds of boxes that may show a face are averaged over seven shifted and zoomed views.

        Returns
        -------
        ndarray of shape (n,), float64
        """
        check_is_fitted(self)
        boxes = np.asarray(boxes, dtype=float).reshape(-1, 4)
        if len(boxes) == 0:
            return np.empty(0)
        return self._verify(to_uint8(image, "image"), boxes)

    def _verify(self, gray, boxes):
        slope, offset = self.weights_["calibration"].astype(float)
        return expit(slope * self._mean_log_odds(gray, boxes) + offset)

    def _mean_log_odds(self, gray, boxes):
        """Return the log odds of boxes, averaged over views of those that may show a face."""
        # Idle BLAS threads would keep spinning and slow down the next detection.
        with one_blas_thread():
            log_odds = self._log_odds(describe_crops(crop_boxes(gray, boxes)))
            likely = log_odds > HOPELESS
            if likely.any():
                views = box_views(boxes[likely])
                each = self._log_odds(describe_crops(crop_boxes(gray, views.reshape(-1, 4))))
                log_odds[likely] = each.reshape(views.shape[:2]).mean(axis=1)
        return log_odds

    def _features(self, X, *, reset):
        crops = gray_levels(validate_images(self, X, reset=reset))
        return describe_crops(resize(crop, (SIDE, SIDE)) for crop in crops)

    def _log_odds(self, features):
        weights = self.weights_
        hidden = (features - weights["mean"]) @ weights["hidden"] + weights["hidden_bias"]
        return (hidden.clip(0) @ weights["output"] + weights["output_bias"]).astype(float)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.classifier_tags.multi_class = False
        # Pixels of the checks are no images.
        tags.classifier_tags.poor_score = True
        return tags
