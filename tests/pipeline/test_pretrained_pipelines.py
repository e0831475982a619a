"""Untrained pipelines of the shipped models."""

import numpy as np
import pytest
from PIL import Image

from fertools.datasets import load_image_folder, make_faces
from fertools.persistence import load, save
from fertools.pipeline import (
    make_pretrained_pipeline,
)
from fertools.recognizer import ExpressionRecognizer


@pytest.fixture(scope="module")
def faces():
    return make_faces(210, random_state=0)


@pytest.fixture(scope="module")
def test_faces():
    return make_faces(70, random_state=1)


# Few words and components, learned from few windows, for speed.
SMALL = {
    "classify__transformer__n_components": 40,
    "classify__transformer__transformer__n_words": 80,
    "classify__transformer__transformer__n_samples": 5000,
}


@pytest.mark.parametrize(
    ("name", "size", "given"),
    [("fast", 48, {}), ("fast", 64, SMALL), ("accurate", 48, SMALL)],
)
def test_pretrained_pipeline_on_a_folder_of_faces(test_faces, tmp_path, name, size, given):
    drawn = make_faces(140, size=size, random_state=0)
    for k, (image, label) in enumerate(zip(drawn.images, drawn.labels, strict=True)):
        (tmp_path / label).mkdir(exist_ok=True)
        Image.fromarray(image).save(tmp_path / label / f"{k}.png")

    faces = load_image_folder(tmp_path)
    model = make_pretrained_pipeline(name).set_params(**given).fit(faces.images, faces.labels)
    recognizer = ExpressionRecognizer(model, detector=None)

    assert recognizer.size_ == size
    # The recognizer resizes faces of other sizes.
    results = list(recognizer.recognize_many(list(test_faces.images)))
    named = [result.faces[0].expression for result in results]
    assert np.mean(np.array(named) == test_faces.labels) > 0.5


def test_pretrained_pipeline_sets_n_jobs_and_random_state(faces, test_faces, tmp_path):
    pipeline = make_pretrained_pipeline(n_jobs=2, random_state=5)
    parameters = pipeline.get_params()
    for name, value in (("n_jobs", 2), ("random_state", 5)):
        inner = [parameters[key] for key in parameters if key.endswith(f"__{name}")]
        assert len(inner) >= 3
        assert set(inner) == {value}
    model = pipeline.set_params(**SMALL).fit(faces.images, faces.labels)
    again = make_pretrained_pipeline(random_state=5).set_params(**SMALL)
    again.fit(faces.images, faces.labels)
    probabilities = model.predict_proba(test_faces.images)
    np.testing.assert_allclose(again.predict_proba(test_faces.images), probabilities, atol=1e-6)
    save(model, tmp_path / "model.fer")
    loaded = load(tmp_path / "model.fer")
    np.testing.assert_array_equal(loaded.predict_proba(test_faces.images), probabilities)


def test_pretrained_pipelines_are_independent():
    first, second = make_pretrained_pipeline("accurate"), make_pretrained_pipeline("accurate")
    first.set_params(classify__transformer__n_components=3)
    assert second["classify"].transformer.n_components > 3
    with pytest.raises(ValueError, match=r"name must be one of \['fast', 'accurate'\]; got 'slow'"):
        make_pretrained_pipeline("slow")
