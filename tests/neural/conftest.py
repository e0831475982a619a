"""Release the memory of networks after each module."""

import sys

import pytest
from network_helpers import build


@pytest.fixture(scope="module", autouse=True)
def release_networks():
    yield
    build.cache_clear()
    if "keras" in sys.modules:
        sys.modules["keras"].utils.clear_session()
