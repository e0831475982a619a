"""Files that appear whole or not at all."""

import os
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path):
    """Write a file beside `path`, and move it into its place when it is whole.

    Parameters
    ----------
    path : str or path-like
        An existing file is replaced; where writing fails, it stays as it is.

    Yields
    ------
    Path
        What to write to: in the same folder, with the same suffix, and hidden.
    """
    path = Path(path)
    beside = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        yield beside
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
