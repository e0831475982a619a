"""``fertools info``."""

from pathlib import Path
from typing import Annotated

import typer

from .. import __version__
from ._inputs import model_file
from ._terminal import print_json


def info(
    model: Annotated[
        Path | None, typer.Argument(help="Model file, or a shipped model: fast, accurate.")
    ] = None,
):
    """Print versions and the metadata of a model file as JSON."""
    from ..persistence import read_metadata

    print_json({"fertools": __version__, "model": read_metadata(model_file(model))})
