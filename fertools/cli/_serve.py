"""``fertools serve``."""

from pathlib import Path
from typing import Annotated

import typer

from .._utils.image_sources import open_regular
from ._serving import Host, MaxUpload, ModelsFolder, Port, ServedModel, Workers, start_server
from ._terminal import Quiet, user_path

_MAX_TOKEN_BYTES = 2**20


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    model: ServedModel = "fast",
    models_folder: ModelsFolder = None,
    max_upload: MaxUpload = 64,
    max_photos: Annotated[
        int, typer.Option(min=1, help="Largest number of photos per request.")
    ] = 32,
    max_pixels: Annotated[
        int, typer.Option(min=1, help="Largest number of pixels of a photo.")
    ] = 50_000_000,
    workers: Workers = 2,
    token_file: Annotated[
        Path | None,
        typer.Option(
            envvar="FERTOOLS_TOKEN_FILE",
            help="File with one bearer token per line, one of which each request must contain.",
        ),
    ] = None,
    quiet: Quiet = False,
):
    """Run an HTTP endpoint that takes photos and returns expressions as JSON.

    The page at its address describes the requests. Photos are not stored.
    """
    from ..app import UploadLimits, make_endpoint

    options = {
        "model": model,
        "models_folder": models_folder,
        "limits": UploadLimits(max_upload * 2**20, max_photos, max_pixels),
        "tokens": [] if token_file is None else _read_tokens(user_path(token_file)),
        "max_workers": workers,
    }
    start_server(make_endpoint, host, port, options)


def _read_tokens(path):
    with open_regular(path, max_bytes=_MAX_TOKEN_BYTES) as file:
        lines = file.read().decode("utf-8", "replace").splitlines()
    tokens = [line.strip() for line in lines if line.strip()]
    if not tokens:
        raise ValueError(f"--token-file: {path} contains no token.")
    return tokens
