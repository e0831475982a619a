"""Calibration: temperature scaling, and prediction sets with a guaranteed coverage."""

from ._conformal import ConformalClassifier
from ._temperature import TemperatureScalingCV

__all__ = ["ConformalClassifier", "TemperatureScalingCV"]
