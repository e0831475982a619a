"""Face detection and localization."""

from .._utils.public_modules import set_public_module
from ._detection import Detection
from ._detection_result import DetectionResult
from ._face_localizer import FaceLocalizer
from ._viola_jones_detector import ViolaJonesDetector

__all__ = ["Detection", "DetectionResult", "FaceLocalizer", "ViolaJonesDetector"]

set_public_module(globals(), __all__)
