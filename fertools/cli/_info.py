"""``fertools info``."""

from typing import Annotated

import typer

from .. import __version__
from ._inputs import model_file
from ._terminal import print_json

RESPONSIBLE_USE = (
    "The output is the expression that a face shows, not what a person feels. In the European "
    "Union, inferring emotions at work and in education is prohibited since 2025-02-02, except for "
    "medical or safety reasons (AI Act, Article 5(1)(f)); people exposed to emotion recognition "
    "must be informed from 2026-08-02 (Article 50(3))."
)


def info(
    model: Annotated[
        str | None,
        typer.Argument(
            help="Model file, or a shipped model: fast (default) or accurate.",
        ),
    ] = None,
):
    """Print the version of fertools and the metadata of a model as JSON."""
    from ..persistence import read_metadata

    print_json(
        {
            "fertools": __version__,
            "responsible_use": RESPONSIBLE_USE,
            "model": read_metadata(model_file(model)),
        }
    )
