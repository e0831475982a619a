"""Selection of a subset of the features."""

from .._utils.public_modules import set_public_module
from ._feature_subset_selector import FeatureSubsetSelector

__all__ = ["FeatureSubsetSelector"]

set_public_module(globals(), __all__)
