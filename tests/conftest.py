"""Fixtures that all tests share."""

import os
from pathlib import Path

import cv2
import pytest
from threadpoolctl import threadpool_limits

from fertools.datasets import load_fer2013, make_faces


def pytest_collection_modifyitems(items):
    if Path(os.environ.get("FERTOOLS_DATA") or "~/fertools_data").expanduser().exists():
        return
    absent = pytest.mark.skip(reason="FERTOOLS_DATA names no folder with FER-2013")
    for item in items:
        if item.get_closest_marker("realdata"):
            item.add_marker(absent)


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Results and times that do not depend on the number of cores, nor on the other workers."""
    cv2.setNumThreads(1)
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session")
def faces():
    """Drawn faces, 30 of each expression."""
    return make_faces(210, random_state=0)


@pytest.fixture(scope="session")
def fer2013():
    """The whole of FER-2013; a test that asks for it carries the marker realdata."""
    return load_fer2013()
