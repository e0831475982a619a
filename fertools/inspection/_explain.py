"""Explain the decision of a pipeline about one face."""

import os
import warnings
from collections.abc import Iterable
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_is_fitted

from .._utils.images import resize, to_uint8
from ..detection._smaller_faces import show_smaller_faces
from ..persistence import load
from ..persistence._model_file import model_path
from ..pipeline._fitted_steps import expected_shape, flat_steps, split_localizer, unwrapped
from ._explained_pipeline import (
    ExplainedPipeline,
    UnexplainedError,
    as_input,
)
from ._explanation import BOX, Explanation, smoothed, spread
from ._linear_parts import decision_of, stored_samples
from ._occlusion import occlusion_losses

_METHODS = ("auto", "contributions", "occlusion")
# Largest differences from decision values in single precision, relative to these values and to the
# sum of their absolute terms.
_AGREEMENT, _ROUNDING = 1e-3, 1e-5


def class_code(classes, name, parameter):
    """Return the index of a class by its name.

    Raises
    ------
    ValueError
        If there is no such class.
    """
    names = [str(one) for one in classes]
    if str(name) not in names:
        raise ValueError(f"{parameter} must be one of {names}; got {name!r}.")
    return names.index(str(name))


def _sized(pixels, shape):
    return pixels if shape is None or pixels.shape == shape else resize(pixels, shape)


def _sums(groups, values):
    """Sum values by descriptor and box, in the order of the features."""
    table = pd.DataFrame({name: groups[name] for name in ("descriptor", *BOX)})
    table = table.assign(contribution=values)
    return table.groupby(["descriptor", *BOX], sort=False)["contribution"].sum().reset_index()


def _check_agreement(pipeline, face, code, against, decision, magnitude):
    """Raise RuntimeError unless the classifier has the explained decision value."""
    classifier = unwrapped(pipeline)
    if not hasattr(classifier, "decision_function"):
        return
    values = classifier.decision_function(as_input(classifier, face[None]))[0]
    if np.ndim(values) == 0:
        expected = values if code == 1 else -values
    elif getattr(flat_steps(classifier)[-1], "decision_function_shape", None):
        return  # Votes of pairs.
    else:
        expected = values[code] - (0 if against is None else values[against])
    tolerance = _AGREEMENT * max(1, np.abs(values).max()) + _ROUNDING * magnitude
    if abs(expected - decision) > tolerance:
        raise RuntimeError(
            f"The explained decision value, {decision:g}, differs from that of the classifier, "
            f"{expected:g}."
        )


def _prototypes(parts, decision, z, n):
    stored = None if parts.augmented else stored_samples(parts.classifier, decision, z)
    if stored is None or n == 0:
        return None
    table = pd.DataFrame({"index": stored.indices, "influence": stored.influences})
    largest = table["influence"].abs().sort_values(ascending=False, kind="stable").index[:n]
    return table.loc[largest].reset_index(drop=True)


def explain_contributions(pipeline, face, code, against, background, n_prototypes):
    """Return the fields of an `Explanation` by contributions.

    Raises
    ------
    UnexplainedError
        If the pipeline has no such explanation.
    """
    parts = ExplainedPipeline(pipeline)
    decision = decision_of(parts.classifier, code, against)
    if decision is None:
        name = type(parts.classifier).__name__
        raise UnexplainedError(f"{name} is neither a linear nor a kernel classifier of fertools.")
    images = parts.images(face[None])
    local = parts.local(images)[0]
    end = parts.first.forward(local)
    if background is not None:
        start = parts.first.forward(parts.local(parts.images(background)).mean(axis=0))
        reference = "mean features of the background"
    elif parts.start is not None:
        start, reference = parts.start, "mean features of the training samples"
    else:
        start, reference = np.zeros(len(end)), "features of 0"
    z = parts.finish(end)
    low, high, gradient = decision.along(parts.finish(start), z)
    _check_agreement(pipeline, face, code, against, high, decision.magnitude(z))
    values = parts.first.lift(end - start) * parts.backward(gradient)
    contributions = _sums(parts.groups, values)
    return {
        "decision": high,
        "baseline": low,
        "reference": reference,
        "contributions": contributions,
        "heat": parts.to_face(smoothed(spread(contributions, images.shape[1:])), face),
        "prototypes": _prototypes(parts, decision, z, n_prototypes),
    }


