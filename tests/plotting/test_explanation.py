import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from fertools.datasets import make_faces
from fertools.features import OrientedGradients
from fertools.inspection import explain
from fertools.plotting import ExplanationDisplay

FACES = make_faces(35, random_state=0)


@pytest.fixture(scope="module")
def model():
    hog = OrientedGradients(4, grids=((4, 4),), block=1)
    return make_pipeline(hog, LogisticRegression()).fit(FACES.images, FACES.labels)


def test_heat_is_drawn_over_faces(model):
    display = ExplanationDisplay.from_estimator(model, FACES.images[:3], expression="happy")
    assert len(display.images_) == len(display.heat_) == 3
    for image, heat, one in zip(display.images_, display.heat_, display.explanations, strict=True):
        np.testing.assert_array_equal(heat.get_array(), one.heat)
        assert image.get_extent() == heat.get_extent()
        limit = abs(one.heat).max()
        assert heat.get_clim() == (-limit, limit)
        assert heat.get_alpha().max() < 1 and heat.get_alpha().min() < 0.2
    for text, one in zip(display.text_, display.explanations, strict=True):
        assert text.get_text() == f"happy {one.decision:+.2f}"
    assert display.colorbar_ is None


def test_scale_can_be_shared(model):
    display = ExplanationDisplay.from_estimator(model, FACES.images[:2], share_scale=True)
    limits = {heat.get_clim() for heat in display.heat_}
    largest = max(abs(one.heat).max() for one in display.explanations)
    assert limits == {(-largest, largest)}
    assert display.colorbar_.ax.get_ylabel() == "contribution per pixel"


def test_explanation_draws_itself(model, panels):
    explanation = explain(model, FACES.images[0], "sad", against="happy")
    display = explanation.plot(panels[1])
    assert display.ax_ is panels[1] and display.explanations == [explanation]
    [text] = display.text_
    assert text.get_text() == f"sad {explanation.decision:+.2f}\nagainst happy"


def test_occlusion_is_labeled_with_the_probability():
    pixels = FACES.images.reshape(35, -1)
    explanation = explain(GaussianNB().fit(pixels, FACES.labels), FACES.images[0])
    display = explanation.plot()
    assert display.text_[0].get_text() == f"{explanation.expression} {explanation.decision:.0%}"
    assert display.colorbar_.ax.get_ylabel() == "loss of probability"
