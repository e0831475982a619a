"""Data sets: FER-2013 as users have it on disk, and drawn faces."""

from ._bunch import EXPRESSIONS, USAGES
from ._copies import copy_groups
from ._faces import make_faces
from ._fer2013 import load_fer2013

__all__ = ["EXPRESSIONS", "USAGES", "copy_groups", "load_fer2013", "make_faces"]
