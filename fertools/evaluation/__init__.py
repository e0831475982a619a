"""Protocols and scores: what is trained on, what is tested on, and how well it went."""

from .._utils.public_modules import set_public_module
from ._calibration_error import expected_calibration_error, risk_coverage_curve
from ._compare import compare
from ._comparison_result import Case, Comparison
from ._leakage import deduplicate, leakage
from ._protocols import PROTOCOLS
from ._published import evaluate_published, published_split, score_published
from ._scores import score_classification
from ._splitters import (
    DuplicateAwareHoldout,
    DuplicateAwareKFold,
    LeaveOnePersonOut,
    five_class_split,
)
from ._statistics import bootstrap_interval, holm, mcnemar

__all__ = [
    "PROTOCOLS",
    "Case",
    "Comparison",
    "DuplicateAwareHoldout",
    "DuplicateAwareKFold",
    "LeaveOnePersonOut",
    "bootstrap_interval",
    "compare",
    "deduplicate",
    "evaluate_published",
    "expected_calibration_error",
    "five_class_split",
    "holm",
    "leakage",
    "mcnemar",
    "published_split",
    "risk_coverage_curve",
    "score_classification",
    "score_published",
]

set_public_module(globals(), __all__)
