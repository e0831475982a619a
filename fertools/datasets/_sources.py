"""One view of a folder, a zip, a tar and a plain file: names, and a way to open each."""

import tarfile
import zipfile
import zlib
from contextlib import contextmanager
from posixpath import normpath

# Folders are searched no deeper than an archive may nest: one enclosing folder.
_TREES = ("train/*/*", "test/*/*", "*/train/*/*", "*/test/*/*", "*.csv", "*/*.csv")


@contextmanager
def open_source(path):
    """Open whatever holds a data set; members of archives are read in memory.

    Parameters
    ----------
    path : Path
        A folder, a .zip, a .tar, .tar.gz or .tgz, or a .csv.

    Yields
    ------
    names : list of str
        The files inside, relative and with "/", in the order in which they are read fastest.
    open_member : callable
        Takes one of `names`, returns a binary file object.

    Raises
    ------
    ValueError
        When the kind of file is another one, or when the archive is damaged, then or later.
    """
    try:
        if path.is_dir():
            names = sorted(
                file.relative_to(path).as_posix()
                for pattern in _TREES
                for file in path.glob(pattern)
                if file.is_file()
            )
            yield names, lambda name: (path / name).open("rb")
        elif path.suffix.lower() == ".csv":
            yield [path.name], lambda name: path.open("rb")
        elif path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path) as archive:
                members = {normpath(m.filename): m for m in archive.infolist()}
                yield list(members), lambda name: archive.open(members[name])
        elif path.name.lower().endswith((".tar", ".tar.gz", ".tgz")):
            with tarfile.open(path) as archive:
                members = {normpath(m.name): m for m in archive if m.isfile()}
                yield list(members), lambda name: archive.extractfile(members[name])
        else:
            raise ValueError(
                f"path must be a folder, or a .zip, .tar, .tar.gz, .tgz or .csv file; got {path}."
            )
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError) as error:
        raise ValueError(f"{path}: the archive is damaged ({error}).") from error
