"""Limits on what a server accepts."""

from dataclasses import dataclass, fields

MIB = 2**20


@dataclass(frozen=True)
class UploadLimits:
    """Limits on the uploads that the page and the endpoint accept.

    Attributes
    ----------
    max_bytes : int
        Largest size of a request, and of a file inside a zip archive, in bytes.
    max_photos : int
        Largest number of photos per request, or per run of the batch tab.
    max_pixels : int
        Largest number of pixels of a photo. Larger photos are refused before they are decoded.

    Raises
    ------
    ValueError
        If a limit is not a positive integer.

    Examples
    --------
    >>> from fertools.app import UploadLimits
    >>> UploadLimits(max_photos=8).max_bytes // 2**20
    64
    """

    max_bytes: int = 64 * MIB
    max_photos: int = 32
    max_pixels: int = 50_000_000

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{field.name} must be an integer of at least 1; got {value!r}.")


def megabytes(n_bytes):
    """Return a number of bytes as text in MiB, without decimals for whole numbers."""
    return f"{n_bytes / MIB:,.4g} MiB"
