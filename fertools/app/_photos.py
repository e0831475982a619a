"""Recognize uploaded photos, and list the photos in uploaded files and archives."""

from functools import partial
from pathlib import Path

from .._utils.image_files import read_image
from .._utils.image_sources import open_regular
from ..datasets._archives import open_zip
from ..datasets._limits import LeftOut
from ..datasets._sources import SUFFIXES, is_image_name, read_member
from ..detection._map_images import detect_in
from ..exceptions import ImageReadError
from ..recognizer import RecognitionResult


def recognize_photo(recognizer, photo, name, max_pixels):
    """Recognize the faces in an uploaded photo; problems are in the result.

    Parameters
    ----------
    recognizer : ExpressionRecognizer
    photo : path, bytes or binary file object
    name : str
        Name of the photo in the result.
    max_pixels : int
        Largest number of pixels; larger photos are not decoded.

    Returns
    -------
    RecognitionResult
    """
    read = partial(read_image, photo, max_pixels=max_pixels, name=name)
    return detect_in(name, read, recognizer.recognize, RecognitionResult)


def recognize_uploads(recognizer, uploads, limits):
    """Recognize the photos among uploaded files and in uploaded zip archives.

    Parameters
    ----------
    recognizer : ExpressionRecognizer
    uploads : list of (path, name)
        Uploaded files, and their names in the results.
    limits : UploadLimits
        Photos beyond `limits.max_photos` are results with the status "invalid" that are not
        recognized.

    Yields
    ------
    RecognitionResult
        One result per photo, and one per file that is neither a photo nor an archive. Hidden files
        in archives are skipped.
    """
    n_photos = 0
    for name, photo in _photos(uploads, limits.max_bytes):
        if isinstance(photo, RecognitionResult):
            yield photo
        elif n_photos == limits.max_photos:
            photos = "1 photo is" if n_photos == 1 else f"{n_photos:,} photos are"
            reason = f"{name}: at most {photos} recognized at a time."
            yield RecognitionResult(name, "invalid", reason)
        else:
            n_photos += 1
            yield recognize_photo(recognizer, photo, name, limits.max_pixels)


def _photos(uploads, max_bytes):
    """Yield (name, photo), with a result in place of a photo that cannot be read."""
    for path, name in uploads:
        if name.lower().endswith(".zip"):
            try:
                yield from _members(path, name, max_bytes)
            except ImageReadError as error:
                yield name, RecognitionResult(name, error.status, str(error))
            except ValueError as error:
                yield name, RecognitionResult(name, "unreadable", str(error))
        else:
            yield name, path


def _members(path, archive, max_bytes):
    with (
        open_regular(path, archive) as file,
        open_zip(file, Path(archive), is_image_name) as (names, open_member, left_out),
    ):
        for name in names:
            full_name = f"{archive}/{name}"
            try:
                if is_image_name(name):
                    yield full_name, read_member(name, open_member, max_bytes)
                elif is_image_name(f"{name}/x.png"):
                    raise LeftOut("invalid", f"Expected a file of type {', '.join(SUFFIXES)}.")
            except LeftOut as error:
                reason = f"{full_name}: {error}"
                yield full_name, RecognitionResult(full_name, error.status, reason)
        for name, _, reason in left_out:
            full_name = f"{archive}/{name}"
            yield full_name, RecognitionResult(full_name, "invalid", f"{full_name}: {reason}")
