"""What the commands share: their options, and how they print."""

import json
import warnings
from contextlib import contextmanager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

out, err = Console(), Console(stderr=True)


class Format(StrEnum):
    """How results are printed."""

    table = "table"
    json = "json"
    csv = "csv"


class Report(StrEnum):
    """How scores are printed."""

    table = "table"
    json = "json"


Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress on standard error.")]
Model = Annotated[
    Path | None, typer.Option(help="A model file, or a shipped model: fast (default), accurate.")
]
Jobs = Annotated[int, typer.Option(help="Threads.")]
Data = Annotated[
    Path, typer.Argument(help="FER-2013, CK+, JAFFE, a folder for each class, or a table.")
]


def status(message, quiet):
    """Return a context in which a message turns on standard error."""
    return nullcontext() if quiet else err.status(message)


def tell(line):
    """Print a line on standard error as it is."""
    err.print(line, highlight=False, markup=False, soft_wrap=True)


@contextmanager
def told_warnings():
    """Return a context whose user warnings are printed on standard error, one line each."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        try:
            yield
        finally:
            found = (str(one.message) for one in caught if issubclass(one.category, UserWarning))
            for message in dict.fromkeys(found):
                tell(f"Warning: {message}")


def print_json(content):
    """Print JSON on standard output."""
    typer.echo(json.dumps(content, indent=2))
