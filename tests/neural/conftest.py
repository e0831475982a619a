"""Fixtures that release the memory of networks."""

import gc

import pytest
from network_helpers import build


@pytest.fixture(scope="module", autouse=True)
def release_networks():
    """Release the networks of a module; TensorFlow's are in reference cycles."""
    yield
    build.cache_clear()
    gc.collect()
