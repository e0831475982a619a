"""Finding faces in photos and cutting them out."""

from ._cascades import Detection
from ._localizer import FaceLocalizer
from ._many import DetectionResult
from ._viola_jones import ViolaJonesDetector

__all__ = ["Detection", "DetectionResult", "FaceLocalizer", "ViolaJonesDetector"]
