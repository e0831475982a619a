"""Limits of files and archives, and the exceptions for damaged ones."""

import lzma
import struct
import tarfile
import zipfile
import zlib

# Maximum size of an image file or archive member, 1 GiB.
MAX_IMAGE_BYTES = 2**30
# Archives and Parquet files may expand to this multiple of their size, and to 256 MiB in any case.
MAX_EXPANSION = 100
FREE_BYTES = 2**28
# Maximum number of files and folders in a folder, or of members of an archive.
MAX_FILES = 5_000_000
# Archives may have one member per 16 bytes of their size, and 100,000 in any case.
FREE_MEMBERS = 100_000
BYTES_PER_MEMBER = 16
MAX_COLUMNS = 10_000
# Maximum number of characters per line of a CSV file.
MAX_LINE = 2**24
# Number of bytes read at a time, and maximum size of a header inside a tar archive.
CHUNK = 2**20
MAX_READ = 2**24

# Exceptions of the standard library for damaged, encrypted or unsupported files. EOFError, OSError
# (BadGzipFile) and ValueError come from the decompressors and from forged headers.
DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    OverflowError,
    MemoryError,
    RuntimeError,
    ValueError,
)


class LimitError(ValueError):
    """File that exceeds one of the limits; the message names the file and the limit."""


class LeftOut(Exception):
    """File or row that is left out of a data set.

    Parameters
    ----------
    status : str
        Key of `fertools.datasets._bunch.STATUSES`.
    reason : str
        Sentence with the reason.
    """

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status


def most_bytes(n_stored):
    """Return the number of bytes that a file of `n_stored` bytes may expand to."""
    return max(FREE_BYTES, MAX_EXPANSION * n_stored)


def most_members(n_stored):
    """Return the number of members that an archive of `n_stored` bytes may have."""
    return min(MAX_FILES, max(FREE_MEMBERS, n_stored // BYTES_PER_MEMBER))


def read_at_most(file, limit):
    """Read a binary file in chunks.

    Parameters
    ----------
    file : binary file object
    limit : int
        Maximum number of bytes.

    Returns
    -------
    bytes

    Raises
    ------
    LeftOut
        With the status "too_large".
    """
    chunks, n_bytes = [], 0
    while True:
        chunk = file.read(CHUNK)
        chunks.append(chunk)
        n_bytes += len(chunk)
        if n_bytes > limit:
            raise LeftOut("too_large", f"A file must have at most {limit:,} bytes.")
        if len(chunk) < CHUNK:
            return b"".join(chunks)
