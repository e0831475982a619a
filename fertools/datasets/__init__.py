"""Data sets: loaders of what users have on disk, label maps, copies, an audit, and drawn faces."""

from ._any import load_dataset
from ._audit import Audit, audit
from ._bunch import EXPRESSIONS, USAGES, take_rows
from ._ckplus import load_ckplus
from ._copies import copy_groups
from ._faces import make_faces
from ._fer2013 import load_fer2013
from ._ferplus import load_ferplus
from ._folder import load_image_folder
from ._frame import load_frame
from ._jaffe import load_jaffe
from ._labels import LABEL_SETS, map_labels
from ._scenes import make_scenes

__all__ = [
    "EXPRESSIONS",
    "LABEL_SETS",
    "USAGES",
    "Audit",
    "audit",
    "copy_groups",
    "load_ckplus",
    "load_dataset",
    "load_fer2013",
    "load_ferplus",
    "load_frame",
    "load_image_folder",
    "load_jaffe",
    "make_faces",
    "make_scenes",
    "map_labels",
    "take_rows",
]
