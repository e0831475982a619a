"""Activations of a layer."""

import numpy as np
from sklearn.utils import gen_batches

from .._utils.optional import import_optional
from ._network_layers import BATCH, check_images, find_layer, keras_model, to_numpy


def layer_activations(network, X, layer):
    """Return the output of a layer.

    Parameters
    ----------
    network : KerasImageClassifier or keras.Model
        Fitted network.
    X : array-like of shape (n_images, height, width)
        Images in any shape that the classifier accepts, including color and flattened images. For a
        ``keras.Model``, its own input, such as (n_images, height, width, 1) in 0..255.
    layer : str or int
        Name or index; -1 is the last layer. ``summary()`` of a classifier shows the names.

    Returns
    -------
    ndarray of shape (n_images, height, width, n_maps) or (n_images, n_units), float32
        Output of the layer in inference mode (without dropout).

    Raises
    ------
    TypeError
        If `network` is not an image network.
    ValueError
        If the layer does not exist or the images have another shape.

    See Also
    --------
    fertools.plotting.FeatureMapsDisplay : Plot of the maps of one image.

    Examples
    --------
    >>> import numpy as np
    >>> from fertools.inspection import layer_activations
    >>> from fertools.neural.networks import make_network
    >>> network = make_network("five_conv", (16, 16, 1), 7)
    >>> layer_activations(network, np.zeros((2, 16, 16, 1)), "probabilities").shape
    (2, 7)
    """
    keras = import_optional("keras", "neural")
    model = keras_model(network)
    front = keras.Model(model.inputs[0], find_layer(model, layer).output)
    images, prepare = check_images(network, X)
    return np.concatenate(
        [to_numpy(front(prepare(images[rows]))) for rows in gen_batches(len(images), BATCH)]
    )
