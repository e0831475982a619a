"""Run an application on a socket of this computer."""

import ipaddress
import socket
from contextlib import suppress

from .._utils.optional import import_optional
from .._utils.parallel import one_blas_thread

# Connections, of which only some are computed at a time. More are refused with 503.
_MAX_CONNECTIONS = 512
_SECONDS_TO_FINISH = 30


def bind(host, port):
    """Return a listening socket, so that a wrong address is reported before anything is loaded.

    Parameters
    ----------
    host : str
        Host name or address to listen on.
    port : int
        Port; 0 means any free port.

    Returns
    -------
    socket

    Raises
    ------
    OSError
        If the address is not one of this computer, or the port is in use.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family, backlog=1024)
    except OSError as error:
        # Python adds the address to the text of the system.
        reason = (error.strerror or str(error)).partition(" (while")[0]
        raise OSError(
            f"{host}:{port} is not available ({reason}). Choose another host or port; port 0 means "
            "any free port."
        ) from error


def is_loopback(host):
    """Return whether only programs on the same computer can reach a host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def url_of(listening, host):
    """Return the address that a browser opens for a listening socket."""
    port = listening.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def hosts_of(host):
    """Return the host names that requests may use; None means any."""
    return ("127.0.0.1", "localhost", "[::1]") if is_loopback(host) else None


def run_server(app, listening):
    """Answer requests until the process is interrupted; running requests are finished.

    Parameters
    ----------
    app : ASGI application
    listening : socket
        Socket from `bind`.
    """
    uvicorn = import_optional("uvicorn", "app")
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        limit_concurrency=_MAX_CONNECTIONS,
        server_header=False,
        timeout_graceful_shutdown=_SECONDS_TO_FINISH,
        ws="none",
    )
    # The setting holds for the threads that recognize faces, too.
    with one_blas_thread(), suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])
