"""Finding faces in photos and cutting them out."""

from .._utils.public_modules import set_public_module
from ._batch import DetectionResult
from ._cascades import Detection
from ._localizer import FaceLocalizer
from ._viola_jones import ViolaJonesDetector

__all__ = ["Detection", "DetectionResult", "FaceLocalizer", "ViolaJonesDetector"]

set_public_module(globals(), __all__)
