"""Features and probabilities of face crops, computed in one pass."""

import numpy as np
from imblearn.base import is_sampler
from sklearn.pipeline import Pipeline

from ..pipeline import KernelImageClassifier
from ..pipeline._fitted_steps import flat_steps, unwrapped
from ..pipeline._view_averaging import mean_probabilities


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
    # Samplers, such as those of mirror images, only act in `fit`.
    *transformers, classifier = (step for step in flat_steps(pipeline) if not is_sampler(step))
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
    inner = unwrapped(pipeline, keep_calibration=True)
    is_plain = (inner[-1] if isinstance(inner, Pipeline) else inner) is classifier
    if recognizer.mirror or recognizer.shifts or not is_plain:
        probabilities = mean_probabilities(pipeline, crops, recognizer.mirror, recognizer.shifts)
    elif isinstance(classifier, KernelImageClassifier):
        # Scaling is in place.
        arranged = classifier._arranged(features.copy())
        probabilities = classifier.estimator_.predict_proba(arranged)
    else:
        probabilities = classifier.predict_proba(features)
    return (features.astype(np.float32, copy=False) if is_flat else None), probabilities
