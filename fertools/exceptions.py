"""Errors and warnings about files."""

__all__ = ["ImageReadError", "ImageRescaledWarning", "ModelFileError"]


class ImageReadError(ValueError):
    """An image file that cannot be used.

    Parameters
    ----------
    message : str
        What is wrong, with the path.
    status : {"missing", "unreadable", "too_large"}, default="unreadable"
        The one-word reason; a batch writes it into the row of this file.
    """

    def __init__(self, message, status="unreadable"):
        super().__init__(message)
        self.status = status


class ImageRescaledWarning(UserWarning):
    """The white level of an image file with more than 8 bits was guessed from its pixels."""


class ModelFileError(ValueError):
    """A model file that is damaged, foreign, or newer than this version of fertools."""
