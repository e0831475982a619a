"""Zip archives of model files: size limits, checksums and metadata."""

import hashlib
import io
import json
import reprlib
import stat
from collections import Counter
from numbers import Integral
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile
from zlib import error as ZlibError

import numpy as np

from .._utils.files import replacing
from ..exceptions import ModelFileError

FORMAT_VERSION = 1
ESTIMATOR, METADATA, MANIFEST = "estimator.skops", "metadata.json", "manifest.json"
# Limits of the expanded estimator: this many bytes, or this multiple of the size of the file,
# whichever is larger. Arrays of trained models compress to a tenth at best, arrays of zeros to a
# thousandth.
FREE_BYTES, MAX_RATIO = 2**28, 200
MAX_BYTES = {METADATA: 2**24, MANIFEST: 2**16}
# Compressed bytes are read in small pieces, because a decompressor expands whole pieces.
_PIECE = 2**13
# Exceptions that zipfile and json raise for damaged bytes.
_DAMAGE = (
    BadZipFile,
    ZlibError,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


def write_archive(path, content, about):
    """Write a model file, atomically.

    Parameters
    ----------
    path : Path
        Output file.
    content : bytes
        Estimator in the format of skops.
    about : dict
        Metadata.
    """
    members = {ESTIMATOR: content, METADATA: _to_json(about)}
    members[MANIFEST] = _to_json({name: _sha256(data) for name, data in members.items()})
    with replacing(path) as beside, ZipFile(beside, "w", compression=ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def read_archive(path):
    """Read a model file and compare its members with the manifest.

    Parameters
    ----------
    path : str or path-like
        Model file.

    Returns
    -------
    content : bytes
        Estimator in the format of skops, not checked yet.
    about : dict
        Metadata; entries set by fertools have the right types.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ModelFileError
        If the file is not a regular file, is damaged, exceeds the size limits, is not a model file
        or was written in a newer format.
    """
    path = Path(path)
    n_bytes = _regular_size(path)
    try:
        with path.open("rb") as file, ZipFile(file) as archive:
            members = _read_members(archive, n_bytes)
        manifest = json.loads(members[MANIFEST])
    except _DAMAGE as error:
        if isinstance(error, ModelFileError):
            raise ModelFileError(f"{path}: {error}") from error
        raise ModelFileError(
            f"{path}: the file is damaged, cut short or not a model file ({error})."
        ) from error
    if manifest != {name: _sha256(members[name]) for name in (ESTIMATOR, METADATA)}:
        raise ModelFileError(f"{path}: the file was changed; content and checksums differ.")
    try:
        return members[ESTIMATOR], parse_metadata(members[METADATA])
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from error


def _regular_size(path):
    """Return the size of a regular file; pipes and devices could block or be endless."""
    try:
        found = path.stat()
    except FileNotFoundError:
        raise FileNotFoundError(f"{path}: no such file.") from None
    except (OSError, ValueError) as error:
        raise ModelFileError(f"{path}: the file cannot be read ({error}).") from error
    if not stat.S_ISREG(found.st_mode):
        raise ModelFileError(f"{path}: a model file must be a regular file.")
    return found.st_size


def _read_members(archive, n_bytes):
    """Return the content of each member by name, subject to the limits."""
    counts = Counter(info.filename for info in archive.infolist())
    lacking = {ESTIMATOR, METADATA, MANIFEST} - counts.keys()
    if lacking:
        raise ModelFileError(f"not a model file; it lacks {sorted(lacking)}.")
    surplus = [
        name for name, n in counts.items() if n > 1 or name not in MAX_BYTES | {ESTIMATOR: 0}
    ]
    if surplus:
        raise ModelFileError(
            f"a model file must contain {ESTIMATOR}, {METADATA} and {MANIFEST} only, each once; "
            f"got {len(surplus)} more, such as {surplus[0][:50]!r}."
        )
    limits = MAX_BYTES | {ESTIMATOR: max(FREE_BYTES, MAX_RATIO * n_bytes)}
    return {info.filename: _read(archive, info, limits) for info in archive.infolist()}


def _read(archive, info, limits):
    limit = limits[info.filename]
    if info.file_size > limit:
        raise ModelFileError(
            f"{info.filename} must expand to at most {limit:,} bytes; its header announces "
            f"{info.file_size:,}."
        )
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise ModelFileError(f"{info.filename} must be stored, or compressed by Deflate.")
    with archive.open(info) as stream:
        return b"".join(iter(lambda: stream.read(_PIECE), b""))


def check_skops(content):
    """Check the memory that the arrays of a skops file would occupy.

    Parameters
    ----------
    content : bytes
        Uncompressed zip archive of a schema and arrays, as skops writes it.

    Raises
    ------
    ModelFileError
        If members are compressed, overlap or share a name, if the schema repeats arrays beyond the
        size of the archive, or if it contains a sparse matrix.
    """
    with ZipFile(io.BytesIO(content)) as archive:
        infos = archive.infolist()
        sizes = {info.filename: info.file_size for info in infos}
        if len(sizes) < len(infos):
            raise ModelFileError("the estimator has two arrays of the same name.")
        if any(info.compress_type != ZIP_STORED for info in infos):
            raise ModelFileError("the arrays of an estimator must not be compressed separately.")
        if sum(sizes.values()) > len(content):
            raise ModelFileError("the arrays of the estimator are larger than its file.")
        schema = json.loads(archive.read("schema.json"))
    # skops builds one object for each identifier, however often the schema repeats it.
    references, pending = {}, [schema]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            if node.get("__loader__") == "SparseMatrixNode":
                # Its arrays are compressed separately, and its indices are not checked.
                raise ModelFileError("a model file must not contain sparse matrices.")
            if isinstance(node.get("file"), str):
                references[node.get("__id__") or id(node), node["file"]] = node["file"]
            pending += node.values()
        elif isinstance(node, list):
            pending += node
    if sum(sizes.get(name, 0) for name in references.values()) > len(content):
        raise ModelFileError("the estimator repeats arrays beyond the size of its file.")


def _is_text(value):
    return isinstance(value, str)


def _is_version_table(value):
    return (
        isinstance(value, dict)
        and {"fertools", "scikit-learn"} <= value.keys()
        and all(map(_is_text, value.values()))
    )


def _is_shape(value):
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(n, Integral) and not isinstance(n, bool) and n > 0 for n in value)
    )


