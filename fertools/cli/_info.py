"""``fertools info``."""

from pathlib import Path
from typing import Annotated

import typer

from .. import __version__
from ._terminal import print_json


def info(
    model: Annotated[
        Path | None, typer.Argument(help="A model file; default: the shipped.")
    ] = None,
):
    """Show versions, and what a model file tells about its model, as JSON."""
    from ..persistence import pretrained_path, read_metadata

    print_json({"fertools": __version__, "model": read_metadata(model or pretrained_path())})
