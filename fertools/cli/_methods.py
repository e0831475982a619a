"""What `fertools train` and `fertools benchmark` can train, and how each is built and fitted."""

import os
from enum import StrEnum
from inspect import signature
from pathlib import Path

from ._inputs import bring_to
from ._terminal import status, tell, user_path


class Classifier(StrEnum):
    """The classifiers of make_fer_pipeline."""

    svm = "svm"
    rf = "rf"
    knn = "knn"


_MAX_YAML = 1_000_000  # Bytes; a file of methods has hundreds.

CLASSICAL = "a classical classifier"
ON_FEATURES = "a network on features"
ON_IMAGES = "a network on images"
TRANSFER = "a transfer network"
_NETWORKS = (ON_FEATURES, ON_IMAGES, TRANSFER)
# What the options go with that do not go with every method.
_GOES_WITH = {
    **dict.fromkeys(("features", "selector", "n_features", "jobs"), (CLASSICAL, ON_FEATURES)),
    **dict.fromkeys(("epochs", "batch_size", "optimizer", "learning_rate"), _NETWORKS),
    **dict.fromkeys(("class_weight", "patience", "checkpoint"), _NETWORKS),
    "augment": (ON_IMAGES, TRANSFER),
    "weights": (TRANSFER,),
}
# The strategies of the DummyClassifier; "prior" answers the largest class, and its probabilities
# are the shares of the classes.
_DUMMIES = {"majority": "prior", "chance": "uniform"}
# What a file of methods cannot give: objects, and what the name of the method says.
_NOT_IN_FILES = frozenset(
    ("augmenter", "callbacks", "checkpoint", "classifier", "detector", "image_shape", "memory")
    + ("name", "network", "verbose")
)


def kind_of(network):
    """Return the kind of method that the name of a network stands for; None is no network."""
    if network is None:
        return CLASSICAL
    from ..neural.networks import NETWORKS, recipe_of

    recipe_of(network)  # raises where there is none of that name
    if network in ("ann", "conv1d"):
        return ON_FEATURES
    return TRANSFER if "weights" in signature(NETWORKS[network]).parameters else ON_IMAGES


def refuse(given, kind, method):
    """Raise a ValueError where an option that was given does not go with the method.

    Parameters
    ----------
    given : set of str
        Names of options as parameters.
    kind : str
        As `kind_of` returns it.
    method : str
        What to call the method.
    """
    for name, kinds in _GOES_WITH.items():
        if name in given and kind not in kinds:
            raise ValueError(
                f"--{name.replace('_', '-')} goes with {' or '.join(kinds)}; {method} is {kind}."
            )


def image_network(network, kind, size, weights, augment, learning):
    """Return a classifier of images.

    Parameters
    ----------
    network : str
    kind : {ON_IMAGES, TRANSFER}
    size : int or None
        What a transfer network enlarges images to.
    weights : str
        "imagenet", a file or "none"; for a transfer network.
    augment : bool or None
        None is what the source of the network did.
    learning : dict
        Further parameters of the classifier.
    """
    from ..neural import KerasImageClassifier
    from ..neural.networks import recipe_of
    from ..preprocessing import Augmenter

    options = {}
    if kind is TRANSFER:
        # Frozen layers with random weights would learn nothing.
        options = {"weights": None, "frozen": None} if weights == "none" else {"weights": weights}
        if size is not None:
            options["size"] = size
    if augment is None:
        augment = recipe_of(network).augmentation
    classifier = KerasImageClassifier(
        network, network_options=options, augmenter=Augmenter() if augment else None, **learning
    )
    classifier._validate_params()
    return classifier


def feature_network(network, learning):
    """Return a classifier of features, for the end of a pipeline; `learning` as above."""
    from ..neural import KerasFeatureClassifier

    classifier = KerasFeatureClassifier(network, **learning)
    classifier._validate_params()
    return classifier


def fit_network(estimator, training, held_out, quiet):
    """Fit a network, or a pipeline that ends with one; go on where its checkpoint stands.

    Parameters
    ----------
    estimator : KerasImageClassifier or Pipeline
    training : Bunch
        With `images` and `labels`.
    held_out : Bunch
        What picks the best epoch; where it is empty, a share of `training` does.
    quiet : bool

    Returns
    -------
    KerasClassifier
        The network, fitted.
    """
    network, X, X_val = estimator, training.images, held_out.images
    if hasattr(estimator, "steps"):
        # Apart from the network, as a pipeline would not transform X_val.
        features, network = estimator[:-1], estimator[-1]
        with status("Computing the features ...", quiet):
            X = features.fit_transform(X, training.labels)
            X_val = features.transform(X_val) if len(X_val) else X_val
    validation = {"X_val": X_val, "y_val": held_out.labels} if len(X_val) else {}
    folder = network.checkpoint
    begun = folder is not None and Path(folder, "state.json").is_file()
    if begun:
        tell(f"Going on with the training in {folder}.")
    return network.fit(X, training.labels, resume_from=folder if begun else None, **validation)


