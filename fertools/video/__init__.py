"""Recognition of facial expressions in videos and camera images."""

from .._utils.public_modules import set_public_module
from ._analyze import analyze
from ._annotate_video import VideoSummary, annotate_video
from ._record import FaceRecord, records_frame
from ._watch import watch

__all__ = ["FaceRecord", "VideoSummary", "analyze", "annotate_video", "records_frame", "watch"]

set_public_module(globals(), __all__)
