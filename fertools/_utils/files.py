"""Write output files atomically: a file appears complete or not at all."""

import errno
import os
import secrets
import shutil
import stat
from contextlib import contextmanager, suppress
from pathlib import Path

# Longer suffixes leave no room for the rest of a temporary name, as file systems limit names to 255
# bytes.
_MAX_SUFFIX = 64


@contextmanager
def replacing(path):
    """Write a temporary file that replaces `path` once it is complete.

    The temporary file is in the same folder, because only a rename within a file system is atomic.
    Its name is random, so that threads, processes and containers can write the same path; the last
    one to finish wins. Its content is flushed to the disk (fsync) before the rename: late errors of
    a network file system or a quota leave the previous file in place, and after a power failure
    `path` has either the old or the new content. The folder itself is not flushed, so a power
    failure can undo the replacement.

    Parameters
    ----------
    path : str or path-like
        File to create or to replace. If writing fails, an existing file keeps its content. A new
        file gets the default permissions, a replaced file keeps its permissions. The target of a
        symbolic link is replaced, not the link.

    Yields
    ------
    Path
        Temporary file to write to: empty and hidden, with the suffix of `path`.

    Raises
    ------
    OSError
        If the file cannot be written, is a folder or a special file, or exists and is not
        writable; `filename` of the error is `path`.
    """
    path = Path(path)
    target, beside = _target(path), None
    try:
        beside = _create_beside(target)
        yield beside
        # On Windows, fsync needs a file that is open for writing.
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, beside)
        os.replace(beside, target)
    except OSError as error:
        # Name the output file instead of the temporary file.
        if error.errno is None or error.filename not in (None, str(beside), beside):
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        if beside is not None:
            beside.unlink(missing_ok=True)


def write_file(path, content):
    """Write text or bytes to a file atomically.

    Parameters
    ----------
    path : str or path-like
        File to create or to replace, as in `replacing`.
    content : str or bytes
        Content. Text is encoded as UTF-8; lone surrogates, which represent bytes of file names
        that are not UTF-8, are written as backslash escapes.

    Raises
    ------
    OSError
        As in `replacing`.
    """
    if isinstance(content, str):
        content = content.encode("utf-8", "backslashreplace")
    with replacing(path) as beside:
        beside.write_bytes(content)


def check_output(path):
    """Check that an output file can be written, without changing it.

    Long computations call it before they start.

    Parameters
    ----------
    path : str or path-like
        Output file.

    Raises
    ------
    OSError
        If the file cannot be created or replaced; `filename` of the error is `path`.
    """
    path = Path(path)
    try:
        _create_beside(_target(path)).unlink()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def check_folder(path):
    """Check that a folder is writable or can be created, without creating it.

    Parameters
    ----------
    path : str or path-like
        Output folder.

    Raises
    ------
    OSError
        If the folder is not writable or cannot be created.
    """
    folder = Path(os.path.realpath(path))
    with suppress(FileNotFoundError):
        folder.stat()
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    try:
        _create_beside(existing / "output").unlink()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def make_folder(path):
    """Create an output folder if it is missing.

    Parameters
    ----------
    path : str or path-like
        Output folder.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    OSError
        If the folder cannot be created.
    """
    path = Path(path)
    path.mkdir(parents=True, exist_ok=True)
    return path


def _target(path):
    """Resolve the links of an output path; raise OSError if it is not a writable regular file."""
    target = Path(os.path.realpath(path))
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return target
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "Is a directory", str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "Not a regular file", str(path))
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))
    return target


def _create_beside(target):
    """Create an empty file with a random hidden name in the folder of `target`."""
    suffix = target.suffix if len(os.fsencode(target.suffix)) <= _MAX_SUFFIX else ""
    beside = target.with_name(f".{secrets.token_hex(8)}{suffix}")
    # Unlike tempfile.mkstemp, `touch` applies the umask and the access rules of the folder.
    beside.touch(exist_ok=False)
    return beside
