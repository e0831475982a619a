"""Figures of data, training and results, as Display classes in scikit-learn's manner."""

from ._augmented import AugmentedSamplesDisplay
from ._confusion_matrix import ConfusionMatrixDisplay
from ._face_regions import FaceRegionsDisplay
from ._feature_maps import FeatureMapsDisplay
from ._grad_cam import GradCAMDisplay
from ._kernels import KernelsDisplay
from ._learning_curves import LearningCurvesDisplay
from ._reliability import ReliabilityDisplay
from ._risk_coverage import RiskCoverageDisplay
from ._sample_grid import SampleGridDisplay

__all__ = [
    "AugmentedSamplesDisplay",
    "ConfusionMatrixDisplay",
    "FaceRegionsDisplay",
    "FeatureMapsDisplay",
    "GradCAMDisplay",
    "KernelsDisplay",
    "LearningCurvesDisplay",
    "ReliabilityDisplay",
    "RiskCoverageDisplay",
    "SampleGridDisplay",
]
