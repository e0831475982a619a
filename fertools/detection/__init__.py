"""Face detection and localization."""

from .._utils.public_modules import set_public_module
from ._detection import Detection
from ._detection_result import DetectionResult
from ._face_localizer import FaceLocalizer
from ._face_verifier import FaceVerifier
from ._shipped_verifier import load_face_verifier
from ._viola_jones_detector import ViolaJonesDetector

__all__ = [
    "Detection",
    "DetectionResult",
    "FaceLocalizer",
    "FaceVerifier",
    "ViolaJonesDetector",
    "load_face_verifier",
]

set_public_module(globals(), __all__)