def square(images, size, *, enlarges=False):
    """Return images of one square shape.

    Parameters
    ----------
    images : ndarray of shape (n, h, w), uint8, or (n,), object
    size : int or None
        The side to bring them to, in pixels; None leaves them.
    enlarges : bool, default=False
        The method brings square images to `size` itself.

    Returns
    -------
    ndarray of shape (n, side, side), uint8

    Raises
    ------
    ValueError
        Where they are not square and alike, and there is no size.
    """
    shape = images.shape[1:]
    is_square = len(set(shape)) == 1
    if size is None and not is_square:
        got = f"{shape[0]}x{shape[1]} pixels" if shape else "several sizes"
        raise ValueError(
            f"--size must be given for images that are not square and alike; got {got}."
        )
    if size is None or (is_square and enlarges):
        return images
    return bring_to(images, (size, size))


def read_methods(text):
    """Return what `--methods` asks for: by name a method, and its parameters.

    Parameters
    ----------
    text : str
        Methods with commas, or the path of a YAML file.

    Returns
    -------
    dict of str to (str, dict)
    """
    if not text.endswith((".yaml", ".yml")):
        return {name.strip(): (name.strip(), {}) for name in text.split(",")}
    import yaml

    path = user_path(text)
    if not os.path.isfile(path):
        raise FileNotFoundError(f"{text}: there is no such file.")
    if path.stat().st_size > _MAX_YAML:
        raise ValueError(
            f"{text}: must be at most {_MAX_YAML:,} bytes; got {path.stat().st_size:,}."
        )
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{text}: not a YAML file. {error}") from error
    if not isinstance(entries, dict) or not all(
        isinstance(entry, dict | None) for entry in entries.values()
    ):
        raise ValueError(
            f"{text}: must give each name its parameters, as in 'linear: {{method: svm, kernel: "
            "linear}'."
        )
    methods = {}
    for name, entry in entries.items():
        parameters = {"method": name} | (entry or {})
        methods[name] = parameters.pop("method"), parameters
    return methods


def make_method(method, parameters, *, epochs, jobs, seed):
    """Return the estimator that a method stands for.

    Parameters
    ----------
    method : str
        A classifier of make_fer_pipeline, a recipe of make_pretrained_pipeline, a network,
        "majority" or "chance".
    parameters : dict
        Of these functions, and of the classifier.
    epochs : int or None
        Of a network; here and below, where `parameters` does not say it.
    jobs : int
        Threads.
    seed : int

    Returns
    -------
    BaseEstimator
        Unfitted.
    """
    from sklearn.dummy import DummyClassifier

    from ..neural import KerasFeatureClassifier, KerasImageClassifier
    from ..neural.networks import NETWORKS
    from ..pipeline._factories import RECIPES, make_fer_pipeline, make_pretrained_pipeline
    from ..pipeline._registry import classifier_step

    names = [*Classifier, *RECIPES, *NETWORKS, *_DUMMIES]
    if method not in names:
        raise ValueError(f"--methods must be of {', '.join(names)}; got {method!r}.")
    given = {"epochs": epochs, "n_jobs": jobs, "random_state": seed} | parameters
    known = set()

    def take(names):
        allowed = set(names) - _NOT_IN_FILES
        known.update(allowed)
        return {name: value for name, value in given.items() if name in allowed}

    def of(function):
        return take(signature(function).parameters)

    if method in _DUMMIES:
        estimator = DummyClassifier(**{"strategy": _DUMMIES[method]} | of(DummyClassifier))
        estimator._validate_params()
    elif method in RECIPES:
        estimator = make_pretrained_pipeline(method, **of(make_pretrained_pipeline))
    elif method in [*Classifier]:
        classifier = classifier_step(method, None, None)
        classifier.set_params(**of(type(classifier)))
        classifier._validate_params()
        options = {"calibrated": True} | of(make_fer_pipeline)
        estimator = make_fer_pipeline(classifier=classifier, **options)
    elif kind_of(method) is ON_FEATURES:
        classifier = feature_network(method, of(KerasFeatureClassifier))
        estimator = make_fer_pipeline(classifier=classifier, **of(make_fer_pipeline))
    else:
        kind = kind_of(method)
        options = {"size": None, "weights": "imagenet", "augment": None}
        options |= take(options if kind is TRANSFER else ["augment"])
        # What `size` and `weights` stand for goes there.
        learning = take(set(signature(KerasImageClassifier).parameters) - {"network_options"})
        estimator = image_network(method, kind, **options, learning=learning)
    for _, step in getattr(estimator, "steps", []):
        # Values out of range are errors now, not after the data is read.
        if hasattr(step, "_validate_params"):
            step._validate_params()
    unknown = [name for name in parameters if name not in known]
    if unknown:
        raise ValueError(f"{method} takes {', '.join(sorted(known))}; got {unknown[0]!r}.")
    return estimator
