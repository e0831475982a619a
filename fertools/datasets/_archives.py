"""Zip and tar archives as lists of members; nothing is unpacked to disk."""

import bz2
import gzip
import lzma
import os
import tarfile
import zipfile
from contextlib import ExitStack, contextmanager
from posixpath import normpath

from . import _limits
from ._limits import DAMAGED, LeftOut, LimitError, most_bytes, most_members

_METHODS = {
    zipfile.ZIP_STORED,
    zipfile.ZIP_DEFLATED,
    zipfile.ZIP_BZIP2,
    zipfile.ZIP_LZMA,
    getattr(zipfile, "ZIP_ZSTANDARD", zipfile.ZIP_LZMA),  # Python 3.14
}
_METHOD_NAMES = {9: "Deflate64", 93: "Zstandard", 95: "XZ", 98: "PPMd", 99: "AES encryption"}
_ENCRYPTED = 0x1
_COMPRESSIONS = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
_BLOCK = tarfile.BLOCKSIZE


def damaged(path, error):
    """Return the error of an archive that cannot be read."""
    return ValueError(f"{path}: the archive is damaged ({error}).")


def plain_name(name):
    """Return the normalized name of a member.

    Some archives made on Windows separate folders with a backslash.
    """
    return normpath(name.replace("\\", "/"))


def members_by_name(members, path, n_stored):
    """Return the members of an archive by their normalized names.

    If several members have the same name, the last one is used, as when an archive is unpacked; the
    others are reported.

    Parameters
    ----------
    members : iterable of (str, object)
        Names as stored, and members.
    path : Path
        Name of the archive in error messages.
    n_stored : int
        Size of the archive in bytes.

    Returns
    -------
    by_name : dict of str to object
    left_out : list of (name, status, reason)

    Raises
    ------
    LimitError
        If there are too many members.
    """
    by_name, stored, left_out = {}, {}, []
    limit = most_members(n_stored)
    for number, (name, member) in enumerate(members, start=1):
        if number > limit:
            raise LimitError(
                f"{path}: an archive of {n_stored:,} bytes must hold at most {limit:,} members; it "
                "holds more."
            )
        plain = plain_name(name)
        if plain in by_name:
            reason = f"A later member of the archive has the same name, {plain}."
            left_out.append((stored[plain], "replaced", reason))
        by_name[plain], stored[plain] = member, name
    return by_name, left_out


def check_total(path, n_bytes, n_stored):
    """Raise a LimitError if an archive or table expands to too many bytes."""
    if n_bytes > most_bytes(n_stored):
        raise LimitError(
            f"{path}: a file of {n_stored:,} bytes must expand to at most {most_bytes(n_stored):,} "
            f"bytes, {_limits.MAX_EXPANSION} times its size; it expands to {n_bytes:,} or more."
        )


@contextmanager
def open_zip(file, path, is_wanted):
    """Open a zip archive.

    Parameters
    ----------
    file : binary file object
    path : Path
        Name of the archive in error messages.
    is_wanted : callable
        Function of a normalized name that returns whether the member may be read.

    Yields
    ------
    names : list of str
        Normalized names of the members, in the order of the archive.
    open_member : callable
        Function of one of `names` that returns a binary file object or raises `LeftOut`.
    left_out : list of (name, status, reason)

    Raises
    ------
    ValueError
        If the archive is damaged, if all of its members are encrypted or use a compression that
        is not supported, or if it exceeds a limit.
    """
    n_stored = os.fstat(file.fileno()).st_size
    try:
        archive = zipfile.ZipFile(file)
    except DAMAGED as error:
        raise damaged(path, error) from error
    with archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        members, left_out = members_by_name(
            ((info.filename, info) for info in infos), path, n_stored
        )
        wanted = [member for name, member in members.items() if is_wanted(name)]
        problems = [_problem(member) for member in wanted]
        if problems and all(problems):
            raise ValueError(f"{path}: {problems[0]} Unpack it first.")
        check_total(path, sum(member.file_size for member in wanted), n_stored)

        def open_member(name):
            member = members[name]
            if problem := _problem(member):
                raise LeftOut("unreadable", problem)
            # The compressed size may be forged as well.
            if member.file_size > most_bytes(min(member.compress_size, n_stored)):
                raise LeftOut(
                    "too_large",
                    f"A member must expand to at most {_limits.MAX_EXPANSION} times its size; "
                    f"{member.compress_size:,} bytes expand to {member.file_size:,}.",
                )
            try:
                return archive.open(member)
            except DAMAGED as error:
                raise LeftOut("unreadable", f"The archive is damaged here ({error}).") from error

        yield list(members), open_member, left_out


