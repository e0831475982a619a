"""Protocols and scores: what is trained on, what is tested on, and how well it went."""

from ._protocols import deduplicate, evaluate_published, published_split, score_published
from ._scores import score_classification

__all__ = [
    "deduplicate",
    "evaluate_published",
    "published_split",
    "score_classification",
    "score_published",
]
