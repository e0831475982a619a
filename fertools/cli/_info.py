"""``fertools info``."""

from pathlib import Path
from typing import Annotated

import typer

from .. import __version__
from ._inputs import model_file
from ._terminal import print_json


def info(
    model: Annotated[
        Path | None,
        typer.Argument(
            help="Model file, or a shipped model: fast (default) or accurate.",
        ),
    ] = None,
):
    """Print the version of fertools and the metadata of a model as JSON."""
    from ..persistence import read_metadata

    print_json({"fertools": __version__, "model": read_metadata(model_file(model))})
