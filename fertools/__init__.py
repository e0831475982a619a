"""Hand-crafted facial expression recognition as scikit-learn estimators.

Importing :mod:`fertools` is cheap: each subpackage is imported when it is first used.
"""

from importlib import import_module

__version__ = "0.1.0"

_SUBMODULES = (
    "annotation",
    "calibration",
    "cli",
    "datasets",
    "detection",
    "ensemble",
    "evaluation",
    "exceptions",
    "features",
    "inspection",
    "neural",
    "persistence",
    "pipeline",
    "plotting",
    "preprocessing",
    "recognizer",
    "selection",
    "svm",
)

__all__ = ["__version__", *_SUBMODULES]


def __getattr__(name):
    if name in _SUBMODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted(__all__)
