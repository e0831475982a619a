"""Features and probabilities of face crops, computed in one pass."""

import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from ..calibration import ConformalClassifier
from ..pipeline import KernelImageClassifier
from ..pipeline._fitted_steps import flat_steps
from ..pipeline._view_averaging import mean_probabilities


def _same_probabilities(pipeline):
    """Remove the wrappers that leave the probabilities unchanged."""
    while True:
        if hasattr(pipeline, "best_estimator_"):
            pipeline = pipeline.best_estimator_
        elif isinstance(pipeline, (FrozenEstimator, ConformalClassifier)):
            pipeline = pipeline.estimator
        else:
            return pipeline


def image_steps(pipeline):
    """Return the fitted transformers from crops to features, and the classifier of features.

    Parameters
    ----------
    pipeline : estimator
        Fitted pipeline of the recognizer.

    Returns
    -------
    transformers : list
        Empty if the classifier takes images, as a network does.
    classifier : estimator
        The last step, or the `KernelImageClassifier` that contains the last transformer.
    """
    *transformers, classifier = flat_steps(pipeline)
    if isinstance(classifier, KernelImageClassifier):
        transformers = [*transformers, classifier.transformer_]
    return transformers, classifier


def describe_crops(recognizer, crops):
    """Compute features and probabilities of face crops.

    Parameters
    ----------
    recognizer : ExpressionRecognizer
    crops : ndarray of shape (n, side, side), uint8

    Returns
    -------
    features : ndarray of shape (n, n_features), float32, or None
        None if the classifier takes images.
    probabilities : ndarray of shape (n, n_classes)
        Without the priors of the recognizer.
    """
    pipeline = recognizer.pipeline
    transformers, classifier = image_steps(pipeline)
    features = crops
    for transformer in transformers:
        features = transformer.transform(features)
    if hasattr(features, "toarray"):
        features = features.toarray()
    features = np.asarray(features)
    is_flat = features.ndim == 2
    inner = _same_probabilities(pipeline)
    is_plain = inner is classifier or (
        isinstance(inner, Pipeline)
        and flat_steps(inner)[-1] is classifier
        and not any(isinstance(step, Pipeline) for _, step in inner.steps)
    )
    if recognizer.mirror or recognizer.shifts or not is_plain:
        probabilities = mean_probabilities(pipeline, crops, recognizer.mirror, recognizer.shifts)
    elif isinstance(classifier, KernelImageClassifier):
        # Scaling is in place.
        arranged = classifier._arranged(features.copy())
        probabilities = classifier.estimator_.predict_proba(arranged)
    else:
        probabilities = classifier.predict_proba(features)
    return (features.astype(np.float32, copy=False) if is_flat else None), probabilities
