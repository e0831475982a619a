"""Methods by name: classifiers, networks, recipes and baselines with settings as plain values.

The command and the benchmarks build their estimators here.
"""

from sklearn.dummy import DummyClassifier

from ..neural import KerasFeatureClassifier, KerasImageClassifier
from ..neural.networks import NETWORKS, recipe_of
from ..preprocessing import Augmenter
from ._factories import make_fer_pipeline
from ._pretrained import RECIPES, make_pretrained_pipeline
from ._registry import BASELINES, CLASSIFIERS, classifier_step

FEATURE_NETWORKS = ("ann", "conv1d")
TRANSFER_NETWORKS = ("mobilenet_v2", "vgg16", "resnet50_v2", "inception_resnet_v2")
_PIPELINE_OPTIONS = (
    "features",
    "illumination",
    "balance",
    "mirror",
    "selector",
    "n_features",
    "scaling",
    "reduction",
    "n_components",
    "calibrated",
)
_SHARED = ("n_jobs", "random_state")
# Parameters that take objects, or that do not change the result.
_EXCLUDED = {"augmenter", "callbacks", "checkpoint", "image_shape", "network", "verbose"}


def _make_pipeline(classifier, n_jobs, random_state, parameters, calibrated):
    options = {name: parameters.pop(name) for name in _PIPELINE_OPTIONS if name in parameters}
    shared = {"n_jobs": n_jobs, "random_state": random_state}
    classifier.set_params(**parameters)
    classifier._validate_params()
    return make_fer_pipeline(
        classifier=classifier, **{"calibrated": calibrated} | options, **shared
    )


def _make_classifier(name, *, n_jobs=None, random_state=None, **parameters):
    classifier = classifier_step(name, n_jobs, random_state)
    return _make_pipeline(classifier, n_jobs, random_state, parameters, calibrated=True)


def _make_feature_network(name, *, n_jobs=None, random_state=None, **parameters):
    network = KerasFeatureClassifier(name, random_state=random_state)
    return _make_pipeline(network, n_jobs, random_state, parameters, calibrated=False)


def _make_image_network(name, *, augment=None, network_options=None, **parameters):
    if augment is None:
        augment = recipe_of(name).augmentation
    augmenter = Augmenter() if augment else None
    return KerasImageClassifier(
        name, network_options=network_options or {}, augmenter=augmenter, **parameters
    )


def _make_transfer_network(name, *, weights="imagenet", size=None, **parameters):
    # Frozen layers with random weights would learn nothing.
    options = {"weights": None, "frozen": None} if weights == "none" else {"weights": weights}
    if size is not None:
        options["size"] = size
    return _make_image_network(name, network_options=options, **parameters)


def _make_baseline(name, **parameters):
    return BASELINES[name](**parameters)


_MAKERS = {
    "classifier": _make_classifier,
    "feature network": _make_feature_network,
    "image network": _make_image_network,
    "transfer network": _make_transfer_network,
    "recipe": make_pretrained_pipeline,
    "baseline": _make_baseline,
}
METHODS = {
    **dict.fromkeys(CLASSIFIERS, "classifier"),
    **dict.fromkeys(RECIPES, "recipe"),
    **dict.fromkeys(NETWORKS, "image network"),
    **dict.fromkeys(FEATURE_NETWORKS, "feature network"),
    **dict.fromkeys(TRANSFER_NETWORKS, "transfer network"),
    **dict.fromkeys(BASELINES, "baseline"),
}


def method_parameters(name):
    """Return the names of the parameters of a method.

    Parameters
    ----------
    name : str
        Key of `METHODS`.

    Returns
    -------
    set of str
    """
    kind = METHODS[name]
    if kind == "recipe":
        return set(_SHARED)
    if kind == "baseline":
        return set(DummyClassifier().get_params())
    if kind == "classifier":
        own = classifier_step(name, None, None).get_params(deep=False)
        return {*_PIPELINE_OPTIONS, *_SHARED, *own} - _EXCLUDED
    if kind == "feature network":
        own = KerasFeatureClassifier().get_params(deep=False)
        return {*_PIPELINE_OPTIONS, *_SHARED, *own} - _EXCLUDED
    own = {"augment", *KerasImageClassifier().get_params(deep=False)} - {"network_options"}
    return own - _EXCLUDED | ({"size", "weights"} if kind == "transfer network" else set())


def make_method(name, **parameters):
    """Build the untrained estimator of a method.

    Parameters
    ----------
    name : str
        Key of `METHODS`: "svm", "rf" or "knn" for a pipeline of `make_fer_pipeline` with calibrated
        probabilities, "fast" or "accurate" for one of `make_pretrained_pipeline`, a network of
        `fertools.neural.networks`, or a baseline, "majority" or "chance".
    **parameters : dict
        Names are those of `method_parameters`: the options of the pipeline, and the parameters of
        the classifier. Networks on images also have `augment`, and transfer networks `size`, the
        side to which they enlarge images, and `weights`: "imagenet", a file, or "none" for random
        weights.

    Returns
    -------
    estimator : BaseEstimator

    Raises
    ------
    ValueError
        If the method is unknown, or a parameter is unknown or out of range.

    Examples
    --------
    >>> from fertools.pipeline._methods import make_method
    >>> make_method("knn", features="dct", n_neighbors=5)["classify"].estimator.n_neighbors
    5
    """
    if name not in METHODS:
        raise ValueError(f"name must be one of {', '.join(METHODS)}; got {name!r}.")
    known = method_parameters(name)
    for parameter in parameters:
        if parameter not in known:
            raise ValueError(f"{name} takes {', '.join(sorted(known))}; got {parameter!r}.")
    estimator = _MAKERS[METHODS[name]](name, **parameters)
    # Report values that are out of range before data is read.
    for step in dict(getattr(estimator, "steps", [("", estimator)])).values():
        if hasattr(step, "_validate_params"):
            step._validate_params()
    return estimator


def fit_method(estimator, training, validation, *, resume_from=None):
    """Fit an estimator; the best epoch of a network is chosen on the validation images.

    Parameters
    ----------
    estimator : BaseEstimator
        Estimator of `make_method`, which is fitted in place.
    training, validation : Bunch
        Data sets with `images` and `labels`. Only networks use `validation`; if it has no images,
        they hold out a share of `training`.
    resume_from : path-like or None, default=None
        Folder with the checkpoint of a network, whose training is resumed.

    Returns
    -------
    classifier : BaseEstimator
        The fitted estimator, or the last step of a pipeline.
    """
    X, y, X_val = training.images, training.labels, validation.images
    classifier = estimator[-1] if hasattr(estimator, "steps") else estimator
    if not isinstance(classifier, (KerasFeatureClassifier, KerasImageClassifier)):
        estimator.fit(X, y)
        return classifier
    if classifier is not estimator:
        # Pipeline.fit would not transform the validation images.
        for _, step in estimator.steps[:-1]:
            if hasattr(step, "fit_resample"):
                X, y = step.fit_resample(X, y)
            elif step != "passthrough":
                X = step.fit_transform(X, y)
                X_val = step.transform(X_val) if len(X_val) else X_val
    held_out = {"X_val": X_val, "y_val": validation.labels} if len(X_val) else {}
    return classifier.fit(X, y, resume_from=resume_from, **held_out)
