"""Saving and loading of fitted estimators, in files that contain data but no code."""

from .._utils.public_modules import set_public_module
from ._model_file import load, load_pretrained, read_metadata, save

__all__ = ["load", "load_pretrained", "read_metadata", "save"]

set_public_module(globals(), __all__)