def explain_occlusion(pipeline, face, code, against):
    """Return the fields of an `Explanation` by occlusion."""
    if not hasattr(pipeline, "predict_proba"):
        raise TypeError(
            f"pipeline must have predict_proba to be explained by occlusion; got {pipeline!r}."
        )
    weights = np.eye(len(pipeline.classes_))[code]
    if against is not None:
        weights -= np.eye(len(weights))[against]
    probability, losses, heat = occlusion_losses(pipeline, face, weights)
    return {
        "decision": probability,
        "baseline": np.nan,
        "reference": "probability of the face",
        "contributions": losses,
        "heat": smoothed(heat),
    }


def _fields(method, pipeline, face, code, against, background, n_prototypes):
    """Return the method that is used, and the fields of an `Explanation`."""
    if method != "occlusion":
        try:
            return "contributions", explain_contributions(
                pipeline, face, code, against, background, n_prototypes
            )
        except UnexplainedError as error:
            if method == "contributions":
                raise TypeError(f"pipeline must be linear in a kernel: {error}") from error
    return "occlusion", explain_occlusion(pipeline, face, code, against)


def explain(
    pipeline: Any,
    face: Any,
    expression: str | None = None,
    *,
    against: str | None = None,
    method: str = "auto",
    background: Iterable[Any] | None = None,
    n_prototypes: int = 10,
) -> Explanation:
    r"""Explain a decision by the contributions of descriptors and face regions.

    For a linear classifier or a kernel classifier of :mod:`fertools.kernels` on the features of a
    descriptor, the difference between the decision values of the face and of a baseline is divided
    among the features by integrated gradients [1]_, the Aumann-Shapley value [2]_:

    .. math:: c_j = (x_j - b_j) \int_0^1 \frac{\partial f}{\partial x_j}(b + t (x - b)) \, dt,
        \qquad \sum_j c_j = f(x) - f(b)

    where x are the features of the face, b those of the baseline and f is the decision value. For
    a linear classifier, :math:`c_j = w_j (x_j - b_j)`. The integral is computed by Gauss-Legendre
    quadrature in double precision until the sum on the right holds to nine digits. Contributions
    are then summed over the features of each descriptor and box.

    For other classifiers, parts of the face are covered with its mean gray level, and the loss of
    probability is measured [3]_.

    Parameters
    ----------
    pipeline : {"fast", "accurate"}, path or estimator
        Name of a shipped model, path of a model file, or fitted classifier of face crops. A face
        localizer is skipped. Calibration of the probabilities is ignored, as it does not change
        the decision values.
    face : array-like of shape (h, w), (h, w, 3) or (h, w, 4), path, bytes or file object
        Cropped face, as returned by `fertools.detection.FaceLocalizer`; no face is searched for,
        and a whole photo is explained as one face, with a warning. It is resized if it does not
        have the size that the pipeline was fitted on.
    expression : str or None, default=None
        Class to explain; None means the class that `pipeline` predicts. An ExpressionRecognizer
        may name another one, because of its priors: pass the `expression` of its face.
    against : str or None, default=None
        Class to compare it with: explains the difference of both decision values. None means the
        decision value of `expression` alone.
    method : {"auto", "contributions", "occlusion"}, default="auto"
        "auto" means "contributions" if the pipeline allows it, and otherwise "occlusion".
    background : array-like of shape (n, h, w), iterable of images or None, default=None
        Faces whose mean features are the baseline. None means the mean features of the training
        samples if a step of the pipeline has stored them, which `PrincipalFeatures`, `PCA`,
        `StandardScaler`, `LinearDiscriminantAnalysis` and `KernelRidgeClassifier` do; otherwise
        features of 0.
    n_prototypes : int, default=10
        Number of training samples in `prototypes`.

    Returns
    -------
    Explanation
        Contributions, heat map and, if the classifier stores training samples, those with the
        largest influence. The shipped models store none.

    Raises
    ------
    ValueError
        If there is no class of that name, or `method` is unknown.
    TypeError
        If the pipeline cannot be explained by `method`.
    NotFittedError
        If the pipeline is not fitted.

    See Also
    --------
    fertools.plotting.ExplanationDisplay : Heat maps over faces.
    grad_cam : Heat maps of networks.

    Notes
    -----
    Local features behind a projection, such as `PrincipalFeatures`, are replaced by those that the
    projection preserves: :math:`x - b` is the least-norm change of the local features that changes
    the components as the face does.

    The decision value of a support vector classifier for more than two classes is the sum of the
    decision values of `expression` against each other class; the votes are not divided. The
    outputs of a `PairMeansClassifier` are logits. Shipped models predict in single precision, so
    that the explained value may differ from their `decision_function` by about 1e-5 of the sum of
    absolute terms.

    Contributions say what the classifier has used, not what a person felt.

    References
    ----------
    .. [1] M. Sundararajan, A. Taly, Q. Yan (2017). Axiomatic attribution for deep networks. ICML,
       PMLR 70, 3319-3328.
    .. [2] R. J. Aumann, L. S. Shapley (1974). Values of non-atomic games. Princeton University
       Press.
    .. [3] M. D. Zeiler, R. Fergus (2014). Visualizing and understanding convolutional networks.
       ECCV, LNCS 8689, 818-833. :doi:`10.1007/978-3-319-10590-1_53`

    Examples
    --------
    >>> from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    >>> from sklearn.pipeline import make_pipeline
    >>> from fertools.datasets import make_faces
    >>> from fertools.features import OrientedGradients
    >>> from fertools.inspection import explain
    >>> faces = make_faces(140, random_state=0)
    >>> lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.5)
    >>> model = make_pipeline(OrientedGradients(), lda).fit(faces.images, faces.labels)
    >>> explanation = explain(model, faces.images[0])
    >>> total = explanation.baseline + explanation.contributions["contribution"].sum()
    >>> bool(abs(total - explanation.decision) < 1e-6)
    True
    """
    if method not in _METHODS:
        raise ValueError(f"method must be one of {list(_METHODS)}; got {method!r}.")
    check_scalar(n_prototypes, "n_prototypes", Integral, min_val=0)
    if isinstance(pipeline, (str, os.PathLike)):
        pipeline = load(model_path(pipeline))
    _, pipeline = split_localizer(pipeline)
    check_is_fitted(pipeline)
    shape = expected_shape(pipeline)
    pixels = to_uint8(face)
    if shape is not None and show_smaller_faces([pixels], shape):
        warnings.warn(
            "face seems to be a whole photo, which is explained as one face. Pass a cropped face, "
            "for example from fertools.detection.FaceLocalizer.",
            stacklevel=2,
        )
    pixels = _sized(pixels, shape)
    if background is not None:
        faces = [_sized(to_uint8(image), shape) for image in background]
        if not faces:
            raise ValueError("background must hold at least one face; got 0.")
        background = np.stack(faces)
    classes = pipeline.classes_
    with warnings.catch_warnings():
        # A pipeline that was fitted on a table has names of its pixels.
        warnings.filterwarnings("ignore", "X does not have valid feature names")
        if expression is None:
            expression = pipeline.predict(as_input(pipeline, pixels[None]))[0]
        code = class_code(classes, expression, "expression")
        other = None if against is None else class_code(classes, against, "against")
        if other == code:
            raise ValueError(f"against must differ from expression; got {against!r} for both.")
        chosen, values = _fields(method, pipeline, pixels, code, other, background, n_prototypes)
    return Explanation(
        expression=str(expression),
        against=None if against is None else str(against),
        method=chosen,
        face=pixels,
        **values,
    )
