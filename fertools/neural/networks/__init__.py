"""Published networks as functions that build uncompiled Keras models.

Image networks take gray levels in 0..255; those that expect pixels in 0..1 rescale them.
"""

from ..._utils.public_modules import set_public_module
from ._recipe import Recipe
from ._registry import NETWORKS, make_network, recipe_of

__all__ = ["NETWORKS", "Recipe", "make_network", "recipe_of"]

set_public_module(globals(), __all__)
