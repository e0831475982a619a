import numpy as np
import pytest
from numpy.testing import assert_array_equal

from fertools.evaluation import risk_coverage_curve
from fertools.plotting import RiskCoverageDisplay

CLASSES = np.array(["fear", "happy", "sad"])


@pytest.fixture
def predicted():
    rng = np.random.default_rng(0)
    return rng.choice(CLASSES, 50), rng.dirichlet([0.5] * 3, 50)


def test_curve(predicted, panels):
    display = RiskCoverageDisplay.from_predictions(*predicted, CLASSES, ax=panels[1])
    assert display.ax_ is panels[1] and display.figure_ is panels[1].figure
    coverage, risk, thresholds = risk_coverage_curve(*predicted, CLASSES)
    assert_array_equal(display.line_.get_xydata(), np.column_stack([coverage, risk]))
    assert_array_equal(display.thresholds, thresholds)
    assert display.ax_.get_title() == f"Error rate {risk[-1]:.3f} at full coverage"
    assert display.ax_.get_xlim() == (0, 1) and display.ax_.get_ylim()[0] == 0


def test_from_estimator_uses_order_of_classes():
    class Certain:
        classes_ = CLASSES

        def predict_proba(self, X):
            return np.tile([0.1, 0.1, 0.8], (len(X), 1))

    display = RiskCoverageDisplay.from_estimator(Certain(), range(4), ["sad"] * 3 + ["fear"])
    assert display.coverage.tolist() == [1] and display.risk.tolist() == [0.25]