def _or_none(rule):
    return lambda value: value is None or rule(value)


# Test and description of each metadata entry that fertools sets.
_ENTRIES = {
    "versions": (_is_version_table, "an object of versions, with fertools and scikit-learn"),
    "created": (_is_text, "a string"),
    "estimator": (_is_text, "a string"),
    "classes": (_or_none(lambda value: isinstance(value, list)), "a list or null"),
    "image_shape": (_or_none(_is_shape), "[height, width] or null"),
    "network": (_or_none(_is_text), "a string or null"),
}


def parse_metadata(data):
    """Parse the metadata of a model file and check the entries that fertools sets.

    Parameters
    ----------
    data : bytes
        JSON.

    Returns
    -------
    dict

    Raises
    ------
    ModelFileError
        If the metadata are malformed or were written in a newer format.
    """
    try:
        about = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ModelFileError(
            f"the metadata must be JSON; got {type(error).__name__}: {error}."
        ) from error
    if not isinstance(about, dict):
        raise ModelFileError(f"the metadata must be a JSON object; got {_short(about)}.")
    number = about.get("format_version")
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise ModelFileError(
            "format_version in the metadata must be an integer of at least 1; got "
            f"{_short(number)}."
        )
    if number > FORMAT_VERSION:
        versions = about.get("versions")
        writer = versions.get("fertools") if isinstance(versions, dict) else None
        raise ModelFileError(
            f"written by fertools {writer} in format {number}; this version reads formats up to "
            f"{FORMAT_VERSION}. Install a newer version of fertools."
        )
    for name, (is_valid, rule) in _ENTRIES.items():
        if not is_valid(about.get(name)):
            raise ModelFileError(
                f"{name} in the metadata must be {rule}; got {_short(about.get(name))}."
            )
    return about


def _short(value):
    return reprlib.repr(value)


def _to_json(content):
    return json.dumps(content, indent=1, default=_to_plain).encode()


def _to_plain(value):
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    raise TypeError(f"metadata must contain JSON types only; got a {type(value).__name__}.")


def _sha256(data):
    return hashlib.sha256(data).hexdigest()
