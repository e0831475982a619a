import numpy as np
import pytest

from fertools.datasets._bunch import EXPRESSIONS, face_bunch
from fertools.datasets._face_drawing import (
    OVERSAMPLING,
    Canvas,
    draw_actions,
    draw_face,
    draw_person,
)
from fertools.datasets._make_faces import photograph


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
