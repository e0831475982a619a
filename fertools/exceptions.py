"""The errors that fertools raises on files it cannot use."""

__all__ = ["ImageReadError", "ModelFileError"]


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


class ModelFileError(ValueError):
    """A model file that is damaged, foreign, or newer than this version of fertools."""
