"""Descriptors: from a batch of face crops to rows of features, each with a name and a place."""

from .._utils.public_modules import set_public_module
from ._dct import DiscreteCosine
from ._fusion import FeatureFusion
from ._gabor import GaborEnergy
from ._haralick import HaralickTextures
from ._hog import OrientedGradients
from ._lbp import LocalBinaryPatterns
from ._mirror import WithMirror
from ._principal import PrincipalFeatures
from ._words import VisualWords
from ._zernike import ZernikeMoments
from ._zernike_local import LocalZernikeMoments

__all__ = [
    "DiscreteCosine",
    "FeatureFusion",
    "GaborEnergy",
    "HaralickTextures",
    "LocalBinaryPatterns",
    "LocalZernikeMoments",
    "OrientedGradients",
    "PrincipalFeatures",
    "VisualWords",
    "WithMirror",
    "ZernikeMoments",
]

set_public_module(globals(), __all__)
