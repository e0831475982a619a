"""Checks of the estimators in a model file.

Compiled code of scikit-learn, SciPy and fertools uses the indices and shapes in fitted attributes
without bounds checks. A forged file could make it read or write outside of its arrays;
`check_model` refuses such files.
"""

from functools import partial

import numpy as np

from ._arrays import CHECKS, is_count, need

# Faces are a few hundred pixels wide; a forged size must not make a caller allocate gigabytes.
MAX_PIXELS = 2**24
_MAX_COUNT = 2**31
_MAX_THREADS = 4096
# Packages whose objects are searched for further objects.
_PACKAGES = ("fertools", "sklearn", "imblearn")


def check_model(model):
    """Check the fitted attributes of an estimator and of all estimators in it.

    Parameters
    ----------
    model : object
        Estimator rebuilt from a file and not used yet.

    Raises
    ------
    ValueError
        If an attribute is invalid; the message names the class, the rule and the value.
    """
    for part in parts(model):
        try:
            for kind in type(part).__mro__:
                if kind.__name__ in _ALL_CHECKS:
                    _ALL_CHECKS[kind.__name__](part)
        except Exception as error:
            # Attributes of wrong types can raise any exception.
            raise ValueError(f"{type(part).__name__}: {error}") from error


def parts(model):
    """Yield every object in a model once: estimators, containers, arrays and their elements."""
    pending, seen = [model], {}
    while pending:
        part = pending.pop()
        if id(part) in seen:
            continue
        # A reference keeps the object alive, so that its id is not reused.
        seen[id(part)] = part
        yield part
        pending += _children(part)


def _children(part):
    if isinstance(part, dict):
        return list(part.values())
    if isinstance(part, (list, tuple, set)):
        return list(part)
    if isinstance(part, np.ndarray):
        return part.ravel().tolist() if part.dtype == object else []
    if isinstance(part, partial):
        return [part.func, part.args, part.keywords]
    if not isinstance(part, type) and type(part).__module__.split(".")[0] in _PACKAGES:
        return list(getattr(part, "__dict__", {}).values())
    return []


def check_attributes(estimator):
    """Refuse attributes that replace methods or parameter constraints, and invalid counts."""
    for name in vars(estimator):
        fixed = getattr(type(estimator), name, None)
        need(not callable(fixed), f"an attribute must not replace the method {name}.")
    need(
        "_parameter_constraints" not in vars(estimator),
        "an attribute must not replace _parameter_constraints.",
    )
    for name in ("n_features_in_", "_n_features_out", "n_samples_fit_", "n_outputs_"):
        value = vars(estimator).get(name, 1)
        need(
            is_count(value) and value <= _MAX_COUNT,
            f"{name} must be an integer in 0..{_MAX_COUNT:,}",
            value,
        )
    threads = vars(estimator).get("_n_threads", 1)
    need(
        is_count(threads, 1) and threads <= _MAX_THREADS,
        f"_n_threads must be in 1..{_MAX_THREADS}",
        threads,
    )
    check_image_shapes(estimator)
    check_classes(estimator)
    check_shapes(estimator)


def check_image_shapes(estimator):
    """Check `image_shape_` and `output_shape_` against the number of features."""
    for name in ("image_shape_", "output_shape_"):
        if name not in vars(estimator):
            continue
        shape = getattr(estimator, name)
        need(
            isinstance(shape, (tuple, list))
            and len(shape) == 2
            and all(is_count(side, 1) for side in shape)
            and shape[0] * shape[1] <= MAX_PIXELS,
            f"{name} must be (height, width) with at most {MAX_PIXELS:,} pixels",
            shape,
        )
        if name == "image_shape_":
            n_pixels = getattr(estimator, "n_features_in_", None)
            need(
                n_pixels == shape[0] * shape[1],
                f"image_shape_ must have n_features_in_ = {n_pixels} pixels",
                shape,
            )


def check_image_transformer(estimator):
    """Validate the parameters of a fitted image transformer, as its `transform` does."""
    if "n_features_in_" not in vars(estimator):
        return
    estimator._check_parameters()


def check_network(estimator):
    """Check that a network has the input and output shapes of its classifier."""
    model = getattr(estimator, "model_", None)
    if model is None:
        return
    n_classes, n_outputs = len(estimator.classes_), model.output_shape[-1]
    need(n_outputs == n_classes, f"a network must have {n_classes} outputs", n_outputs)
    expected = tuple(estimator._input_shape())
    need(
        tuple(model.input_shape[1:]) == expected,
        f"a network must take inputs of shape {expected}",
        model.input_shape[1:],
    )


