"""Options of ``fertools train``, and the methods to which they apply."""

import math
from pathlib import Path
from typing import Annotated

import typer

from ._terminal import check_jobs

_NETWORKS = ("feature network", "image network", "transfer network")
# Options that apply to some methods only: kinds of methods, and the parameter of `make_method`.
_APPLIES_TO = {
    **dict.fromkeys(("features", "selector", "n_features", "jobs"), ("classifier", _NETWORKS[0])),
    **dict.fromkeys(("epochs", "batch_size", "optimizer", "learning_rate"), _NETWORKS),
    **dict.fromkeys(("class_weight", "monitor", "patience", "checkpoint"), _NETWORKS),
    "augment": _NETWORKS[1:],
    "weights": _NETWORKS[2:],
}


def _check_share(share):
    if share is not None and not 0 < share < 1:
        raise typer.BadParameter(f"must be between 0 and 1; got {share:g}")
    return share


def _check_n_features(number):
    if not (0 < number < 1 or (number >= 1 and number.is_integer())):
        raise typer.BadParameter(
            f"must be a whole number from 1, or a share between 0 and 1; got {number:g}"
        )
    return number


def _check_rate(rate):
    if rate is not None and not 0 < rate < math.inf:
        raise typer.BadParameter(f"must be a positive number; got {rate:g}")
    return rate


def _feature_option(help, **settings):
    panel = "Options of classifiers, ann and conv1d"
    return typer.Option(help=help, rich_help_panel=panel, **settings)


def _network_option(help, *names, **settings):
    return typer.Option(*names, help=help, rich_help_panel="Options of networks", **settings)


Classifier = Annotated[
    str, typer.Option(help="Classifier to train: svm, rf or knn; on a store of extract, sgd.")
]
Network = Annotated[
    str | None, typer.Option(help="Network to train instead: five_conv, ann, mobilenet_v2, ...")
]
Limit = Annotated[
    int | None, typer.Option(min=1, help="Number of training images, drawn at random.")
]
TestSize = Annotated[
    float | None,
    typer.Option(
        callback=_check_share,
        help="Share of the images to hold out and score, for data without splits.",
    ),
]
Features = Annotated[
    str,
    _feature_option(
        "Descriptors separated by commas: lbp, dct, zernike, hog, gabor, haralick, words."
    ),
]
Selector = Annotated[str, _feature_option("Feature selection: mrmr, jmi, cfs, nmi or anova.")]
NFeatures = Annotated[
    float,
    _feature_option(
        "Number of selected features, or their share if below 1.", callback=_check_n_features
    ),
]
FeatureJobs = Annotated[
    int, _feature_option("Number of threads; -1 means all processors.", callback=check_jobs)
]
Epochs = Annotated[
    int | None,
    _network_option("Maximum number of epochs; by default as published.", min=1),
]
BatchSize = Annotated[
    int | None, _network_option("Images per step; by default as published.", min=1)
]
Optimizer = Annotated[
    str | None,
    _network_option(
        "Optimizer: sgd, momentum, nesterov, adagrad, adadelta, rmsprop or adam; by default as "
        "published."
    ),
]
LearningRate = Annotated[
    float | None,
    _network_option("Initial learning rate; by default as published.", callback=_check_rate),
]
ClassWeight = Annotated[
    str | None, _network_option("Class weights of the loss; balanced gives classes equal weight.")
]
Monitor = Annotated[
    str,
    _network_option("Validation metric that determines the best epoch: loss or accuracy."),
]
Patience = Annotated[
    int, _network_option("Epochs without improvement after which training stops.", min=1)
]
Checkpoint = Annotated[
    Path | None,
    _network_option("Folder for the state of the training, which is resumed from there."),
]
Augment = Annotated[
    bool | None,
    _network_option(
        "Augment the images at random; by default as published.", "--augment/--no-augment"
    ),
]
Weights = Annotated[
    str, _network_option("Initial weights of transfer networks: imagenet, a file, or none.")
]


def _given(context):
    """Return the names of the options on the command line."""
    return {
        name for name in context.params if context.get_parameter_source(name).name == "COMMANDLINE"
    }


def check_store_options(context):
    """Return the options for `fit_incremental` that were given.

    Raises
    ------
    ValueError
        If an option does not apply to a store.
    """
    given = _given(context) - {"data", "out_file", "seed", "quiet", "epochs"}
    allowed = {"classifier", "n_features", "selector"}
    if given - allowed:
        option = sorted(given - allowed)[0].replace("_", "-")
        raise ValueError(f"--{option} does not apply to a store of fertools extract.")
    classifier = context.params["classifier"]
    if "classifier" in given and classifier != "sgd":
        raise ValueError(f"--classifier must be sgd on a store; got {classifier!r}.")
    return {name: context.params[name] for name in given & {"n_features", "selector"}}


def chosen_method(context):
    """Return the name of the method to train, a classifier or a network.

    Raises
    ------
    ValueError
        If there is no such method, both are given, or an option does not apply to the method.
    """
    from ..neural.networks import recipe_of
    from ..pipeline._methods import METHODS
    from ..pipeline._registry import CLASSIFIERS

    given = _given(context)
    if {"classifier", "network"} <= given:
        raise ValueError("--network and --classifier exclude each other.")
    method = context.params["network"]
    if method is not None:
        recipe_of(method)  # raises a ValueError for unknown networks
    else:
        method = context.params["classifier"]
        if method not in CLASSIFIERS:
            choices = ", ".join(CLASSIFIERS)
            raise ValueError(f"--classifier must be one of {choices}; got {method!r}.")
    for option, kinds in _APPLIES_TO.items():
        if option in given and METHODS[method] not in kinds:
            allowed, kind = " and ".join(f"{kind}s" for kind in kinds), METHODS[method]
            raise ValueError(
                f"--{option.replace('_', '-')} applies to {allowed}; {method} is "
                f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}."
            )
    return method


def method_parameters(context, kind):
    """Return the parameters of `make_method` for a kind of method."""
    values = {
        option: value
        for option, value in context.params.items()
        if kind in _APPLIES_TO.get(option, ()) and value is not None and option != "checkpoint"
    }
    values["random_state"] = context.params["seed"]
    if "features" in values:
        values["features"] = tuple(values["features"].split(","))
        values["n_jobs"] = values.pop("jobs")
        if values["n_features"] >= 1:
            values["n_features"] = int(values["n_features"])
    if kind == "transfer network":
        values["size"] = context.params["size"]
    return values
