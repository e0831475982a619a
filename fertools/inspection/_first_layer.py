"""Kernels and responses of the first convolution."""

import numpy as np

from .._utils.optional import import_optional
from ._network_layers import check_images, convolutions, keras_model, to_numpy


def first_layer_kernels(network):
    """Return the kernels of the first convolution.

    Parameters
    ----------
    network : KerasImageClassifier or keras.Model
        Fitted network.

    Returns
    -------
    ndarray of shape (n_kernels, height, width) or (n_kernels, height, width, channels), float32
        Weights in the order of the filters, without a channel axis for gray images.

    Raises
    ------
    TypeError
        If `network` is not an image network.
    ValueError
        If the network has no convolution.

    See Also
    --------
    fertools.plotting.KernelsDisplay : Plot of the kernels.

    Examples
    --------
    >>> from fertools.inspection import first_layer_kernels
    >>> from fertools.neural.networks import make_network
    >>> first_layer_kernels(make_network("five_conv", (48, 48, 1), 7)).shape
    (32, 3, 3)
    """
    model = keras_model(network)
    kernels = np.moveaxis(to_numpy(model.layers[convolutions(model)[0]].kernel), -1, 0)
    return kernels[..., 0] if kernels.shape[-1] == 1 else kernels


def filter_image(network, image):
    r"""Filter an image by each kernel of the first convolution.

    Map k is the correlation of the input x of the convolution with kernel w, summed over the
    channels c, plus the bias b, before the activation:

    .. math:: y_k(i, j) = b_k + \sum_{c, u, v} w_k(u, v, c) \, x(i + u, j + v, c)

    The input of the convolution is the image scaled and resized by the layers before it; stride and
    padding apply.

    Parameters
    ----------
    network : KerasImageClassifier or keras.Model
        Fitted network.
    image : array-like of shape (height, width) or (height, width, channels)
        Image.

    Returns
    -------
    ndarray of shape (n_kernels, map_height, map_width), float32
        One map per kernel, in the order of `first_layer_kernels`.

    Raises
    ------
    TypeError
        If `network` is not an image network.
    ValueError
        If the network has no convolution or the image has another shape.

    See Also
    --------
    fertools.plotting.FeatureMapsDisplay : Plot of the maps.

    Examples
    --------
    >>> from fertools.inspection import filter_image
    >>> from fertools.neural.networks import make_network
    >>> import numpy as np
    >>> filter_image(make_network("five_conv", (48, 48, 1), 7), np.zeros((48, 48, 1))).shape
    (32, 48, 48)
    """
    keras = import_optional("keras", "neural")
    model = keras_model(network)
    convolution = model.layers[convolutions(model)[0]]
    images, prepare = check_images(network, np.asarray(image)[None])
    before = keras.Model(model.inputs[0], convolution.input)
    maps = convolution.convolution_op(before(prepare(images)), convolution.kernel)
    if convolution.use_bias:
        maps = keras.ops.add(maps, convolution.bias)
    return np.moveaxis(to_numpy(maps)[0], -1, 0)
