"""Features and predictions of millions of images, in a store on disk."""

from .._utils.public_modules import set_public_module
from ._extract import ExtractionSummary, extract
from ._incremental import fit_incremental
from ._index import read_index

__all__ = ["ExtractionSummary", "extract", "fit_incremental", "read_index"]

set_public_module(globals(), __all__)
