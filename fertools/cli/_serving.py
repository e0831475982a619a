"""Options of the commands that run a server."""

from pathlib import Path
from typing import Annotated

import typer

from ._terminal import say, tell, user_path

_MAX_PORT = 65_535

Host = Annotated[
    str, typer.Option(help="Address to listen on; 127.0.0.1 means this computer only.")
]
Port = Annotated[int, typer.Option(min=0, max=_MAX_PORT, help="Port; 0 means any free port.")]
ServedModel = Annotated[
    str,
    typer.Option(help="Model used by default: fast, accurate, a model file, or one in the folder."),
]
ModelsFolder = Annotated[
    Path | None, typer.Option(help="Folder with further model files to choose from.")
]
MaxUpload = Annotated[int, typer.Option(min=1, max=4096, help="Largest upload in MiB.")]
Workers = Annotated[
    int, typer.Option(min=1, max=256, help="Number of recognitions that are computed at a time.")
]


def start_server(make, host, port, options):
    """Build an application and run it until Ctrl-C.

    Parameters
    ----------
    make : callable
        Function of `fertools.app` that returns an application.
    host, port : str, int
        Address to listen on.
    options : dict
        Parameters of `make`. Paths may start with ~.

    Raises
    ------
    OSError
        If the address is not available.
    """
    from ..app._server import bind, hosts_of, is_loopback, run_server, url_of

    options = {k: user_path(v) if isinstance(v, Path) else v for k, v in options.items()}
    with bind(host, port) as listening:
        application = make(hosts=hosts_of(host), **options)
        if not is_loopback(host):
            tell(
                "Other computers can reach this server, and the connection is not encrypted. Run "
                "it behind a web server with HTTPS and a login."
            )
        say(f"Open {url_of(listening, host)} in a browser. Ctrl-C stops the server.")
        run_server(application, listening)
