"""CSV and Parquet files, read within limits."""

import codecs
import csv
import io
import warnings
from contextlib import contextmanager

import pandas as pd

from . import _limits
from ._archives import check_total
from ._file_paths import given_path, open_regular
from ._limits import DAMAGED, LeftOut, LimitError

# UTF-32 first, because its byte order mark starts with that of UTF-16.
_ENCODINGS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# Number of rows of a Parquet file decoded at a time; a few bytes can encode millions of rows.
_BATCH = 1024


class TableText(io.TextIOWrapper):
    """Text of a table; lines of more than `MAX_LINE` characters raise a LimitError.

    Parameters
    ----------
    file : binary file object
        File with a method `peek`, encoded in UTF-8, or in UTF-16 or UTF-32 with a byte order mark.
    """

    def __init__(self, file):
        start = file.peek(4)[:4]
        encoding = next((e for mark, e in _ENCODINGS.items() if start.startswith(mark)), None)
        super().__init__(file, encoding or "utf-8-sig", newline="")
        self._length = 0

    def readline(self, size=-1):
        """Return the next line."""
        line = super().readline(_limits.MAX_LINE + 1)
        self._check(len(line))
        return line

    def read(self, size=-1):
        """Return the next characters."""
        text = super().read(size)
        end = max(text.rfind("\n"), text.rfind("\r"))
        self._length = len(text) - end - 1 if end >= 0 else self._length + len(text)
        self._check(self._length)
        return text

    @staticmethod
    def _check(length):
        if length > _limits.MAX_LINE:
            raise LimitError(f"a line must have at most {_limits.MAX_LINE:,} characters")


def read_header(lines, name):
    """Return the names of the columns of a CSV file.

    Parameters
    ----------
    lines : csv.reader
    name : path-like or str
        Name of the file in error messages.

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        If there are more than `MAX_COLUMNS` columns, if a name occurs twice, or if the file is
        binary.
    """
    header = [column.strip() for column in next(lines, [])]
    _check_columns(header, name)
    if any("\0" in column for column in header):
        raise ValueError(
            f"{name}: not a CSV file that can be read (it contains NUL characters; UTF-16 requires "
            "a byte order mark)."
        )
    seen = set()
    twice = sorted({column for column in header if column in seen or seen.add(column)} - {""})
    if twice:
        raise ValueError(f"{name}: the columns must have different names; got {twice[:3]} twice.")
    return header


def _check_columns(columns, name):
    if len(columns) > _limits.MAX_COLUMNS:
        raise LimitError(
            f"{name}: a table must have at most {_limits.MAX_COLUMNS:,} columns; got "
            f"{len(columns):,}."
        )


@contextmanager
def open_table(open_file, name, columns, optional=()):
    """Open a CSV file.

    Parameters
    ----------
    open_file : callable
        Function that returns a binary file object or raises `LeftOut`.
    name : path-like or str
        Name of the file in error messages.
    columns : tuple of str
        Columns to read, in lower case.
    optional : tuple of str, default=()
        Elements of `columns` that may be missing; their cells are None.

    Yields
    ------
    iterator of (str, list of str)
        Names of the rows, "row 1" and so on, and their cells.

    Raises
    ------
    ValueError
        If a column is missing, or, possibly during iteration, if the file is not a CSV file or
        exceeds a limit.
    """
    with _named(name):
        text = TableText(open_file())
    with text:
        with _named(name):
            # Without `strict`, an unclosed quote would merge all following rows into one cell.
            lines = csv.reader(text, strict=True)
            header = [column.lower() for column in read_header(lines, name)]
        if not set(columns) - set(optional) <= set(header):
            raise ValueError(
                f"{name}: the first line must contain the columns {', '.join(columns)}; got "
                f"{header}."
            )
        for column in columns:
            if header.count(column) > 1:
                raise ValueError(
                    f"{name}: the columns must have different names; got {column!r} twice, in "
                    "upper and lower case."
                )
        yield _cells(lines, name, [header.index(c) if c in header else None for c in columns])


def _cells(lines, name, order):
    """Yield the name of each row and its cells, in a given order of columns."""
    width = max(column for column in order if column is not None) + 1
    with _named(name):
        for number, cells in enumerate(filter(None, lines), start=1):
            cells += [""] * (width - len(cells))
            yield f"row {number}", [None if c is None else cells[c].strip() for c in order]


@contextmanager
def _named(name, kind="CSV file"):
    """Convert the exceptions of reading a table to a ValueError that names the file."""
    try:
        yield
    except LeftOut as error:
        raise ValueError(f"{name}: {error}") from error
    except (csv.Error, *DAMAGED) as error:
        if str(error).startswith(f"{name}:"):
            raise
        raise ValueError(f"{name}: not a {kind} that can be read ({error}).") from error


def csv_header(path):
    """Return the names of the columns of a CSV file, and the cells of its first row.

    There are no cells if a cell is too long for `csv`, or if a quote is not closed.
    """
    with _named(path), TableText(open_regular(path)) as text:
        lines = csv.reader(text, skipinitialspace=True, strict=True)
        header = read_header(lines, path)
        try:
            return header, next(filter(None, lines), [])
        except csv.Error:
            return header, []


def read_table(path, parameter="data"):
    """Return the DataFrame of a .csv or .parquet file.

    Parameters
    ----------
    path : str or path-like
    parameter : str, default="data"
        Name of the parameter in error messages.

    Returns
    -------
    DataFrame

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ImportError
        If pyarrow, which reads Parquet, is not installed.
    ValueError
        If it is another kind of file, if it is damaged, or if it exceeds a limit.
    """
    path = given_path(path, parameter)
    suffix = path.suffix.lower()
    if suffix == ".csv" and path.is_file():
        return _read_csv(path)
    if suffix == ".parquet" and path.is_file():
        return _read_parquet(path)
    raise ValueError(f"{parameter} must be a DataFrame, or a .csv or .parquet file; got {path}.")


def _read_csv(path):
    csv_header(path)
    with _named(path), TableText(open_regular(path)) as text, warnings.catch_warnings():
        # pandas would shift or truncate rows with more cells than columns.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            return pd.read_csv(text, skipinitialspace=True, index_col=False)
        except pd.errors.ParserWarning as error:
            raise ValueError("some rows have more cells than there are columns") from error


@contextmanager
def _open_parquet(path):
    """Yield pyarrow and an open Parquet file, with errors that name the file."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ImportError(f"pyarrow is needed to read {path}: pip install pyarrow.") from error
    with _named(path, "Parquet file"), open_regular(path) as file:
        try:
            yield pa, pq.ParquetFile(file)
        except (pa.ArrowException, KeyError) as error:
            raise ValueError(str(error)) from error


def parquet_header(path):
    """Return the names of the columns of a Parquet file."""
    with _open_parquet(path) as (_, table):
        return table.schema_arrow.names


def _read_parquet(path):
    n_stored = path.stat().st_size
    batches, n_bytes = [], 0
    with _open_parquet(path) as (pa, table):
        schema = table.schema_arrow
        _check_columns(schema.names, path)
        for batch in table.iter_batches(_BATCH):
            n_bytes += batch.nbytes
            check_total(path, n_bytes, n_stored)
            batches.append(batch)
        # The pandas metadata on types and index is not needed and may be forged.
        return pa.Table.from_batches(batches, schema).to_pandas(ignore_metadata=True)
