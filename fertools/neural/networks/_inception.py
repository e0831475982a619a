"""InceptionResNetV2 with a backbone trained on ImageNet."""

from ._backbone import SIGNED, Backbone, transfer, validated
from ._imagenet_weights import WeightsFile
from ._layers import keras_layers
from ._recipe import trained_with


@trained_with(learning_rate=1e-4, batch_size=32, epochs=15)
@validated
def inception_resnet_v2(
    input_shape=(48, 48, 1),
    n_classes=7,
    *,
    weights="imagenet",
    frozen=None,
    size=75,
    scaling="imagenet",
):
    """Build InceptionResNetV2 with a small head.

    The backbone | global average pool | dense 256, ReLU, dropout 0.5 | softmax. The reproduced
    reports name the architecture without an accuracy; head and recipe are ours.

    Parameters
    ----------
    input_shape : tuple of int, default=(48, 48, 1)
        Height, width, and one channel of gray levels in 0..255.
    n_classes : int, default=7
        Number of classes, at least 2.
    weights : {"imagenet"}, path-like or None, default="imagenet"
        Weights of the backbone, as in `mobilenet_v2`.
    frozen : {"all_but_last_3"}, int or None, default=None
        Layers of the backbone that are not trained, as in `mobilenet_v2`.
    size : int or None, default=75
        Side in pixels that images are resized to; None keeps their size. The backbone requires
        sides of at least 75 pixels.
    scaling : {"unit", "imagenet"}, default="imagenet"
        Pixels divided by 255, or scaled to -1..1 as for ImageNet.

    Returns
    -------
    keras.Model
        Uncompiled network; 54,732,007 parameters with 7 classes, 60,544 of them not trainable.

    Raises
    ------
    ValueError
        If a parameter is not as above.
    FileNotFoundError
        If there is no file of weights, and it cannot be downloaded.

    References
    ----------
    C. Szegedy, S. Ioffe, V. Vanhoucke, A. A. Alemi (2017). Inception-v4, Inception-ResNet and the
    impact of residual connections on learning. AAAI, 4278-4284.

    Examples
    --------
    >>> from fertools.neural.networks import make_network
    >>> inception_resnet_v2.recipe.epochs
    15
    """
    layers = keras_layers()
    return transfer(
        "inception_resnet_v2",
        Backbone(
            "InceptionResNetV2",
            WeightsFile(
                "inception_resnet_v2",
                "inception_resnet_v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
                "d19885ff4a710c122648d3b5c3b684e4",
            ),
            SIGNED,
            smallest=75,
        ),
        [
            layers.GlobalAveragePooling2D(),
            layers.Dense(256, activation="relu"),
            layers.Dropout(0.5),
        ],
        input_shape,
        n_classes,
        weights,
        frozen,
        size,
        scaling,
    )
