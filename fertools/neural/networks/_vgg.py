"""VGG16 with a backbone trained on ImageNet."""

from ._backbone import CENTERED, Backbone, transfer, validated
from ._imagenet_weights import WeightsFile
from ._layers import keras_layers
from ._recipe import trained_with


@trained_with(
    learning_rate=1e-4,
    batch_size=32,
    epochs=15,
    augmentation=True,
    image_size=224,
    reported=63.53,
    caveat="images that the report does not name",
)
@validated
def vgg16(
    input_shape=(48, 48, 1),
    n_classes=7,
    *,
    weights="imagenet",
    frozen="all_but_last_3",
    size=None,
    scaling="unit",
):
    """Build VGG16 with its last three layers trained.

    Backbone, frozen except for its last three layers (block5_conv2, block5_conv3, block5_pool) |
    flatten, dense 256, ReLU, dropout 0.5 | softmax. The slides train it on augmented images of
    224 x 224 pixels divided by 255, and report 63.53 % without naming the test images. The head,
    optimizer, learning rate, batch size and epochs are our choices.

    Parameters
    ----------
    input_shape : tuple of int, default=(48, 48, 1)
        Height, width, and one channel of gray levels in 0..255.
    n_classes : int, default=7
        Number of classes, at least 2.
    weights : {"imagenet"}, path-like or None, default="imagenet"
        Weights of the backbone, as in `mobilenet_v2`.
    frozen : {"all_but_last_3"}, int or None, default="all_but_last_3"
        Layers of the backbone that are not trained, as in `mobilenet_v2`. Freezing random layers
        (`weights=None`) emits a warning.
    size : int or None, default=None
        Side in pixels that images are resized to; None keeps their size. The backbone requires
        sides of at least 32 pixels.
    scaling : {"unit", "imagenet"}, default="unit"
        Pixels divided by 255 as in the slides, or minus the channel means as for ImageNet.

    Returns
    -------
    keras.Model
        Uncompiled network; 14,847,815 parameters with the defaults, 21,139,271 with `size=224`.

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

    K. Simonyan, A. Zisserman (2015). Very deep convolutional networks for large-scale image
    recognition. ICLR.

    Examples
    --------
    >>> from fertools.neural.networks import make_network
    >>> make_network("vgg16", (48, 48, 1), 7, weights=None, frozen=None).count_params()
    14847815
    """
    layers = keras_layers()
    return transfer(
        "vgg16",
        Backbone(
            "VGG16",
            WeightsFile(
                "vgg16",
                "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
                "6d6bbae143d832006294945121d1f1fc",
            ),
            CENTERED,
        ),
        [layers.Flatten(), layers.Dense(256, activation="relu"), layers.Dropout(0.5)],
        input_shape,
        n_classes,
        weights,
        frozen,
        size,
        scaling,
    )
