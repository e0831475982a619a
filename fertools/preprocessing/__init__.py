"""Illumination normalization, alignment, masking, resizing and augmentation of face images."""

from .._utils.public_modules import set_public_module
from ._augmentation_balancer import AugmentationBalancer
from ._augmentation_sampler import AugmentationSampler
from ._augmenter import Augmenter
from ._blind_wiener_filter import BlindWienerFilter
from ._clahe import CLAHE
from ._difference_of_gaussians import DifferenceOfGaussians
from ._face_aligner import FaceAligner
from ._face_mask import FaceMask
from ._gamma_correction import GammaCorrection
from ._histogram_equalizer import HistogramEqualizer
from ._image_resizer import ImageResizer
from ._tan_triggs import TanTriggs

__all__ = [
    "CLAHE",
    "AugmentationBalancer",
    "AugmentationSampler",
    "Augmenter",
    "BlindWienerFilter",
    "DifferenceOfGaussians",
    "FaceAligner",
    "FaceMask",
    "GammaCorrection",
    "HistogramEqualizer",
    "ImageResizer",
    "TanTriggs",
]

set_public_module(globals(), __all__)
