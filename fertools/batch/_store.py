"""Zarr store of a batch: its arrays, settings, list of inputs and lock."""

import json
import os
import warnings
from contextlib import contextmanager
from pathlib import Path

from .._utils.files import write_file
from .._utils.optional import import_optional

# Version of the layout.
FORMAT = 1
INDEX = "index"
SETTINGS = "batch.json"
# Codes that leave a video without faces, and other constant chunks, nearly without bytes.
_LEVEL = 1


def read_settings(store):
    """Return the settings of a store, or None if there is none.

    Raises
    ------
    ValueError
        If the store was written by a newer version, or its settings are damaged.
    """
    path = Path(store) / SETTINGS
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
        version = int(settings["format"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: the settings of the store are damaged ({error}).") from error
    if version > FORMAT:
        raise ValueError(
            f"{store}: the store has format {version}, and this version of fertools reads formats "
            f"up to {FORMAT}. Update fertools."
        )
    return settings


def open_store(store):
    """Return the path of an existing store.

    Raises
    ------
    FileNotFoundError
        If there is no store.
    ValueError
        If the store was written by a newer version.
    """
    path = Path(store).expanduser()
    if read_settings(path) is None:
        raise FileNotFoundError(f"store must be written by fertools.batch.extract; got {path}.")
    return path


def create_arrays(store, n_rows, chunk_rows, side, n_features, classes):
    """Create the arrays of a store.

    Parameters
    ----------
    store : Path
        Folder.
    n_rows, chunk_rows : int
        Number of rows, in total and per chunk.
    side : int
        Side of the crops.
    n_features : int
        Number of features; 0 for no features.
    classes : list of str
        Class names, stored as an attribute.
    """
    zarr = import_optional("zarr", "batch")
    codec = zarr.codecs.ZstdCodec(level=_LEVEL)
    group = zarr.create_group(store=store, attributes={"classes": classes}, overwrite=False)
    shapes = {"crops": ((side, side), "uint8"), "probabilities": ((len(classes),), "float32")}
    if n_features:
        shapes["features"] = ((n_features,), "float32")
    for name, (shape, dtype) in shapes.items():
        group.create_array(
            name,
            shape=(n_rows, *shape),
            chunks=(chunk_rows, *shape),
            dtype=dtype,
            compressors=codec,
        )
    with warnings.catch_warnings():
        # Without consolidated metadata, Zarr warns of the other files when it lists the arrays.
        warnings.simplefilter("ignore")
        zarr.consolidate_metadata(store)


def write_chunk(store, number, chunk_rows, arrays):
    """Write the values of one chunk of each array.

    Parameters
    ----------
    store : Path
    number : int
        Number of the chunk.
    chunk_rows : int
        Number of rows per chunk; `arrays` may be shorter, and the rest has zeros.
    arrays : dict of str to (ndarray or None)

    Returns
    -------
    dict of str to int
        Number of bytes of each chunk on disk.
    """
    zarr = import_optional("zarr", "batch")
    group = zarr.open_group(store, mode="r+")
    first = number * chunk_rows
    sizes = {}
    for name, values in arrays.items():
        if values is not None:
            group[name][first : first + len(values)] = values
        if name in group:
            sizes[name] = chunk_bytes(store, name, number)
    return sizes


def chunk_bytes(store, name, number):
    """Return the size of a chunk on disk in bytes, 0 if it only has zeros."""
    # Chunks are only split along the first axis.
    rest = "0/0" if name == "crops" else "0"
    path = Path(store) / name / "c" / str(number) / rest
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def save_settings(store, settings):
    """Save the settings, the last step of the creation of a store."""
    write_file(Path(store) / SETTINGS, json.dumps({"format": FORMAT} | settings, indent=1) + "\n")


@contextmanager
def locked(store):
    """Hold the lock of a store; the system releases it when the process ends.

    Raises
    ------
    BlockingIOError
        If another process holds it.
    """
    store = Path(store)
    file = open(store / ".lock", "a+b")  # noqa: SIM115
    try:
        try:
            _lock(file)
        except OSError as error:
            raise BlockingIOError(
                error.errno, "another run is writing to this store", str(store)
            ) from error
        yield
    finally:
        file.close()


def _lock(file):
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        return
    import fcntl

    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
