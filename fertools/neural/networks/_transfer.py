"""Networks that begin with a backbone trained on ImageNet.

Images have one channel of grey levels in 0..255. Inside the network they are resized if `size` is
given, repeated to the three channels that the backbone takes, and scaled.
"""

from ._backbone import Backbone, transfer, validated
from ._head import keras_layers
from ._recipe import trained_with
from ._weights import WeightsFile

# How the backbones were fed when they learnt ImageNet: pixels in -1..1, or less the mean of blue,
# green and red.
SIGNED = {"scale": 1 / 127.5, "offset": -1.0}
CENTRED = {"scale": 1.0, "offset": [-103.939, -116.779, -123.68]}
# The sizes that there are weights of MobileNetV2 for; other sizes take those for 224.
MOBILENET_SIZES = {96, 128, 160, 192, 224}


@trained_with(
    batch_size=32,
    epochs=15,
    image_size=224,
    reported=88.9,
    caveat="on the 10,884 images it was trained with: no test figure",
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
    """Build MobileNetV2 with the head of a published student system.

    The backbone up to its global average pool | dense 128, ReLU | dense 64, ReLU | softmax. The
    source trains all layers on 224 x 224 pixels divided by 255, with Adam; learning rate and batch
    size of the recipe are ours. Its 88.9 % is the accuracy on its 10,884 training images.

    Parameters
    ----------
    input_shape : tuple of int, default=(48, 48, 1)
        Height, width, and one channel of grey levels in 0..255.
    n_classes : int, default=7
        Classes, at least 2.
    weights : {"imagenet"}, path-like or None, default="imagenet"
        Weights of the backbone: those of ImageNet, which Keras keeps in its cache and downloads
        where it does not find them; a file of weights without the top, ``.h5`` or
        ``.weights.h5``; or None for random ones.
    frozen : {"all_but_last_3"}, int or None, default=None
        The layers of the backbone that are not trained: all but the last three, so many from the
        first on, or none.
    size : int or None, default=None
        Side in pixels that images are resized to; None leaves them as they are. The backbone takes
        sides of at least 32.
    scaling : {"unit", "imagenet"}, default="unit"
        Pixels divided by 255 as in the source, or as the backbone was fed for ImageNet: -1..1.

    Returns
    -------
    keras.Model
        Not compiled; 2,430,663 parameters with 7 classes, 34,112 of them not trainable.

    Raises
    ------
    ValueError
        If a parameter is not as above.
    FileNotFoundError
        If there is no file of weights, and it cannot be downloaded.

    References
    ----------
    M. Sandler, A. Howard, M. Zhu, A. Zhmoginov, L.-C. Chen (2018). MobileNetV2: inverted residuals
    and linear bottlenecks. CVPR, 4510-4520. :doi:`10.1109/CVPR.2018.00474`

    Examples
    --------
    >>> from fertools.neural.networks import mobilenet_v2
    >>> mobilenet_v2(weights=None).count_params()
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


@trained_with(
    learning_rate=1e-4,
    batch_size=32,
    epochs=15,
    augmentation=True,
    image_size=224,
    reported=63.53,
    caveat="without a word on the images it was measured on",
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
    """Build VGG16 as a published student system transfers it.

    The backbone, frozen but for its last three layers (block5_conv2, block5_conv3, block5_pool) |
    flatten, dense 256, ReLU, dropout 0.5 | softmax. The source trains it on augmented images of
    224 x 224 pixels divided by 255 and reports 63.53 %, without a word on which images. The head is
    ours, and so are optimizer, learning rate, batch size and epochs of the recipe.

    Parameters
    ----------
    input_shape : tuple of int, default=(48, 48, 1)
        Height, width, and one channel of grey levels in 0..255.
    n_classes : int, default=7
        Classes, at least 2.
    weights : {"imagenet"}, path-like or None, default="imagenet"
        Weights of the backbone, as in `mobilenet_v2`.
    frozen : {"all_but_last_3"}, int or None, default="all_but_last_3"
        The layers of the backbone that are not trained, as in `mobilenet_v2`. With `weights=None`
        the frozen layers would stay random: a warning says so.
    size : int or None, default=None
        Side in pixels that images are resized to; None leaves them as they are. The backbone takes
        sides of at least 32.
    scaling : {"unit", "imagenet"}, default="unit"
        Pixels divided by 255 as in the source, or as the backbone was fed for ImageNet: less the
        mean of each channel.

    Returns
    -------
    keras.Model
        Not compiled; 14,847,815 parameters with the defaults, 21,139,271 with `size=224`.

    Raises
    ------
    ValueError
        If a parameter is not as above.
    FileNotFoundError
        If there is no file of weights, and it cannot be downloaded.

    References
    ----------
    K. Simonyan, A. Zisserman (2015). Very deep convolutional networks for large-scale image
    recognition. ICLR.

    Examples
    --------
    >>> from fertools.neural.networks import vgg16
    >>> vgg16(weights=None, frozen=None).count_params()
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
            CENTRED,
        ),
        [layers.Flatten(), layers.Dense(256, activation="relu"), layers.Dropout(0.5)],
        input_shape,
        n_classes,
        weights,
        frozen,
        size,
        scaling,
    )


