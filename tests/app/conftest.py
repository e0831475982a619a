from io import BytesIO

import pytest
from PIL import Image
from serving import running
from skimage.data import astronaut


@pytest.fixture(scope="session")
def photo():
    """Return a JPEG of the astronaut."""
    file = BytesIO()
    Image.fromarray(astronaut()).save(file, "JPEG", quality=90)
    return file.getvalue()


@pytest.fixture(scope="session")
def page_url():
    """Return the address of the page with a limit of 4 MiB."""
    from fertools.app import UploadLimits, make_page

    limits = UploadLimits(max_bytes=4 * 2**20)
    with running(lambda hosts: make_page(limits=limits, hosts=hosts)) as url:
        yield url
