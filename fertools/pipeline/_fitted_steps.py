"""Fitted steps inside meta-estimators and pipelines."""

from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from ..calibration import ConformalClassifier


def unwrapped(estimator, *, keep_calibration=False):
    """Return the classifier inside wrappers that leave its decision values unchanged.

    Wrappers are searches, `FrozenEstimator`, `ConformalClassifier`, `TemperatureScalingCV` and
    `CalibratedClassifierCV` with ensemble=False. The last two change the probabilities; with
    `keep_calibration`, they are not removed.
    """
    while True:
        calibrated = () if keep_calibration else getattr(estimator, "calibrated_classifiers_", ())
        if hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        elif isinstance(estimator, (FrozenEstimator, ConformalClassifier)):
            estimator = estimator.estimator
        elif len(calibrated) == 1:
            estimator = calibrated[0].estimator
        else:
            return estimator


def flat_steps(estimator):
    """Return the fitted steps of an estimator, without wrappers and nested pipelines."""
    estimator = unwrapped(estimator)
    if not isinstance(estimator, Pipeline):
        return [estimator]
    steps = [step for _, step in estimator.steps if step not in (None, "passthrough")]
    return [flat for step in steps for flat in flat_steps(step)]
