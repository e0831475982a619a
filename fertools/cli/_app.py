"""``fertools app``."""

from ._serving import Host, MaxUpload, ModelsFolder, Port, ServedModel, Workers, start_server
from ._terminal import Quiet, status


def open_page(
    host: Host = "127.0.0.1",
    port: Port = 7860,
    model: ServedModel = "fast",
    models_folder: ModelsFolder = None,
    max_upload: MaxUpload = 128,
    workers: Workers = 2,
    quiet: Quiet = False,
):
    """Run a web page that recognizes the expressions in photos.

    The page sends nothing to other servers. People in the photos must be informed.
    """
    from ..app import UploadLimits, make_page

    def make(**options):
        with status("Loading the page ...", quiet):
            return make_page(**options)

    options = {
        "model": model,
        "models_folder": models_folder,
        "limits": UploadLimits(max_bytes=max_upload * 2**20, max_photos=1000),
        "max_workers": workers,
    }
    start_server(make, host, port, options)
