import numpy as np
import pytest

from fertools.plotting import ReliabilityDisplay

CLASSES = np.array(["fear", "happy", "sad"])


@pytest.fixture
def predicted():
    """Predictions of a perfectly calibrated classifier."""
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet([0.5] * 3, 4000)
    ranks = (probabilities.cumsum(axis=1) < rng.random((4000, 1))).sum(axis=1)
    return CLASSES[np.minimum(ranks, 2)], probabilities


def test_bins_equal_loop(predicted):
    y_true, probabilities = predicted
    display = ReliabilityDisplay.from_predictions(y_true, probabilities, CLASSES, n_bins=10)
    ece = 0
    for b in range(10):
        rows = [
            (row.max(), CLASSES[row.argmax()] == label)
            for row, label in zip(probabilities, y_true, strict=True)
            if b / 10 <= row.max() < (b + 1) / 10
        ]
        assert display.counts[b] == len(rows)
        if rows:
            confidence, right = np.mean(rows, axis=0)
            assert display.confidence[b] == pytest.approx(confidence)
            assert display.accuracy[b] == pytest.approx(right)
            ece += len(rows) / 4000 * abs(confidence - right)
        else:
            assert np.isnan(display.accuracy[b]) and np.isnan(display.confidence[b])
    assert display.ece_ == pytest.approx(ece)
    assert display.ax_.get_title() == f"ECE {ece:.3f} over 4,000 samples"


def test_calibrated_classifier_has_small_error(predicted):
    y_true, probabilities = predicted
    assert ReliabilityDisplay.from_predictions(y_true, probabilities, CLASSES).ece_ < 0.03
    # Overconfident: same order, sharper probabilities.
    sharper = probabilities**3 / (probabilities**3).sum(axis=1, keepdims=True)
    assert ReliabilityDisplay.from_predictions(y_true, sharper, CLASSES).ece_ > 0.1


def test_error_of_certain_predictions():
    certain = np.eye(3)
    assert ReliabilityDisplay.from_predictions(CLASSES, certain, CLASSES).ece_ == 0
    wrong = ReliabilityDisplay.from_predictions(CLASSES, certain[[1, 2, 0]], CLASSES)
    assert wrong.ece_ == pytest.approx(1)
    # Confidence 1 is in the last bin.
    assert wrong.counts.tolist() == [0] * 14 + [3]


def test_bars_and_points(predicted, panels):
    display = ReliabilityDisplay.from_predictions(*predicted, CLASSES, n_bins=6, ax=panels[1])
    assert display.ax_ is panels[1] and display.figure_ is panels[1].figure
    filled = display.counts > 0
    assert [bar.get_height() for bar in display.bars_] == display.accuracy[filled].tolist()
    left = [bar.get_x() for bar in display.bars_]
    np.testing.assert_allclose(left, np.flatnonzero(filled) / 6)
    np.testing.assert_array_equal(display.line_.get_xdata(), display.confidence[filled])
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("confidence", "accuracy")


def test_from_estimator_uses_order_of_classes():
    class Certain:
        classes_ = CLASSES

        def predict_proba(self, X):
            return np.tile([0.1, 0.1, 0.8], (len(X), 1))

    display = ReliabilityDisplay.from_estimator(Certain(), range(4), ["sad"] * 3 + ["fear"])
    assert display.ece_ == pytest.approx(0.8 - 0.75)


def test_inconsistent_lengths_raise():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        ReliabilityDisplay.from_predictions(["sad"], np.eye(3), CLASSES)
