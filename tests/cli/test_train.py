"""`fertools train` on data sets with a rare class."""

import numpy as np
import pytest
from PIL import Image

from fertools.cli import main
from fertools.datasets import make_faces
from fertools.persistence import load


@pytest.fixture(scope="module")
def one_disgust(tmp_path_factory):
    """Return a folder with 20 drawn faces per class, but one of disgust."""
    folder = tmp_path_factory.mktemp("faces")
    faces = make_faces(140, random_state=0)
    disgust = np.flatnonzero(faces.labels == "disgust")
    for row in np.delete(np.arange(140), disgust[1:]):
        path = folder / faces.labels[row] / f"{row}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(faces.images[row]).save(path)
    return folder


@pytest.mark.filterwarnings("default::UserWarning")
@pytest.mark.parametrize("classifier", ["svm", "rf", "knn"])
def test_class_with_one_image_is_named(one_disgust, classifier, tmp_path, capsys):
    path = tmp_path / "model.fer"
    options = ["--classifier", classifier, "--features", "hog", "--n-features", "200"]
    with pytest.raises(SystemExit) as exit_:
        main(["train", str(one_disgust), "--out", str(path), *options])
    assert not exit_.value.code
    captured = capsys.readouterr()
    [warning] = [line for line in captured.err.splitlines() if line.startswith("Warning:")]
    assert "need at least 2 samples per class; got 1 of 'disgust'" in warning
    model, test = load(path), make_faces(140, random_state=1)
    probabilities = model.predict_proba(test.images)
    assert np.ptp(probabilities.max(axis=1)) > 0.2
    others = test.labels != "disgust"
    predicted = model.classes_[probabilities.argmax(axis=1)]
    assert (predicted == test.labels)[others].mean() > 0.5
