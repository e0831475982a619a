"""Run an application of `fertools.app` for a test."""

import threading
import time
from contextlib import contextmanager

from fertools.app._server import bind, hosts_of, url_of


@contextmanager
def running(make):
    """Run an application in a thread, and yield its address."""
    import uvicorn

    with bind("127.0.0.1", 0) as listening:
        app = make(hosts=hosts_of("127.0.0.1"))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.01)
            yield url_of(listening, "127.0.0.1")
        finally:
            server.should_exit = True
            thread.join()
