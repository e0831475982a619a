"""Neural baselines with Keras 3, installed by the extra ``neural``."""

from .._utils.public_modules import set_public_module
from . import networks
from ._embedding import KerasEmbedding
from ._feature_classifier import KerasFeatureClassifier
from ._image_classifier import KerasImageClassifier

__all__ = ["KerasEmbedding", "KerasFeatureClassifier", "KerasImageClassifier", "networks"]

set_public_module(globals(), __all__)
