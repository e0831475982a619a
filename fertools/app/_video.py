"""Recognize the expressions in an uploaded video."""

import secrets
from importlib.util import find_spec
from pathlib import Path

from ..video import annotate_video

# Longer videos are cut.
MAX_SECONDS = 300
SUFFIXES = (".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi")


def video_is_available():
    """Return whether videos can be read: the extra ``video`` is installed."""
    return find_spec("av") is not None


def annotate_upload(recognizer, path, folder):
    """Write an annotated copy of a video and a table of its faces.

    Parameters
    ----------
    recognizer : ExpressionRecognizer
    path : str or path-like
        Uploaded file.
    folder : Path
        Folder of uploads.

    Returns
    -------
    video, table : Path
    summary : fertools.video.VideoSummary

    Raises
    ------
    ValueError
        If the file is not a video, or its format is not one of `SUFFIXES`.
    """
    if not has_known_format(path):
        names = ", ".join(SUFFIXES)
        raise ValueError(f"The file is not a video of one of these formats: {names}.")
    target = Path(folder, secrets.token_hex(16))
    target.mkdir(mode=0o700)
    video, table = target / "annotated.mp4", target / "expressions.csv"
    summary = annotate_video(path, video, recognizer, table=table, end=MAX_SECONDS)
    return video, table, summary


def has_known_format(path):
    """Return whether a file begins like an MP4, QuickTime, Matroska, WebM or AVI file.

    Other formats, such as playlists, make the decoder open further files and addresses.
    """
    with open(path, "rb") as file:
        head = file.read(12)
    is_riff = head.startswith(b"RIFF") and head.endswith(b"AVI ")
    return is_riff or head.startswith(b"\x1a\x45\xdf\xa3") or head[4:8] == b"ftyp"
