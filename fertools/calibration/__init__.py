"""Calibrated probabilities and conformal prediction sets."""

from .._utils.public_modules import set_public_module
from ._conformal_classifier import ConformalClassifier
from ._temperature_scaling import TemperatureScalingCV

__all__ = ["ConformalClassifier", "TemperatureScalingCV"]

set_public_module(globals(), __all__)
