import matplotlib
import pytest
from matplotlib import pyplot


@pytest.fixture(autouse=True)
def figures():
    """Draw without a screen, and close all figures; each must draw without a warning."""
    matplotlib.use("Agg")
    yield
    for number in pyplot.get_fignums():
        pyplot.figure(number).canvas.draw()
    pyplot.close("all")


@pytest.fixture
def panels():
    """Return two axes of one figure."""
    return pyplot.subplots(1, 2)[1]
