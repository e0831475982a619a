import os

# scikit-learn's array API checks are skipped where SciPy was imported without it.
os.environ.setdefault("SCIPY_ARRAY_API", "1")

import pytest

from fertools.datasets import load_fer2013


@pytest.fixture(scope="session")
def fer2013():
    """Return the real FER-2013, or skip where FERTOOLS_DATA does not lead to it."""
    if not os.environ.get("FERTOOLS_DATA"):
        pytest.skip("FERTOOLS_DATA is not set: no real data")
    return load_fer2013()
