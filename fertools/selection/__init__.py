"""Choosing a subset of the features."""

from ._report import group_report
from ._subset import FeatureSubsetSelector

__all__ = ["FeatureSubsetSelector", "group_report"]
