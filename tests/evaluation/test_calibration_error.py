import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import accuracy_score

from fertools.evaluation import expected_calibration_error, risk_coverage_curve

CLASSES = np.array(["fear", "happy", "sad"])


def simulate(n, rng):
    """Simulate a perfectly calibrated classifier."""
    probabilities = rng.dirichlet([0.7] * 3, n)
    codes = (probabilities.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)
    return CLASSES[np.minimum(codes, 2)], probabilities


def test_calibration_error_of_known_bins():
    # Bin 1: confidences 0.4 and 0.45, one correct. Bin 2: 0.6, 0.8 and 1, one correct.
    probabilities = [[0.4, 0.3, 0.3], [0.3, 0.25, 0.45], [0.2, 0.6, 0.2], [0.8, 0.2, 0], [0, 1, 0]]
    y_true = ["fear", "happy", "sad", "fear", "sad"]
    ece = expected_calibration_error(y_true, probabilities, CLASSES, n_bins=2)
    assert ece == pytest.approx(2 / 5 * (0.5 - 0.425) + 3 / 5 * (0.8 - 1 / 3))
    # A single bin compares mean confidence and accuracy.
    ece = expected_calibration_error(y_true, probabilities, CLASSES, n_bins=1)
    assert ece == pytest.approx(0.65 - 2 / 5)


def test_error_of_calibrated_classifier_vanishes_with_more_samples():
    rng = np.random.default_rng(0)
    few, many = (expected_calibration_error(*simulate(n, rng), CLASSES) for n in (300, 100_000))
    assert many < 0.005 < few


def test_error_is_smallest_without_temperature():
    y_true, probabilities = simulate(50_000, np.random.default_rng(1))

    def error(power):
        scaled = probabilities**power
        scaled /= scaled.sum(axis=1, keepdims=True)
        return expected_calibration_error(y_true, scaled, CLASSES)

    errors = [error(power) for power in (0.3, 0.6, 1, 1.7, 3)]
    assert errors[0] > errors[1] > errors[2] < errors[3] < errors[4]


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(1, 20), st.integers(0, 1000))
def test_error_is_invariant_to_order_of_samples_and_classes(n, n_bins, seed):
    rng = np.random.default_rng(seed)
    y_true, probabilities = simulate(n, rng)
    rows, columns = rng.permutation(n), rng.permutation(3)
    ece = expected_calibration_error(y_true, probabilities, CLASSES, n_bins=n_bins)
    turned = probabilities[rows][:, columns]
    again = expected_calibration_error(y_true[rows], turned, CLASSES[columns], n_bins=n_bins)
    assert again == pytest.approx(ece, abs=1e-12)
    # Joining bins can only cancel gaps.
    one = expected_calibration_error(y_true, probabilities, CLASSES, n_bins=1)
    assert one <= ece + 1e-12 and 0 <= ece <= 1


def test_risk_coverage_curve_equals_loop():
    y_true, probabilities = simulate(200, np.random.default_rng(2))
    probabilities = np.floor(probabilities * 10) / 10  # ties
    coverage, risk, thresholds = risk_coverage_curve(y_true, probabilities, CLASSES)
    confidence = probabilities.max(axis=1)
    assert_array_equal(thresholds, np.unique(confidence)[::-1])
    predicted = CLASSES[probabilities.argmax(axis=1)]
    for share, error, threshold in zip(coverage, risk, thresholds, strict=True):
        kept = confidence >= threshold
        assert share == pytest.approx(kept.mean())
        assert error == pytest.approx(1 - accuracy_score(y_true[kept], predicted[kept]))
    assert coverage[-1] == 1 and (np.diff(coverage) > 0).all()


def test_risk_of_calibrated_classifier_is_mean_doubt():
    y_true, probabilities = simulate(100_000, np.random.default_rng(3))
    coverage, risk, thresholds = risk_coverage_curve(y_true, probabilities, CLASSES)
    doubt = 1 - thresholds
    expected = doubt.cumsum() / np.arange(1, len(doubt) + 1)
    assert len(doubt) == 100_000
    assert_allclose(risk[1000:], expected[1000:], atol=0.01)
    # The risk decreases with rejection, up to noise.
    assert (np.diff(risk[coverage > 0.1][::3000]) > 0).all()


def test_risk_depends_on_order_of_confidence_only():
    y_true, probabilities = simulate(300, np.random.default_rng(4))
    before = risk_coverage_curve(y_true, probabilities, CLASSES)
    order = np.random.default_rng(5).permutation(300)
    for after in (
        risk_coverage_curve(y_true, probabilities / 2, CLASSES),
        risk_coverage_curve(y_true[order], probabilities[order], CLASSES),
    ):
        assert_array_equal(after[0], before[0])
        assert_array_equal(after[1], before[1])


def test_curve_of_equal_confidences_is_one_point():
    curve = risk_coverage_curve(["fear", "sad"], np.tile([0.2, 0.6, 0.2], (2, 1)), CLASSES)
    assert [values.tolist() for values in curve] == [[1], [1], [0.6]]


@pytest.mark.parametrize("score", [expected_calibration_error, risk_coverage_curve])
@pytest.mark.parametrize(
    ("y_true", "probabilities", "message"),
    [
        ([], np.empty((0, 3)), r"at least one row .*got shape \(0, 3\)"),
        (["sad"], [[0.5, 0.5]], r"one column per class, here 3; got shape \(1, 2\)"),
        (["sad"], [1.0], r"one column per class, here 3; got shape \(1,\)"),
        (["sad"], [[97.0, 2, 1]], r"finite numbers in 0\.\.1; got numbers in 1\.\.97"),
        (["sad"], [[1.2, -0.2, 0]], r"finite numbers in 0\.\.1; got numbers in -0\.2\.\.1\.2"),
        (["sad"], [[np.nan, 0, 1]], r"finite numbers in 0\.\.1; got numbers in nan"),
        (["sad", "sad"], [[0, 0, 1], [0.9, 0.9, 0]], r"sum to 1 per sample; got 1\.8 in row 1"),
        (["joy"], [[0, 0, 1]], r"at least one of the classes \['fear'.*; got labels such as 'joy'"),
        ([2], [[0, 0, 1]], "y_true must hold .*; got labels such as 2"),
    ],
)
def test_invalid_predictions_raise(score, y_true, probabilities, message):
    with pytest.raises(ValueError, match=message):
        score(y_true, probabilities, CLASSES)


def test_labels_that_are_no_classes_are_errors():
    probabilities = np.float32([[0.1, 0.9, 0], [0.1, 0.9, 0]])
    ece = expected_calibration_error(["happy", "contempt"], probabilities, CLASSES)
    assert ece == pytest.approx(0.4)


@pytest.mark.parametrize("score", [expected_calibration_error, risk_coverage_curve])
def test_inconsistent_lengths_raise(score):
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        score(["sad"], np.eye(3), CLASSES)
