"""Neural baselines on Keras 3; the extra ``neural`` brings it."""

from . import networks
from ._feature_classifier import KerasFeatureClassifier
from ._image_classifier import KerasImageClassifier

__all__ = ["KerasFeatureClassifier", "KerasImageClassifier", "networks"]
