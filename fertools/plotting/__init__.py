"""Display classes of data, training and results, in the style of scikit-learn."""

from .._utils.public_modules import set_public_module
from ._accuracy_cost import AccuracyCostDisplay
from ._augmented import AugmentedSamplesDisplay
from ._confusion_matrix import ConfusionMatrixDisplay
from ._descriptor_views import DescriptorViewsDisplay
from ._disagreement import DisagreementDisplay
from ._explanation import ExplanationDisplay
from ._expression_timeline import ExpressionTimelineDisplay
from ._face_regions import FaceRegionsDisplay
from ._feature_maps import FeatureMapsDisplay
from ._feature_subset import FeatureSubsetDisplay
from ._first_layer_kernels import KernelsDisplay
from ._grad_cam import GradCAMDisplay
from ._learning_curves import LearningCurvesDisplay
from ._reliability import ReliabilityDisplay
from ._risk_coverage import RiskCoverageDisplay
from ._sample_grid import SampleGridDisplay

__all__ = [
    "AccuracyCostDisplay",
    "AugmentedSamplesDisplay",
    "ConfusionMatrixDisplay",
    "DescriptorViewsDisplay",
    "DisagreementDisplay",
    "ExplanationDisplay",
    "ExpressionTimelineDisplay",
    "FaceRegionsDisplay",
    "FeatureMapsDisplay",
    "FeatureSubsetDisplay",
    "GradCAMDisplay",
    "KernelsDisplay",
    "LearningCurvesDisplay",
    "ReliabilityDisplay",
    "RiskCoverageDisplay",
    "SampleGridDisplay",
]

set_public_module(globals(), __all__)
