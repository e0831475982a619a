"""ResNet50V2 with a backbone trained on ImageNet."""

from ._backbone import SIGNED, Backbone, transfer, validated
from ._imagenet_weights import WeightsFile
from ._layers import keras_layers
from ._recipe import trained_with


@trained_with(
    learning_rate=1e-4,
    batch_size=32,
    epochs=15,
    augmentation=True,
    image_size=224,
    reported=97.0,
    caveat="images that the report does not name: not a test accuracy",
)
@validated
def resnet50_v2(
    input_shape=(48, 48, 1),
    n_classes=7,
    *,
    weights="imagenet",
    frozen=None,
    size=None,
    scaling="unit",
):
    """Build ResNet50V2 with three dense layers as head.

    The backbone | batch normalization, global average pool | dense 512, 256 and 128, each with
    ReLU and dropout 0.1 | softmax. The slides train it on augmented images, pixels divided by 255.
    Training all layers, the size of 224, optimizer, learning rate, batch size and epochs of the
    recipe are ours. The reported 97 % is not a test accuracy.

    Parameters
    ----------
    input_shape : tuple of int, default=(48, 48, 1)
        Height, width, and one channel of gray levels in 0..255.
    n_classes : int, default=7
        Number of classes, at least 2.
    weights : {"imagenet"}, path-like or None, default="imagenet"
        Weights of the backbone, as in `mobilenet_v2`.
    frozen : {"all_but_last_3"}, int or None, default=None
        The layers of the backbone that are not trained, as in `mobilenet_v2`.
    size : int or None, default=None
        Side in pixels that images are resized to; None keeps their size. The backbone requires
        sides of at least 32 pixels.
    scaling : {"unit", "imagenet"}, default="unit"
        Pixels divided by 255 as in the slides, or scaled to -1..1 as for ImageNet.

    Returns
    -------
    keras.Model
        Uncompiled network; 24,787,207 parameters with 7 classes.

    Raises
    ------
    ValueError
        If a parameter is not as above.
    FileNotFoundError
        If there is no file of weights, and it cannot be downloaded.

    References
    ----------
    Facial emotion recognition using deep learning (CNN). Project slides, author not named,
    undated.

    K. He, X. Zhang, S. Ren, J. Sun (2016). Identity mappings in deep residual networks. ECCV,
    630-645. :doi:`10.1007/978-3-319-46493-0_38`

    Examples
    --------
    >>> from fertools.neural.networks import make_network
    >>> make_network("resnet50_v2", (48, 48, 1), 7, weights=None).count_params()
    24787207
    """
    layers = keras_layers()
    return transfer(
        "resnet50_v2",
        Backbone(
            "ResNet50V2",
            WeightsFile(
                "resnet",
                "resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
                "fac2f116257151a9d068a22e544a4917",
            ),
            SIGNED,
        ),
        [
            layers.BatchNormalization(),
            layers.GlobalAveragePooling2D(),
            *(
                layer
                for units in (512, 256, 128)
                for layer in (layers.Dense(units, activation="relu"), layers.Dropout(0.1))
            ),
        ],
        input_shape,
        n_classes,
        weights,
        frozen,
        size,
        scaling,
    )
