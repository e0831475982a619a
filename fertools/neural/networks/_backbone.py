"""Transfer of ImageNet backbones to expression recognition."""

import os
import warnings
from dataclasses import dataclass
from numbers import Integral

from sklearn.utils._param_validation import Interval, StrOptions, validate_params

from ..._utils.optional import import_optional
from ._imagenet_weights import WeightsFile, load_weights, weights_path
from ._layers import chain, check_image, classifier

_COUNT = Interval(Integral, 1, None, closed="left")
# Input scaling of the ImageNet weights: pixels in -1..1, or the channel means of blue, green and
# red subtracted.
SIGNED = {"scale": 1 / 127.5, "offset": -1.0}
CENTERED = {"scale": 1.0, "offset": [-103.939, -116.779, -123.68]}
validated = validate_params(
    {
        "weights": [str, os.PathLike, None],
        "frozen": [StrOptions({"all_but_last_3"}), _COUNT, None],
        "size": [_COUNT, None],
        "scaling": [StrOptions({"unit", "imagenet"})],
    },
    prefer_skip_nested_validation=True,
)


@dataclass(frozen=True)
class Backbone:
    """Network of ``keras.applications`` without its top.

    Attributes
    ----------
    application : str
        Name of the function that builds the network.
    file : WeightsFile
        File of the ImageNet weights.
    pixels : dict
        Arguments of the rescaling layer for the ImageNet weights.
    smallest : int
        Smallest side of an image in pixels.
    """

    application: str
    file: WeightsFile
    pixels: dict
    smallest: int = 32

    def check(self, input_shape, size):
        """Raise ValueError unless images are gray and, resized to `size`, large enough."""
        check_image(input_shape, 1)
        if input_shape[2] != 1:
            raise ValueError(
                f"input_shape must be (height, width, 1), gray levels; got {tuple(input_shape)}."
            )
        if min(input_shape[:2] if size is None else [size]) < self.smallest:
            raise ValueError(
                "size, or without it the sides of input_shape, must be at least "
                f"{self.smallest} pixels for {self.application}; got size={size}, "
                f"input_shape={tuple(input_shape)}."
            )


def freeze(layers, frozen, random):
    """Freeze the first layers of a backbone.

    Parameters
    ----------
    layers : list of keras.layers.Layer
        Layers from first to last.
    frozen : {"all_but_last_3"} or int
    random : bool
        Whether the weights are random; freezing them emits a warning.
    """
    n_frozen = len(layers) - 3 if frozen == "all_but_last_3" else frozen
    if n_frozen > len(layers):
        raise ValueError(
            f"frozen must be at most {len(layers)}, the layers of the backbone; got {frozen}."
        )
    if random:
        warnings.warn(
            f"weights=None freezes {n_frozen} layers with random weights; pass frozen=None to "
            "train them.",
            stacklevel=5,
        )
    for layer in layers[:n_frozen]:
        layer.trainable = False


def transfer(name, backbone, head, input_shape, n_classes, weights, frozen, size, scaling):
    """Build a network from a backbone and a head.

    Parameters
    ----------
    name : str
    backbone : Backbone
    head : list of keras.layers.Layer
        Layers after the last feature map, up to the last hidden layer.
    input_shape, n_classes, weights, frozen, size, scaling
        Parameters of the public functions.

    Returns
    -------
    keras.Model
        Uncompiled network; the layers of the backbone are not nested in a single layer.
    """
    backbone.check(input_shape, size)
    path = weights_path(weights, backbone.file)
    keras = import_optional("keras", "neural")
    inputs = keras.layers.Input(tuple(input_shape))
    gray = inputs if size is None else keras.layers.Resizing(size, size)(inputs)
    pixels = {"scale": 1 / 255} if scaling == "unit" else backbone.pixels
    x = keras.layers.Rescaling(**pixels)(keras.layers.Concatenate()([gray, gray, gray]))
    build = getattr(keras.applications, backbone.application)
    base = build(include_top=False, weights=None, input_tensor=x)
    if path is not None:
        load_weights(base, path, backbone.application)
    if frozen is not None:
        before = len(keras.Model(inputs, x).layers)
        freeze(base.layers[before:], frozen, random=path is None)
    return classifier(name, inputs, chain(base.output, head), n_classes)
