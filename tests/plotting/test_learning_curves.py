import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError

from fertools.plotting import LearningCurvesDisplay

HISTORY = {
    "loss": [1.9, 1.2, 0.8, 0.5],
    "val_loss": [1.8, 1.4, 1.3, 1.6],
    "accuracy": [0.2, 0.5, 0.7, 0.8],
    "val_accuracy": [0.2, 0.4, 0.5, 0.6],
    "learning_rate": [0.1, 0.1, 0.1, 0.05],
}


def test_curves_and_best_epoch():
    display = LearningCurvesDisplay.from_history(HISTORY)
    assert display.history is HISTORY
    assert display.best_epoch_ == 2
    assert list(display.lines_) == ["loss", "val_loss", "accuracy", "val_accuracy"]
    for key, line in display.lines_.items():
        np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3, 4])
        np.testing.assert_array_equal(line.get_ydata(), HISTORY[key])
        assert line.get_markevery() == [2]
    assert [ax.get_ylabel() for ax in display.axes_] == ["loss", "accuracy"]
    for ax in display.axes_:
        assert ax.get_xlabel() == "epoch"
        assert len(ax.lines) == 3
        np.testing.assert_array_equal(ax.lines[2].get_xdata(), [3, 3])
        texts = [text.get_text() for text in ax.get_legend().get_texts()]
        assert texts == ["training", "validation", "best epoch: 3"]
        assert all(tick == int(tick) for tick in ax.get_xticks())


def test_best_epoch_without_validation_has_smallest_training_loss():
    display = LearningCurvesDisplay.from_history({"loss": [2.0, 1.0, np.nan], "accuracy": [0] * 3})
    assert display.best_epoch_ == 1
    assert list(display.lines_) == ["loss", "accuracy"]


def test_given_best_epoch_is_marked():
    display = LearningCurvesDisplay.from_history(HISTORY, best_epoch=3)
    assert display.best_epoch == display.best_epoch_ == 3
    assert display.lines_["val_loss"].get_markevery() == [3]


@pytest.mark.parametrize("best_epoch", [-1, 4, 1.5, "last"])
def test_best_epoch_outside_the_history_raises(best_epoch):
    with pytest.raises(ValueError, match=r"best_epoch must be in 0\.\.3 or None; got"):
        LearningCurvesDisplay.from_history(HISTORY, best_epoch=best_epoch)


def test_history_without_accuracy_has_one_panel():
    display = LearningCurvesDisplay.from_history({"loss": [1.0]})
    assert len(display.axes_) == len(display.figure_.axes) == 1


def test_from_estimator():
    network = DummyClassifier()
    with pytest.raises(NotFittedError):
        LearningCurvesDisplay.from_estimator(network)
    network.history_ = HISTORY
    assert LearningCurvesDisplay.from_estimator(network).history is HISTORY
    network.best_epoch_ = 1
    assert LearningCurvesDisplay.from_estimator(network).best_epoch_ == 1


def test_plot_on_given_axes(panels):
    display = LearningCurvesDisplay.from_history(HISTORY, ax=panels)
    assert list(display.axes_) == list(panels) and display.figure_ is panels[0].figure
    with pytest.raises(ValueError, match="ax must be 2 axes, for loss and accuracy; got 1"):
        LearningCurvesDisplay.from_history(HISTORY, ax=panels[0])


@pytest.mark.parametrize("history", [{}, {"accuracy": [0.1]}, {"loss": []}])
def test_history_without_loss_raises(history):
    with pytest.raises(ValueError, match="history must hold 'loss' with a value for each epoch"):
        LearningCurvesDisplay.from_history(history)
