"""Data sets: FER-2013 as users have it on disk, and drawn faces."""

from ._bunch import EXPRESSIONS, USAGES
from ._faces import make_faces
from ._fer2013 import load_fer2013

__all__ = ["EXPRESSIONS", "USAGES", "load_fer2013", "make_faces"]
