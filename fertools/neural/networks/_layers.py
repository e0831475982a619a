"""Layers and input checks shared by all networks."""

from numbers import Integral

from ..._utils.optional import import_optional


def keras_layers():
    """Return ``keras.layers``; the ImportError without Keras names the extra to install."""
    return import_optional("keras.layers", "neural")


def _whole(value, least):
    return isinstance(value, Integral) and value >= least


def check_features(input_shape, smallest=1):
    """Raise ValueError unless the shape is (n_features,) with enough features."""
    shape = tuple(input_shape)
    if len(shape) != 1 or not _whole(shape[0], smallest):
        raise ValueError(
            f"input_shape must be (n_features,) with at least {smallest}; got {shape}."
        )


def check_image(input_shape, smallest):
    """Raise ValueError unless the shape is (height, width, channels) with sides long enough."""
    shape = tuple(input_shape)
    if len(shape) != 3 or not all(map(_whole, shape, (smallest, smallest, 1))):
        raise ValueError(
            "input_shape must be (height, width, channels) with sides of at least "
            f"{smallest} pixels; got {shape}."
        )


def chain(x, layers):
    """Apply layers one after another."""
    for layer in layers:
        x = layer(x)
    return x


def classifier(name, inputs, x, n_classes):
    """Return a network with a softmax layer as output.

    Parameters
    ----------
    name : str
    inputs, x : KerasTensor
        Input tensor, and output of the last hidden layer.
    n_classes : int

    Returns
    -------
    keras.Model
        Uncompiled network.

    Raises
    ------
    ValueError
        If `n_classes` is less than 2.
    """
    if not _whole(n_classes, 2):
        raise ValueError(f"n_classes must be a whole number from 2; got {n_classes!r}.")
    # Probabilities are computed in single precision, even if other layers use half precision.
    softmax = keras_layers().Dense(
        n_classes, activation="softmax", dtype="float32", name="probabilities"
    )
    return import_optional("keras", "neural").Model(inputs, softmax(x), name=name)


def stacked(name, input_shape, n_classes, layers):
    """Return a sequential network with a softmax layer as output."""
    inputs = keras_layers().Input(tuple(input_shape))
    return classifier(name, inputs, chain(inputs, layers), n_classes)
