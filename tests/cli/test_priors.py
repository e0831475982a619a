"""Class priors of the recognizer in the commands and on the page."""

import json

import pytest
from PIL import Image
from skimage.data import astronaut

from fertools.app._models import Models
from fertools.persistence import load_pretrained
from fertools.recognizer import ExpressionRecognizer
from fertools.recognizer._priors import PHOTO_PRIORS, priors_of_file


def test_predict_uses_the_priors_of_shipped_models(tmp_path, run):
    photo = tmp_path / "photo.png"
    Image.fromarray(astronaut()).save(photo)
    code, out, _ = run("predict", photo, "--model", "fast", "--format", "json", "--quiet")
    [face] = json.loads(out)[0]["faces"]
    [expected] = ExpressionRecognizer("fast").recognize(astronaut())
    [without] = ExpressionRecognizer(load_pretrained("fast")).recognize(astronaut())
    assert code == 0 and face["probabilities"] == pytest.approx(expected.probabilities)
    assert face["probabilities"]["happy"] != pytest.approx(without.probabilities["happy"])


def test_model_files_of_users_have_no_priors(model):
    assert priors_of_file(model) is None


def test_page_uses_the_priors_of_shipped_models():
    assert Models().recognizer("fast").priors == PHOTO_PRIORS
