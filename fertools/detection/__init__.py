"""Finding faces in photos and cutting them out."""

from ._localizer import FaceLocalizer
from ._viola_jones import Detection, ViolaJonesDetector

__all__ = ["Detection", "FaceLocalizer", "ViolaJonesDetector"]
