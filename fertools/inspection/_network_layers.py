"""Validation of networks, layers and images."""

from functools import partial
from numbers import Integral

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._utils.optional import import_optional
from ..neural import KerasImageClassifier

# Images per batch; bounds the memory for the maps of a layer.
BATCH = 32


def keras_model(network):
    """Return the Keras model of a network.

    Raises
    ------
    TypeError
        If `network` is neither a KerasImageClassifier nor a ``keras.Model``.
    sklearn.exceptions.NotFittedError
        If the classifier is not fitted.
    """
    if isinstance(network, KerasImageClassifier):
        check_is_fitted(network)
        return network.model_
    if isinstance(network, import_optional("keras", "neural").Model):
        return network
    raise TypeError(
        "network must be a KerasImageClassifier, such as the last step of a pipeline, or a "
        f"keras.Model; got {type(network).__name__}."
    )


def check_images(network, X):
    """Return images that are checked, and the function that makes of some what the model takes."""
    if isinstance(network, KerasImageClassifier):
        return network._rows(X, reset=False), partial(network._prepare, seed=None)
    return np.asarray(X), partial(np.asarray, dtype=np.float32)


def find_layer(model, layer):
    """Return a layer by its name or index; the error names the layers there are."""
    names = [each.name for each in model.layers]
    if layer in names:
        return model.get_layer(layer)
    if isinstance(layer, Integral) and -len(names) <= layer < len(names):
        return model.layers[layer]
    raise ValueError(
        f"layer must be an index or a name of the {len(names)} layers of the network, "
        f"{', '.join(names)}; got {layer!r}."
    )


def convolutions(model):
    """Return the places among the layers of the convolutions of images, at least one."""
    kind = import_optional("keras.layers", "neural").Conv2D
    places = [place for place, layer in enumerate(model.layers) if isinstance(layer, kind)]
    if not places:
        names = ", ".join(layer.name for layer in model.layers)
        raise ValueError(f"network must have a Conv2D layer; got {model.name!r} with {names}.")
    return places


def to_numpy(tensor):
    """Return a tensor of any backend as an array of float32."""
    ops = import_optional("keras.ops", "neural")
    return ops.convert_to_numpy(ops.cast(tensor, "float32"))
