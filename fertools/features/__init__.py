"""Image descriptors: transformers from face images to named, localized features."""

from .._utils.public_modules import set_public_module
from ._dct import DiscreteCosine
from ._feature_fusion import FeatureFusion
from ._gabor import GaborEnergy
from ._haralick import HaralickTextures
from ._hog import OrientedGradients
from ._lbp import LocalBinaryPatterns
from ._local_zernike import LocalZernikeMoments
from ._principal_features import PrincipalFeatures
from ._stacked_words import StackedWords
from ._visual_words import VisualWords
from ._with_mirror import WithMirror
from ._zernike import ZernikeMoments

__all__ = [
    "DiscreteCosine",
    "FeatureFusion",
    "GaborEnergy",
    "HaralickTextures",
    "LocalBinaryPatterns",
    "LocalZernikeMoments",
    "OrientedGradients",
    "PrincipalFeatures",
    "StackedWords",
    "VisualWords",
    "WithMirror",
    "ZernikeMoments",
]

set_public_module(globals(), __all__)
