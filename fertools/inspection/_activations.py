"""What a layer of a network gives."""

import numpy as np
from sklearn.utils import gen_batches

from .._utils.optional import import_optional
from ._network_layers import BATCH, check_images, find_layer, keras_model, to_numpy


def layer_activations(network, X, layer):
    """Return the output of a layer.

    Parameters
    ----------
    network : KerasImageClassifier or keras.Model
        Fitted.
    X : array-like of shape (n_images, height, width)
        Images as the classifier takes them: colors and flattened rows too. Of a ``keras.Model``
        what the model itself takes, such as (n_images, height, width, 1) of gray levels in 0..255.
    layer : str or int
        Name or index; -1 is the last layer. ``summary()`` of a classifier shows the names.

    Returns
    -------
    ndarray of shape (n_images, height, width, n_maps) or (n_images, n_units), float32
        As the layer gives it in prediction, dropout being off.

    Raises
    ------
    TypeError
        Where `network` is no network of images.
    ValueError
        Where it has no such layer, or an image is not one that it takes.

    See Also
    --------
    fertools.plotting.FeatureMapsDisplay : draws the maps of one image.

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
