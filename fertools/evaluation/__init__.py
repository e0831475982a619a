"""Cross-validation splitters, scores, statistical tests and comparisons of methods."""

from .._utils.public_modules import set_public_module
from ._calibration_error import expected_calibration_error, risk_coverage_curve
from ._compare import compare
from ._comparison_result import Comparison, MethodResult
from ._group_scores import score_groups
from ._leakage import leakage
from ._progress import ComparisonProgress
from ._published import evaluate_published, published_split, score_published
from ._scores import score_classification
from ._splitters import DuplicateAwareHoldout, DuplicateAwareKFold, LeaveOnePersonOut
from ._statistics import bootstrap_interval, mcnemar

__all__ = [
    "Comparison",
    "ComparisonProgress",
    "DuplicateAwareHoldout",
    "DuplicateAwareKFold",
    "LeaveOnePersonOut",
    "MethodResult",
    "bootstrap_interval",
    "compare",
    "evaluate_published",
    "expected_calibration_error",
    "leakage",
    "mcnemar",
    "published_split",
    "risk_coverage_curve",
    "score_classification",
    "score_groups",
    "score_published",
]

set_public_module(globals(), __all__)
