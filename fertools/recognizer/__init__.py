"""Recognition of facial expressions in photos."""

from .._utils.public_modules import set_public_module
from ._recognized_faces import RecognizedFaces
from ._recognizer import ExpressionRecognizer
from ._results import RecognitionResult, RecognizedFace

__all__ = ["ExpressionRecognizer", "RecognitionResult", "RecognizedFace", "RecognizedFaces"]

set_public_module(globals(), __all__)
