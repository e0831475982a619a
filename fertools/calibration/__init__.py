"""What a classifier can promise: sets of labels that hold the right one as often as asked."""

from ._conformal import ConformalClassifier

__all__ = ["ConformalClassifier"]