def check_classes(estimator):
    """Check that `classes_` is sorted, without duplicates, and as long as `n_classes_`."""
    classes = vars(estimator).get("classes_")
    # A list contains the classes of several outputs.
    if classes is None or isinstance(classes, list):
        return
    need(
        isinstance(classes, np.ndarray) and classes.ndim == 1 and len(classes),
        "classes_ must be a one-dimensional array",
        classes,
    )
    need(all(classes[:-1] < classes[1:]), "classes_ must be sorted and unique", classes)
    n_classes = vars(estimator).get("n_classes_", len(classes))
    need(
        np.array_equal(n_classes, len(classes)),
        f"classes_ must have n_classes_ = {n_classes} elements",
        len(classes),
    )


def check_shapes(estimator):
    """Check the dtypes of fitted arrays, and that their shapes are consistent (see `SHAPES`)."""
    attributes = vars(estimator)
    for name, value in attributes.items():
        if isinstance(value, np.ndarray):
            need(value.dtype.kind in "biufUSOV", f"{name} must be real or strings", value.dtype)
    sizes = {"f": getattr(estimator, "n_features_in_", None), "4": 4}
    if isinstance(attributes.get("classes_"), np.ndarray):
        n = len(attributes["classes_"])
        sizes |= {"c": n, "p": n * (n - 1) // 2, "d": 1 if n == 2 else n}
    if type(attributes.get("kernel_")).__name__ == "SingleKernel":
        # Other kernels may reorder or concatenate the features.
        sizes["w"] = sizes["f"]
    sizes = {symbol: size for symbol, size in sizes.items() if size is not None}
    for kind in type(estimator).__mro__:
        for name, symbols in SHAPES.get(kind.__name__, {}).items():
            value = attributes.get(name)
            # Without an intercept or a scale, the attribute is a number or None.
            if value is None or isinstance(value, (float, np.floating)):
                continue
            found = value.shape
            if symbols.startswith("*"):
                symbols, found = symbols[1:], found[1 - len(symbols) :]
            expected = tuple(map(sizes.get, symbols))
            need(
                len(found) == len(expected)
                and all(size in (None, n) for size, n in zip(expected, found, strict=True)),
                f"{name} must be of shape {_shape(symbols, sizes)}",
                value.shape,
            )
            sizes |= dict(zip(symbols, found, strict=True))


def _shape(symbols, sizes):
    return "(" + ", ".join(str(sizes.get(symbol, "any")) for symbol in symbols) + ")"


# Shapes of fitted arrays by class. f, c, p and d are the numbers of features, classes, pairs of
# classes and decision values, w is the number of features of a kernel; any other letter is one
# number per estimator. A star stands for any number of leading axes.
SHAPES = {
    "LinearClassifierMixin": {"coef_": "of", "intercept_": "o"},
    "LogisticRegression": {"coef_": "df"},
    "LinearSVC": {"coef_": "df"},
    "LinearDiscriminantAnalysis": {"coef_": "df", "scalings_": "fr", "xbar_": "f"},
    "StandardScaler": {"mean_": "f", "scale_": "f", "var_": "f"},
    "MinMaxScaler": {"min_": "f", "scale_": "f", "data_min_": "f", "data_max_": "f"},
    "RobustScaler": {"center_": "f", "scale_": "f"},
    "MaxAbsScaler": {"scale_": "f"},
    "_BasePCA": {"components_": "kf", "mean_": "f", "explained_variance_": "k"},
    "GaussianNB": {"theta_": "cf", "var_": "cf", "class_prior_": "c"},
    "DummyClassifier": {"class_prior_": "c"},
    "Nystroem": {"components_": "kf", "normalization_": "kk"},
    "_BaseKMeans": {"cluster_centers_": "kf"},
    "GramSVC": {
        "support_vectors_": "vw",
        "dual_coef_pairs_": "vp",
        "intercept_": "p",
        "support_": "v",
        "n_support_": "c",
        "_norms": "*v",
    },
    "BaseKernelRidge": {"X_fit_": "nw", "dual_coef_": "nd", "intercept_": "d", "_norms": "*n"},
    "PairMeansClassifier": {
        "components_": "vw",
        "neighbors_": "v",
        "dual_coef_": "vd",
        "intercept_": "d",
        "_norms": "*v",
    },
    "FeatureSubsetSelector": {"support_": "f", "ranking_": "f", "relevance_": "f"},
    "ConformalClassifier": {"thresholds_": "c"},
    "StackedWords": {
        "channels_": "ah",
        "mean_": "l",
        "whitening_": "lm",
        "odd_components_": "m",
        "components_": "km",
    },
    "VisualWords": {"mean_": "l", "whitening_": "lm", "components_": "km"},
    "KernelImageClassifier": {"scale_": "g", "_order": "g"},
    "BlindWienerFilter": {"spectrum_": "s"},
    "FaceAligner": {"coef_": "ig4", "intercept_": "i4"},
}
_ALL_CHECKS = CHECKS | {
    "BaseEstimator": check_attributes,
    "ImageTransformer": check_image_transformer,
    "ImageFilter": check_image_transformer,
    "KerasClassifier": check_network,
}
