"""What `fertools train` can train, and how each is built and fitted."""

from inspect import signature
from pathlib import Path

from ._terminal import status, tell

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
