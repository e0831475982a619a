"""Face detection and localization."""

from .._utils.public_modules import set_public_module
from ._detection import Detection
from ._detection_result import DetectionResult
from ._face_localizer import FaceLocalizer
from ._face_verifier import FaceVerifier
from ._make_detector import make_detector
from ._shipped_verifier import load_face_verifier
from ._viola_jones_detector import ViolaJonesDetector
from ._yunet_detector import YuNetDetector

__all__ = [
    "Detection",
    "DetectionResult",
    "FaceLocalizer",
    "FaceVerifier",
    "ViolaJonesDetector",
    "YuNetDetector",
    "load_face_verifier",
    "make_detector",
]

set_public_module(globals(), __all__)
