"""Inputs of a batch: the images of folders, tables and archives, and the frames of videos."""

import glob
import os
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from .._utils.optional import import_optional
from ..datasets._archives import plain_name
from ..datasets._file_paths import given_path, open_regular
from ..datasets._limits import LeftOut
from ..datasets._sources import FOREIGN, decode, is_image_name, open_source
from ..datasets._tables import read_table
from ..exceptions import VideoReadError

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")
TABLES = (".csv", ".parquet")
VIDEOS = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mpeg")


class Part(NamedTuple):
    """Inputs that are opened together.

    Attributes
    ----------
    kind : {"files", "archive", "video"}
    path : str
        Folder to which names are relative ("" for absolute names), archive or video.
    names : list of str
        Names of the images; for a video, no names.
    labels : list of (str or None), or None
        Label of each image.
    length : int
        Number of images or frames.
    """

    kind: str
    path: str
    names: list
    labels: list | None
    length: int


def list_inputs(source, labels="none"):
    """List the inputs of a source.

    Parameters
    ----------
    source : str, path-like or list of these
        Source, as in `fertools.batch.extract`.
    labels : {"none", "folder"}
        Whether the label of an image is the name of its folder. A column label of a table takes
        precedence.

    Returns
    -------
    parts : list of Part
    skipped : list of (name, status, reason)
        Files that are not images, and content that cannot be opened.

    Raises
    ------
    FileNotFoundError
        If a source does not exist, or a pattern matches no file.
    ValueError
        If a source is of another kind, is damaged or exceeds a limit, or if there is no input.
    """
    parts, skipped, files = [], [], []
    for path in _expanded(source):
        if not path.is_dir() and is_image_name(path.name):
            files.append(str(path))
            continue
        found, left_out = _list_container(path, labels)
        parts += found
        skipped += left_out
    if files:
        given = [_folder_name(name) for name in files] if labels == "folder" else None
        parts.insert(0, Part("files", "", files, given, len(files)))
    if not any(part.length for part in parts):
        raise ValueError(f"source must contain images or videos; {source} contains none.")
    return parts, skipped


def _expanded(source):
    """Return the absolute paths of a source: a path, a pattern, or a list of these.

    They are absolute, as a run may be continued, or its tasks run, in another working directory.
    """
    if not isinstance(source, (list, tuple)):
        source = [source]
    paths = []
    for item in source:
        if not isinstance(item, (str, os.PathLike)):
            raise TypeError(
                f"source must be a path, a pattern or a list of these; got {type(item).__name__}."
            )
        path = Path(item).expanduser()
        if os.path.lexists(path) or not glob.has_magic(str(item)):
            # A missing image is reported in the index; another missing source is an error.
            is_image = is_image_name(path.name) and len(source) > 1
            paths.append(path if is_image else given_path(path, "source"))
            continue
        matches = sorted(glob.glob(str(path), recursive=True))
        if not matches:
            raise FileNotFoundError(f"source: no file matches the pattern {item}.")
        paths += map(Path, matches)
    return [path.absolute() for path in paths]


def _list_container(path, labels):
    """Return the parts of a folder, table, archive or video, and what was left out."""
    name = path.name.lower()
    if path.is_dir() or name.endswith(ARCHIVES):
        with open_source(path) as source:
            names, left_out = source.names, list(source.left_out)
        images = sorted(n for n in names if is_image_name(n))
        kind = "files" if path.is_dir() else "archive"
        # The folder of a single class has no subfolders of images.
        is_class = kind == "files" and not any(map(_folder_name, images))
        above = str(path) if is_class else ""
        paths = [os.path.join(above, name) for name in images]
        given = [_folder_name(name) for name in paths] if labels == "folder" else None
        parts = [Part(kind, str(path), images, given, len(images))]
        videos = [n for n in sorted(names) if kind == "files" and n.lower().endswith(VIDEOS)]
        parts += [_video(path / n) for n in videos]
        used = {*images, *videos}
        left_out += [(n, "foreign", FOREIGN) for n in sorted(names) if n not in used]
        prefix = "" if kind == "files" else f"{path}/"
        return parts, [(f"{prefix}{plain_name(n)}", status, why) for n, status, why in left_out]
    if name.endswith(TABLES):
        return [_table(path, labels)], []
    if name.endswith(VIDEOS):
        return [_video(path)], []
    raise ValueError(
        "source must be a folder, an image, a table (.csv, .parquet), an archive "
        f"({', '.join(ARCHIVES)}) or a video ({', '.join(VIDEOS)}); got {path}."
    )


def _folder_name(name):
    """Return the name of the folder of an image, or None."""
    return os.path.basename(os.path.dirname(name)) or None


def _table(path, labels):
    """Return the part of a table with the column `path` and optionally `label`."""
    table = read_table(path)
    if "path" not in table.columns:
        raise ValueError(f"{path}: the table must have a column path; got {list(table.columns)}.")
    names = [str(name) if name else "" for name in table["path"].fillna("")]
    given = None
    if "label" in table.columns:
        is_given = table["label"].notna()
        given = [str(x) if ok else None for x, ok in zip(table["label"], is_given, strict=True)]
    elif labels == "folder":
        given = [_folder_name(os.path.join(path.parent, name)) for name in names]
    return Part("files", str(path.parent), names, given, len(names))


def _video(path):
    """Return the part of a video; one that cannot be opened counts as one frame."""
    from ..video._video_file import VideoFile

    import_optional("av", "video")
    try:
        video = VideoFile(path)
    except VideoReadError:
        return Part("video", str(path), [], None, 1)
    try:
        # Packets are counted without decoding them.
        n_frames = sum(packet is not None for packet in video._packets())
    finally:
        video.close()
    return Part("video", str(path), [], None, max(1, n_frames))


@contextmanager
def open_part(part):
    """Open the images of a part that is not a video.

    Parameters
    ----------
    part : Part

    Yields
    ------
    callable
        Function of a name and a list of notes that returns the gray image, or raises `LeftOut`.
    """
    if part.kind == "archive":
        with open_source(part.path) as source:
            yield lambda name, notes: decode(name, source.open, False, notes)
        return

    def read(name, notes):
        if not name:
            raise LeftOut("missing", "There is no path.")
        if not is_image_name(os.path.basename(name)):
            raise LeftOut("foreign", FOREIGN)
        path = os.path.join(part.path, name)
        return decode(name, lambda _: open_regular(path), False, notes)

    yield read
