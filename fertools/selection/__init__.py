"""Choosing a subset of the features."""

from .._utils.public_modules import set_public_module
from ._feature_subset_selector import FeatureSubsetSelector
from ._selection_report import group_report

__all__ = ["FeatureSubsetSelector", "group_report"]

set_public_module(globals(), __all__)
