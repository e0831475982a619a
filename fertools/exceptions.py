"""Errors and warnings about image files and model files."""

__all__ = ["ImageReadError", "ImageRescaledWarning", "ModelFileError"]


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
