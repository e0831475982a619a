"""Fitted steps inside meta-estimators and pipelines."""

from math import isqrt

from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from ..calibration import ConformalClassifier
from ..detection import FaceLocalizer


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


def split_localizer(estimator):
    """Return the FaceLocalizer that an estimator begins with or None, and a classifier of crops.

    Raises
    ------
    ValueError
        If there is a FaceLocalizer at another place, such as inside a ConformalClassifier.
    """
    estimator = getattr(estimator, "best_estimator_", estimator)
    localizer, rest = None, estimator
    if isinstance(estimator, FrozenEstimator):
        localizer, inner = split_localizer(estimator.estimator)
        rest = estimator if localizer is None else FrozenEstimator(inner)
    elif isinstance(estimator, Pipeline) and isinstance(estimator[0], FaceLocalizer):
        localizer, rest = estimator[0], estimator[1:]
    if _holds_localizer(rest):
        raise ValueError(
            "pipeline must have its FaceLocalizer in the first step, or have none; got one inside "
            f"of {type(rest).__name__}. Leave it out, and fit on the crops that it returns."
        )
    return localizer, rest


def _holds_localizer(estimator):
    values = estimator.get_params().values() if hasattr(estimator, "get_params") else ()
    return any(
        isinstance(value, FaceLocalizer)
        or (isinstance(value, FrozenEstimator) and _holds_localizer(value.estimator))
        for value in (*values, estimator)
    )


def expected_shape(pipeline):
    """Return the height and width of the faces that a classifier takes, or None if unknown."""
    for step in flat_steps(pipeline):
        if getattr(step, "image_shape_", None) is not None:
            return tuple(step.image_shape_)
    # Classifiers of pixels only have their number.
    side = isqrt(getattr(pipeline, "n_features_in_", 0))
    return (side, side) if side and side**2 == pipeline.n_features_in_ else None
