"""Loaders of data sets on disk, label maps, duplicates, the audit, and drawn faces."""

from .._utils.public_modules import set_public_module
from ._audit import Audit, audit
from ._bunch import EXPRESSIONS, USAGES, take_samples
from ._ckplus import load_ckplus
from ._duplicates import duplicate_groups
from ._fer2013 import load_fer2013
from ._ferplus import load_ferplus
from ._frame import load_frame
from ._image_folder import load_image_folder
from ._jaffe import load_jaffe
from ._labels import LABEL_SETS, map_labels
from ._load_dataset import load_dataset
from ._make_faces import make_faces
from ._make_scenes import make_scenes

__all__ = [
    "EXPRESSIONS",
    "LABEL_SETS",
    "USAGES",
    "Audit",
    "audit",
    "duplicate_groups",
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
    "take_samples",
]

set_public_module(globals(), __all__)
