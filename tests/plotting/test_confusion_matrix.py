import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.metrics import confusion_matrix

from fertools.datasets import EXPRESSIONS
from fertools.plotting import ConfusionMatrixDisplay


@pytest.fixture
def labels():
    rng = np.random.default_rng(0)
    truth = rng.choice(EXPRESSIONS, 300)
    return truth, np.where(rng.random(300) < 0.6, truth, rng.choice(EXPRESSIONS, 300))


def test_cells_show_shares_and_counts(labels):
    display = ConfusionMatrixDisplay.from_predictions(*labels)
    counts = confusion_matrix(*labels, labels=EXPRESSIONS)
    np.testing.assert_array_equal(display.confusion_matrix, counts)
    shares = confusion_matrix(*labels, labels=EXPRESSIONS, normalize="true")
    np.testing.assert_allclose(display.im_.get_array(), shares)
    assert display.im_.get_clim() == (0, 1)
    for text, share, count in zip(display.text_.flat, shares.flat, counts.flat, strict=True):
        assert text.get_text() == f"{share:.0%}\n{count}"
    assert display.ax_.get_xlabel() == "Predicted label"
    assert display.ax_.get_ylabel() == "True label"


def test_classes_are_in_order_of_fer2013(labels):
    display = ConfusionMatrixDisplay.from_predictions(*labels)
    assert display.display_labels == list(EXPRESSIONS)
    assert [tick.get_text() for tick in display.ax_.get_xticklabels()] == list(EXPRESSIONS)
    other = ConfusionMatrixDisplay.from_predictions(["sad", "contempt", "angry"], ["bored"] * 3)
    assert other.display_labels == ["angry", "sad", "bored", "contempt"]
    numbers = ConfusionMatrixDisplay.from_predictions([2, 1], [1, 1])
    assert numbers.display_labels == [1, 2]


def test_given_labels_set_the_order():
    display = ConfusionMatrixDisplay.from_predictions(
        ["sad", "sad"], ["sad", "happy"], labels=["sad", "happy", "fear"]
    )
    # Rows of classes without samples are 0.
    np.testing.assert_array_equal(display.im_.get_array(), [[0.5, 0.5, 0], [0] * 3, [0] * 3])


def test_text_contrasts_with_its_cell(labels):
    display = ConfusionMatrixDisplay.from_predictions(*labels).plot(cmap="gray")
    for text, share in zip(display.text_.flat, display.im_.get_array().flat, strict=True):
        assert abs(text.get_color()[0] - share) >= 0.5


def test_from_estimator():
    X, y = np.zeros((4, 1)), ["sad", "sad", "sad", "fear"]
    display = ConfusionMatrixDisplay.from_estimator(DummyClassifier().fit(X, y), X, y)
    assert display.display_labels == ["fear", "sad"]
    np.testing.assert_array_equal(display.confusion_matrix, [[0, 1], [0, 3]])


def test_plot_on_given_axes(labels, panels):
    display = ConfusionMatrixDisplay.from_predictions(*labels, ax=panels[1])
    assert display.ax_ is panels[1] and display.figure_ is panels[1].figure
    assert len(panels[1].texts) == 49 and not panels[0].texts
