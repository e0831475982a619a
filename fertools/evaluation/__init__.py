"""Protocols and scores: what is trained on, what is tested on, and how well it went."""

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
    "five_class_split",
    "leakage",
    "published_split",
    "score_classification",
    "score_published",
]
