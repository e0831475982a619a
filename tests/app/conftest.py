import signal
import subprocess
import sys
from io import BytesIO

import pytest
from PIL import Image
from skimage.data import astronaut


@pytest.fixture(scope="session")
def photo():
    """Return a JPEG of the astronaut."""
    file = BytesIO()
    Image.fromarray(astronaut()).save(file, "JPEG", quality=90)
    return file.getvalue()


@pytest.fixture(scope="session")
def page_url(tmp_path_factory):
    """Return the address of the page with a limit of 4 MiB, run by the command."""
    errors = tmp_path_factory.mktemp("page") / "errors.txt"
    command = [sys.executable, "-m", "fertools", "app", "--port", "0", "--max-upload", "4"]
    with (
        errors.open("w") as file,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=file, text=True) as process,
    ):
        line = process.stdout.readline()
        assert line.startswith("Open http://127.0.0.1:"), errors.read_text()
        yield line.split()[1]
        process.send_signal(signal.SIGINT)
        rest, code = process.stdout.read(), process.wait(30)
    assert (rest, code) == ("", 0), errors.read_text()
