"""Index of a store: one row per face slot, in one Parquet file per chunk."""

import io
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from .._utils.files import write_file
from .._utils.optional import import_optional
from .._utils.text import encodable
from ._chunks import UNUSED
from ._store import INDEX, open_store

# Columns of the index and their types.
COLUMNS = {
    "row": "int64", "source": "string", "frame": "int64", "status": "string",
    "reason": "string", "face": "int16", "n_faces": "int32", "x": "int32", "y": "int32",
    "width": "int32", "height": "int32", "score": "float32", "label": "string",
    "expression": "string", "probability": "float32",
}  # fmt: skip


def write_part(path, first_row, rows, sizes):
    """Write the index of a chunk, which marks the chunk as complete.

    Parameters
    ----------
    path : Path
        File.
    first_row : int
        Number of the first row in the arrays.
    rows : list of dict
        Rows, see `COLUMNS`.
    sizes : dict of str to int
        Size of the chunk of each array in bytes, to notice truncated files.
    """
    pyarrow = import_optional("pyarrow", "batch")
    parquet = import_optional("pyarrow.parquet", "batch")
    for number, row in enumerate(rows):
        row["row"] = first_row + number
        for name in ("source", "reason", "label"):
            if row[name] is not None:
                row[name] = encodable(row[name])
    columns = {name: [row[name] for row in rows] for name in COLUMNS}
    types = [(name, getattr(pyarrow, kind)()) for name, kind in COLUMNS.items()]
    metadata = {f"bytes_{name}": str(size) for name, size in sizes.items()}
    table = pyarrow.table(columns, schema=pyarrow.schema(types, metadata=metadata))
    buffer = io.BytesIO()
    parquet.write_table(table, buffer, compression="zstd")
    write_file(path, buffer.getvalue())


def stated_sizes(path):
    """Return the sizes of chunks in bytes that `write_part` stored."""
    parquet = import_optional("pyarrow.parquet", "batch")
    metadata = parquet.read_schema(path).metadata or {}
    return {
        key.decode().removeprefix("bytes_"): int(value)
        for key, value in metadata.items()
        if key.startswith(b"bytes_")
    }


def index_parts(store):
    """Return the files of the index in order."""
    return sorted((Path(store) / INDEX).glob("*.parquet"))


def count_statuses(store):
    """Count the rows of each status, except for unused rows."""
    parquet = import_optional("pyarrow.parquet", "batch")
    counts = Counter()
    for path in index_parts(store):
        statuses, n = np.unique(
            parquet.read_table(path, columns=["status"])["status"].to_numpy(zero_copy_only=False),
            return_counts=True,
        )
        counts.update(dict(zip(statuses.tolist(), n.tolist(), strict=True)))
    counts.pop(UNUSED, None)
    return dict(counts.most_common())


def read_index(store, *, columns=None, skipped=False):
    """Read the index of a store that `extract` wrote.

    Parameters
    ----------
    store : str or path-like
        Store.
    columns : list of str or None, default=None
        Columns to read; None means all.
    skipped : bool, default=False
        Whether to return the files that were not read because they are no images, with the columns
        `source`, `status` and `reason`.

    Returns
    -------
    pandas.DataFrame
        One row per face, plus one per input without a face. The index, `row`, is the position in
        the arrays of the store. Columns: `source` (file, or archive and member), `frame` (of a
        video; -1 otherwise), `status`, `reason`, `face` (0 is the largest; -1 without a face),
        `n_faces` (number of faces in the image), `x`, `y`, `width`, `height` in pixels, `score`,
        `label`, `expression` and `probability`.

    Raises
    ------
    FileNotFoundError
        If there is no store.
    ValueError
        If a column is unknown, or the store was written by a newer version of fertools.
    """
    pandas_path = open_store(store)
    if skipped:
        return pd.read_parquet(pandas_path / "skipped.parquet")
    wanted = [name for name in COLUMNS if name != "row"] if columns is None else list(columns)
    if unknown := [name for name in wanted if name not in COLUMNS]:
        raise ValueError(f"columns must be among {list(COLUMNS)}; got {unknown}.")
    read = list(dict.fromkeys(["row", "status", *wanted]))
    frames = [pd.read_parquet(path, columns=read) for path in index_parts(store)]
    if not frames:
        return pd.DataFrame(columns=wanted)
    frame = pd.concat(frames, ignore_index=True)
    frame = frame[frame["status"] != UNUSED].set_index("row")
    return frame[[name for name in wanted if name != "row"]]
