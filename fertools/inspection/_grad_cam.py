"""Grad-CAM heat maps."""

import numpy as np
from sklearn.utils import gen_batches

from .._utils.images import resize
from .._utils.optional import import_optional
from ..neural import KerasImageClassifier
from ..neural._seeding import seeded
from ._gradients import gradient
from ._network_layers import BATCH, check_images, convolutions, find_layer, keras_model, to_numpy


def last_maps(model):
    """Return the name of the last convolution, or of its activation if that is a separate layer."""
    keras = import_optional("keras", "neural")
    places = convolutions(model)
    convolution, *after = model.layers[places[-1] :]
    if convolution.activation is keras.activations.linear:
        kinds = ("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU")
        kinds = tuple(getattr(keras.layers, kind) for kind in kinds)
        for layer in after:
            if isinstance(layer, kinds) and layer.output.shape == convolution.output.shape:
                return layer.name
    return convolution.name


def cut(model, layer):
    """Split a network after a layer.

    Parameters
    ----------
    model : keras.Model
    layer : str
        Name of a layer whose output is a stack of maps.

    Returns
    -------
    front, back : keras.Model
        Models from images to maps, and from maps to logits (class scores before the softmax).
        The layers are copies; `model` is not changed.
    """
    keras = import_optional("keras", "neural")
    last = model.layers[-1]
    if not isinstance(last, keras.layers.Dense):
        raise ValueError(f"network must end in a Dense layer; got {type(last).__name__}.")
    with seeded(0):
        copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    copy.layers[-1].activation = keras.activations.linear
    maps = copy.get_layer(layer).output
    if len(maps.shape) != 4:
        raise ValueError(
            "layer must give maps of shape (height, width, n_maps); "
            f"{layer!r} gives {maps.shape[1:]}."
        )
    try:
        return keras.Model(copy.inputs[0], maps), keras.Model(maps, copy.outputs[0])
    except ValueError as error:
        raise ValueError(
            f"layer must be on every path from the images to the classes; got {layer!r}."
        ) from error


def class_places(target, classes, n_images):
    """Return the class index of each image for one target label, or for one label per image."""
    labels = np.asarray(target)
    if labels.shape not in ((), (n_images,)):
        raise ValueError(
            f"target must be one class, or one per image ({n_images}); got an array of "
            f"shape {labels.shape}."
        )
    unknown = sorted(set(np.ravel(labels).tolist()) - set(classes.tolist()))
    if unknown:
        raise ValueError(
            f"target must hold classes of the network, {classes.tolist()}; got {unknown}."
        )
    return np.broadcast_to(np.searchsorted(classes, labels), n_images)


def heat(front, back, inputs, places):
    """Return the unscaled maps (n, h, w) of a batch; `places` None takes the highest scores."""
    ops = import_optional("keras.ops", "neural")
    maps = front(inputs)
    if places is None:
        places = to_numpy(back(maps)).argmax(axis=1)
    chosen = np.eye(back.output_shape[1], dtype=np.float32)[places]
    # Images are independent, so the gradient of the sum contains the gradient of each score.
    slopes = to_numpy(gradient(lambda point: ops.sum(ops.multiply(back(point), chosen)), maps))
    weights = slopes.mean(axis=(1, 2))
    return np.maximum(np.einsum("nijk,nk->nij", to_numpy(maps), weights), 0)


def scaled(heat_map, shape):
    """Resize a map to the size of the image and divide it by its maximum unless it is 0."""
    large = resize(heat_map, shape)
    return large / (large.max() or 1)


def grad_cam(network, X, *, target=None, layer=None):
    r"""Compute gradient-weighted class activation maps (Grad-CAM).

    With the maps :math:`A_k` of a layer and the score :math:`y_c` of class c, the heat is

    .. math:: L_c = \max\Big(0, \sum_k \alpha_k A_k\Big), \qquad
              \alpha_k = \frac{1}{h w} \sum_{i, j} \frac{\partial y_c}{\partial A_k(i, j)}

    where :math:`h, w` are the sides of the maps. The score is the logit, as in the
    reference: the probability also depends on the scores of the other classes. The heat is resized
    to the image (bilinear when enlarging) and divided by its maximum, so the heat of different
    images is not comparable.

    Parameters
    ----------
    network : KerasImageClassifier or keras.Model
        Fitted network whose last layer is ``Dense``.
    X : array-like of shape (n_images, height, width)
        Images in any shape that the classifier accepts, including color and flattened images. For a
        ``keras.Model``, its own input, such as (n_images, height, width, 1) in 0..255.
    target : label, array-like of shape (n_images,) or None, default=None
        Class to explain, one for all images or one per image; an index for a ``keras.Model``. If
        None, the predicted class.
    layer : str, int or None, default=None
        Name or index of the layer of the maps. If None, the last convolution with its activation.

    Returns
    -------
    ndarray of shape (n_images, height, width), float32
        Heat in 0..1, or 0 everywhere if no map has a positive contribution to the class.

    Raises
    ------
    TypeError
        If `network` is not an image network.
    ValueError
        If the network has no convolution or does not end in ``Dense``, if `target` contains an
        unknown class, or if `layer` does not exist, has no maps, or can be bypassed (as inside a
        residual block).

    See Also
    --------
    fertools.plotting.GradCAMDisplay : Overlay of the heat on the images.

    Notes
    -----
    The mean gradient is an exact weight for networks with global average pooling. In networks that
    flatten small maps (3 x 3 in ``five_conv``), the gradient depends on the position; its mean
    loses that, and the heat of many images is 0 everywhere. Use an earlier ``layer`` there.

    References
    ----------
    R. R. Selvaraju, M. Cogswell, A. Das, R. Vedantam, D. Parikh, D. Batra (2017). Grad-CAM: visual
    explanations from deep networks via gradient-based localization. ICCV, 618-626.
    :doi:`10.1109/ICCV.2017.74`

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.inspection import grad_cam
    >>> from fertools.neural import KerasImageClassifier
    >>> faces = make_faces(35, size=32, random_state=0)
    >>> network = KerasImageClassifier("ckplus_cnn", epochs=1, random_state=0)
    >>> network = network.fit(faces.images, faces.labels)
    >>> grad_cam(network, faces.images[:3], target="happy").shape
    (3, 32, 32)
    """
    model = keras_model(network)
    images, prepare = check_images(network, X)
    name = last_maps(model) if layer is None else find_layer(model, layer).name
    front, back = cut(model, name)
    places = None
    if target is not None:
        n_classes = back.output_shape[1]
        known = isinstance(network, KerasImageClassifier)
        classes = network.classes_ if known else np.arange(n_classes)
        places = class_places(target, classes, len(images))
    maps = []
    for rows in gen_batches(len(images), BATCH):
        inputs = prepare(images[rows])
        batch = heat(front, back, inputs, None if places is None else places[rows])
        maps += [scaled(heat_map, inputs.shape[1:3]) for heat_map in batch]
    return np.stack(maps)
