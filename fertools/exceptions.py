"""Errors and warnings about images, videos and model files."""

__all__ = ["ImageReadError", "ImageRescaledWarning", "ModelFileError", "VideoReadError"]


class ImageReadError(ValueError):
    """Error for an image file that cannot be read.

    Parameters
    ----------
    message : str
        Path and problem.
    status : {"missing", "unreadable", "too_large"}, default="unreadable"
        Kind of the problem, which is also the status of the record in a batch.
    """

    def __init__(self, message: str, status: str = "unreadable") -> None:
        super().__init__(message)
        self.status = status


class ImageRescaledWarning(UserWarning):
    """Warning that the white level of an image of more than 8 bits was guessed from its pixels."""


class ModelFileError(ValueError):
    """Error for a model file that is damaged, forged, not a model file, or of a newer format."""


class VideoReadError(ValueError):
    """Error for a video or camera that cannot be read.

    Parameters
    ----------
    message : str
        Name of the source and problem.
    status : {"missing", "unreadable", "stopped"}, default="unreadable"
        Kind of the problem: there is no such file or camera; the source is not a video, or the
        first frame cannot be read; a camera or stream delivers no more frames.
    """

    def __init__(self, message: str, status: str = "unreadable") -> None:
        super().__init__(message)
        self.status = status
