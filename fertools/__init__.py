"""Hand-crafted facial expression recognition as scikit-learn estimators.

Importing :mod:`fertools` is fast: subpackages and the names below are imported at first use.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_SUBMODULES = (
    "annotation",
    "app",
    "base",
    "batch",
    "calibration",
    "cli",
    "datasets",
    "detection",
    "evaluation",
    "exceptions",
    "features",
    "inspection",
    "kernels",
    "neural",
    "persistence",
    "pipeline",
    "plotting",
    "preprocessing",
    "recognizer",
    "reports",
    "selection",
    "video",
)
# Names that most users need, and the subpackages that define them.
_NAMES = {
    "ExpressionRecognizer": "recognizer",
    "FaceLocalizer": "detection",
    "FeatureSubsetSelector": "selection",
    "ViolaJonesDetector": "detection",
    "annotate": "annotation",
    "audit": "datasets",
    "compare": "evaluation",
    "load": "persistence",
    "load_dataset": "datasets",
    "load_fer2013": "datasets",
    "load_pretrained": "persistence",
    "make_faces": "datasets",
    "make_fer_pipeline": "pipeline",
    "save": "persistence",
}

__all__ = ["__version__", *_NAMES, *_SUBMODULES]


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return import_module(f"{__name__}.{name}")
    if name in _NAMES:
        return getattr(import_module(f"{__name__}.{_NAMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
