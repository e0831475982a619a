"""Networks of 48 x 48 images with two convolutions per block."""

from ..._utils.optional import import_optional
from ._layers import check_image, keras_layers, stacked
from ._recipe import trained_with


@trained_with(optimizer="rmsprop", batch_size=64, epochs=30)
def six_conv(input_shape=(48, 48, 1), n_classes=7):
    """Build the six-convolution network of Patel.

    Three blocks of two convolutions, batch normalization and a pool of 2: 64 filters of 5 x 5, 128
    of 5 x 5, 256 of 3 x 3 | dense 128, batch normalization, ReLU, dropout 0.5 | softmax.
    Convolutions are padded to the same size, and have ReLU. No accuracy is reported. The optimizer,
    RMSprop, is published; learning rate, batch size and epochs of the recipe are our choices.

    Parameters
    ----------
    input_shape : tuple of int, default=(48, 48, 1)
        Height, width (at least 8) and channels. Gray levels are in 0..255; the network divides
        them by 255.
    n_classes : int, default=7
        Number of classes, at least 2.

    Returns
    -------
    keras.Model
        Uncompiled network; 2,787,015 parameters with the defaults, 1,152 of them not trainable.

    Raises
    ------
    ValueError
        If `input_shape` or `n_classes` is not as above.

    References
    ----------
    J. Patel. Facial expression detection using CNN. Case study, deep learning course.

    Examples
    --------
    >>> from fertools.neural.networks import make_network
    >>> make_network("six_conv", (48, 48, 1), 7).count_params()
    2787015
    """
    check_image(input_shape, 8)
    layers = keras_layers()

    def block(filters, width):
        return [
            layers.Conv2D(filters, width, padding="same", activation="relu"),
            layers.Conv2D(filters, width, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(2),
        ]

    return stacked(
        "six_conv",
        input_shape,
        n_classes,
        [
            layers.Rescaling(1 / 255),
            *block(64, 5),
            *block(128, 5),
            *block(256, 3),
            layers.Flatten(),
            layers.Dense(128),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Dropout(0.5),
        ],
    )


@trained_with(batch_size=32, epochs=25, early_stopping=True, plateau_factor=0.2)
def small_vgg_elu(input_shape=(48, 48, 1), n_classes=7):
    """Build the small VGG with exponential linear units of Tajwar (2021).

    Four blocks of two 3 x 3 convolutions with 32, 64, 128 and 256 filters, each convolution
    followed by ELU and batch normalization, then a pool of 2 and dropout 0.2 | dense 64, ELU, batch
    normalization, dropout 0.5, twice | softmax. Convolutions are padded to the same size, and their
    weights have He normal initialization. The report uses five classes (angry, happy, sad,
    surprise, neutral), a 70:30 split and a webcam in real time, and gives no accuracy; Adam is our
    choice.

    Parameters
    ----------
    input_shape : tuple of int, default=(48, 48, 1)
        Height, width (at least 16) and channels. Gray levels are in 0..255; the network divides
        them by 255.
    n_classes : int, default=7
        Number of classes, at least 2.

    Returns
    -------
    keras.Model
        Uncompiled network; 1,328,167 parameters with the defaults, 1,328,037 with 5 classes.

    Raises
    ------
    ValueError
        If `input_shape` or `n_classes` is not as above.

    References
    ----------
    M. Tajwar (2021). Facial expression recognition using deep neural networks. Ca' Foscari
    University of Venice.

    D.-A. Clevert, T. Unterthiner, S. Hochreiter (2016). Fast and accurate deep network learning by
    exponential linear units (ELUs). ICLR.

    Examples
    --------
    >>> from fertools.neural.networks import make_network
    >>> make_network("small_vgg_elu", (48, 48, 1), 5).count_params()
    1328037
    """
    check_image(input_shape, 16)
    layers = keras_layers()

    def convolution(filters):
        return [
            layers.Conv2D(filters, 3, padding="same", kernel_initializer="he_normal"),
            layers.ELU(),
            layers.BatchNormalization(),
        ]

    def block(filters):
        return [
            *convolution(filters),
            *convolution(filters),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
        ]

    def dense():
        return [
            layers.Dense(64),
            layers.ELU(),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
        ]

    return stacked(
        "small_vgg_elu",
        input_shape,
        n_classes,
        [
            layers.Rescaling(1 / 255),
            *block(32),
            *block(64),
            *block(128),
            *block(256),
            layers.Flatten(),
            *dense(),
            *dense(),
        ],
    )


@trained_with(
    learning_rate=1e-4,
    batch_size=64,
    epochs=60,
    augmentation=True,
    reported=62.54,
    caveat="the 7,178 test images, which were also the validation set (52.54 plain, 57.93 with "
    "augmentation; 91.48 in training)",
)
def three_block(input_shape=(48, 48, 1), n_classes=7):
    """Build the three-block network with L2 regularization.

    Convolutions 32 and 64 | 128 and 256 | 512 and 512, each block with batch normalization, a pool
    of 2 and dropout 0.25 | dense 1024, dropout 0.5 | softmax. Convolutions are 3 x 3 and padded to
    the same size; ReLU throughout. The slides regularize several convolutions. The factor 0.01 for
    the second and third block, optimizer, learning rate, batch size and epochs are our choices.

    The reported 62.54 % is not a test accuracy: the 7,178 test images were the validation set.

    Parameters
    ----------
    input_shape : tuple of int, default=(48, 48, 1)
        Height, width (at least 8) and channels. Gray levels are in 0..255; the network divides
        them by 255.
    n_classes : int, default=7
        Number of classes, at least 2.

    Returns
    -------
    keras.Model
        Uncompiled network; 22,813,703 parameters with the defaults.

    Raises
    ------
    ValueError
        If `input_shape` or `n_classes` is not as above.

    References
    ----------
    Facial emotion recognition using deep learning (CNN). Project slides, author not named,
    undated.

    Examples
    --------
    >>> from fertools.neural.networks import make_network
    >>> make_network("three_block", (48, 48, 1), 7).count_params()
    22813703
    """
    check_image(input_shape, 8)
    layers = keras_layers()

    l2 = import_optional("keras.regularizers", "neural").L2(0.01)

    def block(first, second, penalty):
        return [
            *(
                layers.Conv2D(
                    filters, 3, padding="same", activation="relu", kernel_regularizer=penalty
                )
                for filters in (first, second)
            ),
            layers.BatchNormalization(),
            layers.MaxPooling2D(2),
            layers.Dropout(0.25),
        ]

    return stacked(
        "three_block",
        input_shape,
        n_classes,
        [
            layers.Rescaling(1 / 255),
            *block(32, 64, None),
            *block(128, 256, l2),
            *block(512, 512, l2),
            layers.Flatten(),
            layers.Dense(1024, activation="relu"),
            layers.Dropout(0.5),
        ],
    )
