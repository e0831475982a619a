"""Protocols and scores: what is trained on, what is tested on, and how well it went."""

from ._calibration_error import expected_calibration_error, risk_coverage_curve
from ._leaks import deduplicate, leakage
from ._published import evaluate_published, published_split, score_published
from ._scores import score_classification
from ._splitters import CopySafeHoldout, CopySafeKFold, LeaveOnePersonOut, five_class_split

__all__ = [
    "CopySafeHoldout",
    "CopySafeKFold",
    "LeaveOnePersonOut",
    "deduplicate",
    "evaluate_published",
    "expected_calibration_error",
    "five_class_split",
    "leakage",
    "published_split",
    "risk_coverage_curve",
    "score_classification",
    "score_published",
]
