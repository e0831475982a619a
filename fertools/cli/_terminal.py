"""Options and output functions shared by the commands."""

import errno
import json
import logging
import os
import sys
import warnings
from contextlib import contextmanager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.measure import Measurement
from rich.text import Text

from .._utils.csv_text import csv_text
from .._utils.text import one_line, printable, shortened

out, err = Console(), Console(stderr=True)
_LOGGER = logging.getLogger("fertools")

# Most systems refuse more threads than this.
_MAX_JOBS = 256
_MAX_SEED = 2**32 - 1


class Format(StrEnum):
    """Output formats of results."""

    table = "table"
    json = "json"
    csv = "csv"


class Report(StrEnum):
    """Output formats of scores."""

    table = "table"
    json = "json"


def _silence(quiet):
    """Hide warnings and log messages if --quiet is given; `fertools.cli.main` restores them."""
    if quiet:
        warnings.simplefilter("ignore")
        _LOGGER.setLevel(logging.ERROR)
    return quiet


def check_jobs(jobs):
    """Return a number of threads, or raise a usage error if it is out of range."""
    if jobs != -1 and not 1 <= jobs <= _MAX_JOBS:
        raise typer.BadParameter(f"must be in 1..{_MAX_JOBS}, or -1 for all processors; got {jobs}")
    return jobs


Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        callback=_silence,
        help="Hide progress and warnings.",
    ),
]
# A string, because Path("./fast") equals Path("fast"), the name of a shipped model.
Model = Annotated[
    str | None,
    typer.Option(
        help="Model file, or a shipped model: fast (default) or accurate.",
    ),
]
Jobs = Annotated[
    int, typer.Option(callback=check_jobs, help="Number of parallel jobs; -1 means all processors.")
]
Seed = Annotated[int, typer.Option(min=0, max=_MAX_SEED, help="Random seed.")]
# Larger images would fill the memory.
Size = Annotated[
    int | None, typer.Option(min=1, max=1024, help="Side in pixels to which images are resized.")
]
Data = Annotated[
    Path, typer.Argument(help="Data set: FER-2013, CK+, JAFFE, one folder per class, or a table.")
]


def user_path(path):
    """Expand a leading ~, which shells do not expand in --option=~/file."""
    return Path(os.path.expanduser(path))


def status(message, quiet):
    """Return a context that shows a spinner with a message on standard error."""
    return nullcontext() if quiet else err.status(message)


def tell(message):
    """Print a message as one line on standard error."""
    err.print(one_line(message), highlight=False, markup=False, soft_wrap=True)


def show_warning(message, category, filename, lineno, file=None, line=None):
    """Print a warning as one line, in place of `warnings.showwarning`."""
    tell(f"Warning: {message}")


class _LogHandler(logging.Handler):
    def emit(self, record):
        """Print a log message as one line on standard error."""
        tell(record.getMessage())


@contextmanager
def log_messages():
    """Show messages of the logger "fertools" on standard error, from level INFO."""
    handler, level = _LogHandler(), _LOGGER.level
    _LOGGER.addHandler(handler)
    _LOGGER.setLevel(logging.INFO)
    try:
        yield
    finally:
        _LOGGER.removeHandler(handler)
        _LOGGER.setLevel(level)


def say(message):
    """Print a message as one line on standard output."""
    write(f"{one_line(message)}\n")


def print_json(content):
    """Print JSON on standard output, in ASCII, so that any text survives any encoding."""
    write(f"{json.dumps(content, indent=2)}\n")


def print_table(table):
    """Print a table on standard output; file names are never cut.

    On a terminal, long names continue on the next line. In a pipe or a file, the table is as wide
    as its content.
    """
    for column in table.columns:
        column.overflow = "fold"
    console = out
    if not out.is_terminal:
        unlimited = out.options.update(max_width=1_000_000)
        console = Console(width=Measurement.get(out, unlimited, table).maximum)
    with console.capture() as printed:
        console.print(table)
    write(printed.get())


def cell(value):
    """Return text of unknown origin as a table cell: printable, and without markup."""
    return Text(printable(shortened(str(value))))


def print_csv(frame):
    """Print a table as CSV on standard output; see `fertools._utils.csv_text`."""
    write(csv_text(frame))


def write(text):
    """Write text to standard output and flush it.

    Characters that its encoding lacks become backslash escapes.

    Raises
    ------
    OSError
        If writing fails; `filename` is "standard output".
    """
    stream = sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        if stream is None:  # closed by the shell: >&-
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except OSError as error:
        raise OSError(error.errno, error.strerror, "standard output") from error