def _problem(member):
    """Return the reason why a member of a zip archive cannot be read, or None."""
    if member.flag_bits & _ENCRYPTED:
        return "The archive is encrypted, and encrypted members are not read."
    if member.compress_type not in _METHODS:
        method = _METHOD_NAMES.get(member.compress_type, "unknown")
        return (
            f"The archive is compressed with method {member.compress_type} ({method}), which "
            "cannot be read."
        )
    return None


class _Bounded:
    """Seekable binary file that raises an error beyond a number of bytes.

    `tarfile` allocates the length given by a header, so a small forged file could use up the
    memory, and skipping a member of a compressed archive decompresses it.
    """

    def __init__(self, file, path, n_stored):
        self._file, self._path, self._n_stored = file, path, n_stored
        self._limit = most_bytes(n_stored)

    def read(self, size=-1):
        if size is None or size < 0 or size > _limits.MAX_READ:
            raise tarfile.ReadError(f"a header or read of {size:,} bytes")
        data = self._file.read(size)
        self._check(self._file.tell())
        return data

    def seek(self, position, whence=0):
        if whence == 0:
            self._check(position)
        return self._file.seek(position, whence)

    def tell(self):
        return self._file.tell()

    @staticmethod
    def seekable():
        return True

    def _check(self, position):
        if position > self._limit:
            check_total(self._path, position, self._n_stored)


@contextmanager
def open_tar(file, path):
    """Open a tar archive, compressed or not; see `open_zip`.

    Hard links to members are followed; symbolic links and devices are reported. An archive that
    does not end with two blocks of zeros is truncated, which is an error.
    """
    n_stored = os.fstat(file.fileno()).st_size
    magic = file.peek(5)[:5]
    opener = next((o for start, o in _COMPRESSIONS.items() if magic.startswith(start)), None)
    bounded = _Bounded(file if opener is None else opener(file), path, n_stored)
    with ExitStack() as stack:
        try:
            archive = stack.enter_context(tarfile.open(fileobj=bounded, mode="r:"))
            found, left_out = members_by_name(_files(archive, path, n_stored), path, n_stored)
            if _has_more(archive, bounded):
                reason = "Data after the end-of-archive marker is not read."
                left_out.append((path.name, "unreadable", reason))
        except LimitError:
            raise
        except DAMAGED as error:
            raise damaged(path, error) from error
        members = {}
        for name, member in found.items():
            target = found.get(plain_name(member.linkname)) if member.islnk() else member
            if target is not None and target.isfile():
                members[name] = target
            else:
                reason = "It is a link, device or pipe; only regular files are read from archives."
                left_out.append((name, "unreadable", reason))
        yield list(members), lambda name: archive.extractfile(members[name]), left_out


def _files(archive, path, n_stored):
    """Yield name and header of all members except folders."""
    n_bytes, end = 0, 0
    for member in archive:
        # Negative sizes would cause an infinite loop in tarfile.
        if member.size < 0 or archive.offset <= end:
            raise tarfile.ReadError("a header with an impossible size")
        end = archive.offset
        n_bytes += member.size
        check_total(path, n_bytes, n_stored)
        if not member.isdir():
            yield member.name, member


def _has_more(archive, file):
    """Return whether non-zero data follow the end of an archive; ReadError if there is no end.

    The end of a compressed stream is read as well, because it contains the checksum.
    """
    file.seek(archive.offset)
    end = file.read(2 * _BLOCK)
    if len(end) < 2 * _BLOCK or any(end):
        raise tarfile.ReadError("no end-of-archive marker; it seems to be truncated")
    has_more = False
    while chunk := file.read(_limits.CHUNK):
        has_more = has_more or bool(chunk.strip(b"\0"))
    return has_more
