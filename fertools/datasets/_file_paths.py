"""Validation of paths, and the files in a folder."""

import os
import stat
from pathlib import Path

from . import _limits
from ._limits import LeftOut, LimitError


def given_path(path, parameter="path", origin=""):
    """Validate the path of an existing folder or regular file.

    Parameters
    ----------
    path : str or path-like
        Path, in which "~" is expanded.
    parameter : str, default="path"
        Name of the parameter in error messages.
    origin : str, default=""
        Text after the path in error messages.

    Returns
    -------
    Path

    Raises
    ------
    FileNotFoundError
        If nothing exists at `path`.
    ValueError
        If `path` cannot be a path, cannot be accessed, or is a device, pipe or socket.
    """
    shown = f"{path}{origin}".replace("\0", "\\0")
    try:
        path = Path(path).expanduser()
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FileNotFoundError(
            f"{parameter} must be a folder or file; there is no file or folder {path}{origin}."
        ) from error
    except (OSError, RuntimeError, ValueError) as error:
        # ~nouser, a NUL character, a name that is too long, a folder without permission.
        reason = getattr(error, "strerror", None) or error
        raise ValueError(
            f"{parameter} must be the path of a folder or file; {shown} cannot be used ({reason})."
        ) from error
    if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
        raise ValueError(
            f"{parameter} must be a folder or a regular file; {shown} is a device, pipe or socket."
        )
    return path


def open_regular(path):
    """Open a regular file for reading.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    binary file object

    Raises
    ------
    LeftOut
        If there is no such file ("missing"), or if it cannot be opened or is not a regular file
        ("unreadable"): a pipe would block and a device may never end.
    """
    try:
        mode = os.stat(path).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise LeftOut("unreadable", "It is a device, pipe or socket, not a regular file.")
        return open(path, "rb")
    except FileNotFoundError as error:
        raise LeftOut("missing", "There is no such file.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise LeftOut("unreadable", f"The file cannot be opened ({reason}).") from error


def walk(folder):
    """List the files below a folder.

    Links to files and folders are followed, except for links to a parent folder.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    names : list of str
        Relative paths with "/", in the order in which folders are listed.
    left_out : list of (name, status, reason)
        Folders that cannot be opened.

    Raises
    ------
    ValueError
        If `folder` itself cannot be opened, or if there are more than `MAX_FILES` entries.
    """
    names, left_out, n_entries = [], [], 0
    # No recursion, because folders can be nested more deeply than Python's stack allows.
    waiting = [("", str(folder), ())]
    while waiting:
        prefix, place, above = waiting.pop()
        try:
            status = os.stat(place)
            real = (status.st_dev, status.st_ino)
            if real in above:
                continue
            with os.scandir(place) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            if not prefix:
                raise ValueError(
                    f"{folder}: the folder cannot be read ({error.strerror})."
                ) from error
            reason = f"The folder cannot be opened ({error.strerror})."
            left_out.append((prefix.rstrip("/"), "unreadable", reason))
            continue
        n_entries += len(entries)
        if n_entries > _limits.MAX_FILES:
            raise LimitError(
                f"{folder}: a folder must hold at most {_limits.MAX_FILES:,} files; it holds more."
            )
        for entry in entries:
            if _is_folder(entry):
                waiting.append((f"{prefix}{entry.name}/", entry.path, (*above, real)))
            else:
                names.append(prefix + entry.name)
    return names, left_out


def _is_folder(entry):
    try:
        return entry.is_dir()
    except OSError:
        # A loop of links, or no permission; opening the file raises the error.
        return False
