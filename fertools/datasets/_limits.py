"""Limits on what is read, and the errors that damaged files and archives raise."""

import lzma
import struct
import tarfile
import zipfile
import zlib

# A larger image file or archive member is reported and not read: 1 GiB.
MAX_IMAGE_BYTES = 2**30
# Archives and Parquet files may hold this many times their own size, and 256 MiB in any case.
MAX_EXPANSION = 100
FREE_BYTES = 2**28
# Files in a folder (folders count as well) or members of an archive.
MAX_FILES = 5_000_000
# Archives may have a member per 16 bytes of their own size, and 100,000 in any case.
FREE_MEMBERS = 100_000
BYTES_PER_MEMBER = 16
MAX_COLUMNS = 10_000
# Characters per line of a CSV.
MAX_LINE = 2**24
# Bytes read at a time; headers inside a tar may not be longer than MAX_READ.
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
    """A file that exceeds one of the limits; the message names file and limit."""


class LeftOut(Exception):
    """A file or a row that is left out of a data set.

    Parameters
    ----------
    status : str
        One of `fertools.datasets._bunch.STATUSES`.
    reason : str
        A sentence.
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
