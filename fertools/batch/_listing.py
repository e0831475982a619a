"""List of the inputs of a store."""

import io
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd

from .._utils.files import write_file
from .._utils.text import encodable
from ._inputs import Part

_PARTS, _NAMES, _SKIPPED = "inputs.json", "inputs.parquet", "skipped.parquet"


def save_listing(store, parts, skipped):
    """Save the inputs of a store.

    Parameters
    ----------
    store : Path
    parts : list of Part
    skipped : list of (name, status, reason)
    """
    store = Path(store)
    # Names may contain bytes that are not UTF-8.
    names = [os.fsencode(name) for part in parts for name in part.names]
    labels = [label for part in parts for label in (part.labels or [None] * len(part.names))]
    _write_table(store / _NAMES, {"name": names, "label": pd.array(labels, dtype="string")})
    columns = {
        name: pd.array([encodable(row[position]) for row in skipped], dtype="string")
        for position, name in enumerate(("source", "status", "reason"))
    }
    _write_table(store / _SKIPPED, columns)
    about = [
        {
            "kind": part.kind,
            "path": os.fsencode(part.path).hex(),
            "names": len(part.names),
            "labels": part.labels is not None,
            "length": part.length,
        }
        for part in parts
    ]
    write_file(store / _PARTS, json.dumps(about))


def _write_table(path, columns):
    buffer = io.BytesIO()
    pd.DataFrame(columns).to_parquet(buffer, index=False)
    write_file(path, buffer.getvalue())


def read_listing(store):
    """Read the inputs that `save_listing` saved.

    Returns
    -------
    list of Part
    """
    store = Path(store)
    table = pd.read_parquet(store / _NAMES)
    names = [os.fsdecode(name) for name in table["name"]]
    labels = table["label"].astype(object).where(table["label"].notna(), None).tolist()
    about = json.loads((store / _PARTS).read_text(encoding="utf-8"))
    ends = np.cumsum([part["names"] for part in about])
    return [
        Part(
            part["kind"],
            os.fsdecode(bytes.fromhex(part["path"])),
            names[end - part["names"] : end],
            labels[end - part["names"] : end] if part["labels"] else None,
            part["length"],
        )
        for part, end in zip(about, ends.tolist(), strict=True)
    ]
