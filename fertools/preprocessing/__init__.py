"""Light, pose, masks and sizes; augmentation and balancing of training images."""

from ._aligner import FaceAligner
from ._augmenter import Augmenter
from ._balancer import AugmentedBalancer
from ._clahe import CLAHE
from ._copies import AugmentedCopies
from ._gamma import GammaCorrection
from ._gaussians import DifferenceOfGaussians
from ._histogram import HistogramEqualizer
from ._mask import FaceMask
from ._resize import ImageResizer
from ._tan_triggs import TanTriggs

__all__ = [
    "CLAHE",
    "AugmentedBalancer",
    "AugmentedCopies",
    "Augmenter",
    "DifferenceOfGaussians",
    "FaceAligner",
    "FaceMask",
    "GammaCorrection",
    "HistogramEqualizer",
    "ImageResizer",
    "TanTriggs",
]
