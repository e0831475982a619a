"""Tables of records, written while a video is analyzed."""

from contextlib import ExitStack
from pathlib import Path

from .._utils.csv_text import csv_text
from .._utils.files import replacing
from ._record import record_columns, record_row, rows_frame

SUFFIXES = (".csv", ".parquet")
# Rows that are kept in memory.
_N_ROWS = 4096


def check_table_path(path, name="table"):
    """Return the output path of a table, or raise an error if it cannot be written.

    Raises
    ------
    ValueError
        If the suffix is not that of a known format.
    ImportError
        If the format is Parquet, and PyArrow is not installed.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"{name} must end with one of {', '.join(SUFFIXES)}; got {str(path)!r}.")
    if path.suffix.lower() == ".parquet":
        _import_pyarrow()
    return path


def _import_pyarrow():
    try:
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        raise ImportError(
            f"{error.name}, which writes Parquet files, is not installed; pip install pyarrow"
        ) from error
    return pyarrow


class TableWriter:
    """CSV or Parquet file of records, written atomically and in constant memory.

    Parameters
    ----------
    path : path-like
        Output file; see `check_table_path`.
    classes : iterable of str
        Class names.

    Notes
    -----
    Use it as a context manager: the file appears when the block ends without an exception.
    """

    def __init__(self, path, classes):
        self._path = Path(path)
        self._columns = record_columns(str(name) for name in classes)
        self._rows, self._n_written, self._exits = [], 0, ExitStack()

    def __enter__(self):
        with ExitStack() as exits:
            file = exits.enter_context(replacing(self._path))
            if self._path.suffix.lower() == ".csv":
                self._file = exits.enter_context(file.open("w", encoding="utf-8", newline=""))
            else:
                pyarrow = _import_pyarrow()
                empty = rows_frame([], self._columns)
                self._schema = _schema(pyarrow, empty)
                self._file = exits.enter_context(
                    pyarrow.parquet.ParquetWriter(str(file), self._schema)
                )
            self._exits = exits.pop_all()
        return self

    def __exit__(self, *error):
        try:
            if error[0] is None:
                self._flush()
        except BaseException as failure:
            self._exits.__exit__(type(failure), failure, failure.__traceback__)
            raise
        return self._exits.__exit__(*error)

    def write(self, record):
        """Write a record."""
        self._rows.append(record_row(record, self._columns))
        if len(self._rows) >= _N_ROWS:
            self._flush()

    def _flush(self):
        frame = rows_frame(self._rows, self._columns)
        if self._path.suffix.lower() == ".csv":
            self._file.write(csv_text(frame, header=self._n_written == 0))
        elif self._rows:
            pyarrow = _import_pyarrow()
            table = pyarrow.Table.from_pandas(frame, schema=self._schema, preserve_index=False)
            self._file.write_table(table)
        self._n_written += len(self._rows)
        self._rows = []


def _schema(pyarrow, frame):
    types = {"Int64": pyarrow.int64(), "float64": pyarrow.float64(), "object": pyarrow.string()}
    return pyarrow.schema([(name, types[str(dtype)]) for name, dtype in frame.dtypes.items()])
