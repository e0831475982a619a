import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from fertools.datasets import make_faces
from fertools.evaluation import compare
from fertools.features import DiscreteCosine


@pytest.fixture(autouse=True)
def figures():
    """Use a backend without a screen; draw all figures after the test, and close them."""
    matplotlib.use("Agg")
    yield
    for number in pyplot.get_fignums():
        pyplot.figure(number).canvas.draw()
    pyplot.close("all")


@pytest.fixture
def panels():
    """Return two axes of one figure."""
    return pyplot.subplots(1, 2)[1]


@pytest.fixture(scope="session")
def compared():
    """Return a comparison of three methods, one of which fails, and its data of 20 persons."""
    faces = make_faces(140, random_state=0)
    faces.groups = np.array([f"S{row // 7:02}" for row in range(140)])
    methods = {
        "lda": make_pipeline(DiscreteCosine(40), LinearDiscriminantAnalysis()),
        "broken": DummyClassifier(strategy="constant", constant="bored"),
        "knn": make_pipeline(DiscreteCosine(40), KNeighborsClassifier(1)),
    }
    return compare(methods, faces), faces
