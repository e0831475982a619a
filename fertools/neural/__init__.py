"""Neural baselines on Keras 3; the extra ``neural`` brings it."""

from . import networks
from ._embedding import KerasEmbedding
from ._feature_classifier import KerasFeatureClassifier
from ._image_classifier import KerasImageClassifier

__all__ = ["KerasEmbedding", "KerasFeatureClassifier", "KerasImageClassifier", "networks"]
