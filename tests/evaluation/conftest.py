import numpy as np
import pytest
from comparison_methods import FITTED
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from fertools.datasets import make_faces
from fertools.datasets._bunch import EXPRESSIONS, face_bunch
from fertools.datasets._face_drawing import (
    OVERSAMPLING,
    Canvas,
    draw_actions,
    draw_face,
    draw_person,
)
from fertools.datasets._make_faces import photograph
from fertools.evaluation import compare
from fertools.features import DiscreteCosine


def draw_persons(n_persons, n_images, *, n_frames=1, seed=0, size=48):
    """Return a Bunch of drawn persons with several expressions each, like CK+.

    Each expression has `n_frames` images that differ in focus, illumination and noise only.
    """
    rows = []
    for person in range(n_persons):
        rng = np.random.default_rng([seed, person])
        traits = draw_person(rng)
        for image in range(n_images):
            target = (person + image) % len(EXPRESSIONS)
            pose = np.radians(rng.normal(0, 7)), rng.uniform(0.43, 0.5), *rng.normal(0, 0.025, 2)
            canvas = Canvas(size * OVERSAMPLING, pose, traits["background"])
            draw_face(canvas, traits, draw_actions(EXPRESSIONS[target], rng))
            for frame in range(n_frames):
                picture = photograph(canvas.pixels, size, 6.0, rng)
                rows.append((picture, target, f"S{person:03}", f"{person}_{image}_{frame}"))
    images, targets, persons, ids = zip(*rows, strict=True)
    return face_bunch(np.stack(images), targets, EXPRESSIONS, ids, groups=np.array(persons))


@pytest.fixture(scope="session")
def people():
    """Return 24 drawn persons with 7 expressions and 2 frames each, and duplicates across persons.

    Sample 0 of S000 has an exact duplicate in S005, sample 100 of S007 a near one in S020.
    """
    bunch = draw_persons(24, 7, n_frames=2)
    first = {person: np.flatnonzero(bunch.groups == person)[0] for person in ("S005", "S020")}
    bunch.images[first["S005"]] = bunch.images[0]
    bunch.images[first["S020"]] = bunch.images[100] // 2 + 50
    return bunch


@pytest.fixture(autouse=True)
def nothing_fitted():
    FITTED.clear()


@pytest.fixture(scope="session")
def faces():
    """Drawn faces in published splits; samples 105 and 106 of PrivateTest are duplicates."""
    bunch = make_faces(140, random_state=0)
    bunch.usage = np.repeat(["Training", "PrivateTest"], [105, 35])
    bunch.images[[105, 106]] = bunch.images[[0, 1]]
    return bunch


@pytest.fixture(scope="session")
def methods():
    return {
        "lda": make_pipeline(DiscreteCosine(30), LinearDiscriminantAnalysis()),
        "knn": make_pipeline(DiscreteCosine(60), KNeighborsClassifier(1)),
        "svm": make_pipeline(DiscreteCosine(30), LinearSVC(random_state=0)),
        "chance": DummyClassifier(strategy="stratified", random_state=0),
    }


@pytest.fixture(scope="session")
def comparison(faces, methods):
    return compare(methods, faces, "fer2013_published")
