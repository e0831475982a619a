"""Web page and HTTP endpoint; requires the extra ``app``."""

from .._utils.public_modules import set_public_module
from ._applications import make_endpoint, make_page
from ._limits import UploadLimits

__all__ = ["UploadLimits", "make_endpoint", "make_page"]

set_public_module(globals(), __all__)
