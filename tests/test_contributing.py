"""The example descriptor of CONTRIBUTING.md works as documented."""

import re
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from sklearn.utils.estimator_checks import check_estimator

from fertools.datasets import make_faces
from fertools.exceptions import ModelFileError
from fertools.persistence import load, save
from fertools.pipeline import make_fer_pipeline

TEXT = Path(__file__).parents[1].joinpath("CONTRIBUTING.md").read_text(encoding="utf-8")
[SOURCE] = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture
def CellMeans(monkeypatch):
    module = types.ModuleType("my_package")
    monkeypatch.setitem(sys.modules, "my_package", module)
    exec(SOURCE, module.__dict__)
    return module.CellMeans


def test_example_is_short():
    assert len(SOURCE.splitlines()) < 40


def test_example_passes_scikit_learn_checks(CellMeans):
    check_estimator(CellMeans((1, 1)), on_skip=None)


def test_example_computes_cell_means(CellMeans):
    images = np.arange(2 * 4 * 6, dtype=np.uint8).reshape(2, 4, 6)
    means = CellMeans((2, 3)).fit_transform(images)
    expected = images.reshape(2, 2, 2, 3, 2).mean(axis=(2, 4)).reshape(2, 6)
    np.testing.assert_allclose(means, expected)


def test_pipeline_with_the_example_is_saved_and_loaded(CellMeans, tmp_path):
    faces = make_faces(70, random_state=0)
    pipeline = make_fer_pipeline([("means", CellMeans())], selector=None, classifier="rf")
    pipeline.fit(faces.images, faces.labels)
    save(pipeline, tmp_path / "model.fer", trusted_types=["my_package.CellMeans"])
    with pytest.raises(ModelFileError, match="CellMeans"):
        load(tmp_path / "model.fer")
    loaded = load(tmp_path / "model.fer", trusted_types=["my_package.CellMeans"])
    np.testing.assert_array_equal(
        loaded.predict_proba(faces.images), pipeline.predict_proba(faces.images)
    )
