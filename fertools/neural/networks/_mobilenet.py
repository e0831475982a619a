"""MobileNetV2 with a backbone trained on ImageNet."""

from ._backbone import SIGNED, Backbone, transfer, validated
from ._imagenet_weights import WeightsFile
from ._layers import keras_layers
from ._recipe import trained_with

# The sizes that there are weights for; other sizes take those for 224.
MOBILENET_SIZES = {96, 128, 160, 192, 224}


@trained_with(
    batch_size=32,
    epochs=15,
    image_size=224,
    reported=88.9,
    caveat="the 10,884 images that it was trained with: not a test accuracy",
)
@validated
def mobilenet_v2(
    input_shape=(48, 48, 1),
    n_classes=7,
    *,
    weights="imagenet",
    frozen=None,
    size=None,
    scaling="unit",
):
    """Build MobileNetV2 with the head of Kundu (2021).

    The backbone up to its global average pool | dense 128, ReLU | dense 64, ReLU | softmax. The
    report trains all layers on 224 x 224 pixels divided by 255, with Adam; learning rate and batch
    size of the recipe are ours. Its 88.9 % is the accuracy on its 10,884 training images.

    Parameters
    ----------
    input_shape : tuple of int, default=(48, 48, 1)
        Height, width, and one channel of gray levels in 0..255.
    n_classes : int, default=7
        Number of classes, at least 2.
    weights : {"imagenet"}, path-like or None, default="imagenet"
        Weights of the backbone: ImageNet weights from the cache of Keras, downloaded if missing;
        a weights file without the top, ``.h5`` or ``.weights.h5``; or None for random weights.
    frozen : {"all_but_last_3"}, int or None, default=None
        Layers of the backbone that are not trained: all but the last three, the first `frozen`
        layers, or none.
    size : int or None, default=None
        Side in pixels that images are resized to; None keeps their size. The backbone requires
        sides of at least 32 pixels.
    scaling : {"unit", "imagenet"}, default="unit"
        Pixels divided by 255 as in the report, or scaled to -1..1 as for ImageNet.

    Returns
    -------
    keras.Model
        Uncompiled network; 2,430,663 parameters with 7 classes, 34,112 of them not trainable.

    Raises
    ------
    ValueError
        If a parameter is not as above.
    FileNotFoundError
        If there is no file of weights, and it cannot be downloaded.

    References
    ----------
    S. Kundu (2021). Sentiment analysis: face emotion detection project, report I. National
    Institute for Industrial Training.

    M. Sandler, A. Howard, M. Zhu, A. Zhmoginov, L.-C. Chen (2018). MobileNetV2: inverted residuals
    and linear bottlenecks. CVPR, 4510-4520. :doi:`10.1109/CVPR.2018.00474`

    Examples
    --------
    >>> from fertools.neural.networks import make_network
    >>> make_network("mobilenet_v2", (48, 48, 1), 7, weights=None).count_params()
    2430663
    """
    layers = keras_layers()
    sides = set(input_shape[:2]) if size is None else {size}
    trained_at = sides.pop() if len(sides) == 1 and sides <= MOBILENET_SIZES else 224
    return transfer(
        "mobilenet_v2",
        Backbone(
            "MobileNetV2",
            WeightsFile(
                "mobilenet_v2",
                f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_{trained_at}_no_top.h5",
            ),
            SIGNED,
        ),
        [
            layers.GlobalAveragePooling2D(),
            layers.Dense(128, activation="relu"),
            layers.Dense(64, activation="relu"),
        ],
        input_shape,
        n_classes,
        weights,
        frozen,
        size,
        scaling,
    )