@trained_with(
    learning_rate=1e-4,
    batch_size=32,
    epochs=15,
    augmentation=True,
    image_size=224,
    reported=97.0,
    caveat="no test figure",
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
    """Build ResNet50V2 with the head of a published student system.

    The backbone | batch normalisation, global average pool | dense 512, 256 and 128, each with
    ReLU and dropout 0.1 | softmax. The source trains it on augmented images, pixels divided by 255.
    That no layer is frozen, the size of 224, optimizer, learning rate, batch size and epochs of the
    recipe are ours. The reported 97 % is no test figure.

    Parameters
    ----------
    input_shape : tuple of int, default=(48, 48, 1)
        Height, width, and one channel of grey levels in 0..255.
    n_classes : int, default=7
        Classes, at least 2.
    weights : {"imagenet"}, path-like or None, default="imagenet"
        Weights of the backbone, as in `mobilenet_v2`.
    frozen : {"all_but_last_3"}, int or None, default=None
        The layers of the backbone that are not trained, as in `mobilenet_v2`.
    size : int or None, default=None
        Side in pixels that images are resized to; None leaves them as they are. The backbone takes
        sides of at least 32.
    scaling : {"unit", "imagenet"}, default="unit"
        Pixels divided by 255 as in the source, or as the backbone was fed for ImageNet: -1..1.

    Returns
    -------
    keras.Model
        Not compiled; 24,787,207 parameters with 7 classes.

    Raises
    ------
    ValueError
        If a parameter is not as above.
    FileNotFoundError
        If there is no file of weights, and it cannot be downloaded.

    References
    ----------
    K. He, X. Zhang, S. Ren, J. Sun (2016). Identity mappings in deep residual networks. ECCV,
    630-645. :doi:`10.1007/978-3-319-46493-0_38`

    Examples
    --------
    >>> from fertools.neural.networks import resnet50_v2
    >>> resnet50_v2(weights=None).count_params()
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

    The backbone | global average pool | dense 256, ReLU, dropout 0.5 | softmax. Published student
    systems name it as an architecture, without a figure; head and recipe are ours.

    Parameters
    ----------
    input_shape : tuple of int, default=(48, 48, 1)
        Height, width, and one channel of grey levels in 0..255.
    n_classes : int, default=7
        Classes, at least 2.
    weights : {"imagenet"}, path-like or None, default="imagenet"
        Weights of the backbone, as in `mobilenet_v2`.
    frozen : {"all_but_last_3"}, int or None, default=None
        The layers of the backbone that are not trained, as in `mobilenet_v2`.
    size : int or None, default=75
        Side in pixels that images are resized to; None leaves them as they are. The backbone takes
        sides of at least 75.
    scaling : {"unit", "imagenet"}, default="imagenet"
        Pixels divided by 255, or as the backbone was fed for ImageNet: -1..1.

    Returns
    -------
    keras.Model
        Not compiled; 54,732,007 parameters with 7 classes, 60,544 of them not trainable.

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
    >>> from fertools.neural.networks import inception_resnet_v2
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
