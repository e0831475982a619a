"""Networks of 48 x 48 images with one convolution per block."""

from ._layers import check_image, keras_layers, stacked
from ._recipe import trained_with


@trained_with(optimizer="rmsprop", batch_size=64, epochs=30)
def three_conv(input_shape=(48, 48, 1), n_classes=7):
    """Build the three-convolution network, a published variant of `six_conv`.

    Convolutions 32, 64 and 128 of 3 x 3, padded to the same size, each with ReLU, batch
    normalization, a pool of 2 and dropout 0.2 | dense 512, ReLU, batch normalization, dropout 0.5 |
    softmax. No accuracy is reported. The optimizer, RMSprop, is published; learning rate, batch
    size and epochs of the recipe are those of `six_conv`.

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
        Uncompiled network; 2,459,015 parameters with the defaults, 1,472 of them not trainable.

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
    >>> make_network("three_conv", (48, 48, 1), 5).output_shape
    (None, 5)
    """
    check_image(input_shape, 8)
    layers = keras_layers()

    def block(filters):
        return [
            layers.Conv2D(filters, 3, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
        ]

    return stacked(
        "three_conv",
        input_shape,
        n_classes,
        [
            layers.Rescaling(1 / 255),
            *block(32),
            *block(64),
            *block(128),
            layers.Flatten(),
            layers.Dense(512, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
        ],
    )


@trained_with(
    learning_rate=1e-4,
    epochs=15,
    reported=58.3,
    caveat="its validation images",
)
def reference_cnn(input_shape=(48, 48, 1), n_classes=7):
    """Build the reference network of Anand, Joy and Binu (2024).

    Convolutions 64 of 3 x 3, 128 of 5 x 5, 512 of 3 x 3 and 512 of 3 x 3, padded to the same size,
    each with batch normalization, ReLU, a pool of 2 and dropout 0.25 | dense 256 and dense 512,
    each with batch normalization, ReLU and dropout 0.25 | softmax. The reported 58.3 % is the
    accuracy on its validation images.

    Parameters
    ----------
    input_shape : tuple of int, default=(48, 48, 1)
        Height, width (at least 16) and channels. Gray levels are in 0..255, and the network
        does not rescale them.
    n_classes : int, default=7
        Number of classes, at least 2.

    Returns
    -------
    keras.Model
        Uncompiled network; 4,478,727 parameters with the defaults, 4,474,759 of them trainable.

    Raises
    ------
    ValueError
        If `input_shape` or `n_classes` is not as above.

    References
    ----------
    A. S. Anand, A. Joy, D. M. Binu (2024). Facial emotion detector using convolution neural
    network. Project report EC6447E, NIT Calicut.

    Examples
    --------
    >>> from fertools.neural.networks import make_network
    >>> make_network("reference_cnn", (48, 48, 1), 7).count_params()
    4478727
    """
    check_image(input_shape, 16)
    layers = keras_layers()

    def normalized():
        return [layers.BatchNormalization(), layers.ReLU()]

    def block(filters, width):
        return [
            layers.Conv2D(filters, width, padding="same"),
            *normalized(),
            layers.MaxPooling2D(2),
            layers.Dropout(0.25),
        ]

    return stacked(
        "reference_cnn",
        input_shape,
        n_classes,
        [
            *block(64, 3),
            *block(128, 5),
            *block(512, 3),
            *block(512, 3),
            layers.Flatten(),
            layers.Dense(256),
            *normalized(),
            layers.Dropout(0.25),
            layers.Dense(512),
            *normalized(),
            layers.Dropout(0.25),
        ],
    )


@trained_with(
    learning_rate=1e-4,
    epochs=25,
    reported=62.1,
    caveat="the 7,066 validation images of a re-split of 28,821 / 7,066 images",
)
def five_conv(input_shape=(48, 48, 1), n_classes=7):
    """Build the five-convolution network with leaky ReLU of Anand et al. (2024).

    Convolutions 32 of 3 x 3 and 64 of 5 x 5 with batch normalization, 128 of 3 x 3, 256 of 5 x 5
    and 512 of 3 x 3 without; each with leaky ReLU (slope 0.01), a pool of 2 (but for the last) and
    dropout 0.3; padded to the same size | dense 256, batch normalization, ReLU | dense 512, ReLU,
    dropout 0.3 | softmax. The reported 62.1 % is the accuracy on the 7,066 validation images of a
    re-split of its own.

    Parameters
    ----------
    input_shape : tuple of int, default=(48, 48, 1)
        Height, width (at least 16) and channels. Gray levels are in 0..255, and the network
        does not rescale them.
    n_classes : int, default=7
        Number of classes, at least 2.

    Returns
    -------
    keras.Model
        Uncompiled network; 3,441,543 parameters with the defaults.

    Raises
    ------
    ValueError
        If `input_shape` or `n_classes` is not as above.

    References
    ----------
    A. S. Anand, A. Joy, D. M. Binu (2024). Facial emotion detector using convolution neural
    network. Project report EC6447E, NIT Calicut.

    Examples
    --------
    >>> from fertools.neural.networks import make_network
    >>> make_network("five_conv", (48, 48, 1), 7).count_params()
    3441543
    """
    check_image(input_shape, 16)
    layers = keras_layers()

    def block(filters, width, *, normalize=False, pool=True):
        return [
            layers.Conv2D(filters, width, padding="same"),
            *([layers.BatchNormalization()] if normalize else []),
            layers.LeakyReLU(negative_slope=0.01),
            *([layers.MaxPooling2D(2)] if pool else []),
            layers.Dropout(0.3),
        ]

    return stacked(
        "five_conv",
        input_shape,
        n_classes,
        [
            *block(32, 3, normalize=True),
            *block(64, 5, normalize=True),
            *block(128, 3),
            *block(256, 5),
            *block(512, 3, pool=False),
            layers.Flatten(),
            layers.Dense(256),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Dense(512, activation="relu"),
            layers.Dropout(0.3),
        ],
    )


@trained_with(
    batch_size=32,
    epochs=20,
    reported=92.2,
    caveat="CK+, a random split of 981 frames of 118 people, three per sequence, so that the same "
    "faces are in training and test",
)
def ckplus_cnn(input_shape=(48, 48, 1), n_classes=7):
    """Build the small network for CK+ of Anand, Joy and Binu (2024).

    Convolutions 32 of 3 x 3, 64 of 3 x 3 and 128 of 5 x 5 without padding, each with a pool of 2,
    the last with dropout 0.25 | dense 512, dense 256, dropout 0.25 | softmax; ReLU throughout. The
    seven published classes include contempt and exclude neutral. Adam is published; learning
    rate and batch size of the recipe are ours.

    The reported 92.2 % comes from a random 788 / 193 split of 981 frames of 118 people: the same
    people are in training and test images.

    Parameters
    ----------
    input_shape : tuple of int, default=(48, 48, 1)
        Height, width (at least 30) and channels. Gray levels are in 0..255; the network divides
        them by 255.
    n_classes : int, default=7
        Number of classes, at least 2.

    Returns
    -------
    keras.Model
        Uncompiled network; 947,207 parameters with the defaults.

    Raises
    ------
    ValueError
        If `input_shape` or `n_classes` is not as above.

    References
    ----------
    A. S. Anand, A. Joy, D. M. Binu (2024). Facial emotion detector using convolution neural
    network. Project report EC6447E, NIT Calicut.

    Examples
    --------
    >>> from fertools.neural.networks import make_network
    >>> ckplus_cnn().count_params()
    947207
    """
    check_image(input_shape, 30)
    layers = keras_layers()

    def block(filters, width):
        return [layers.Conv2D(filters, width, activation="relu"), layers.MaxPooling2D(2)]

    return stacked(
        "ckplus_cnn",
        input_shape,
        n_classes,
        [
            layers.Rescaling(1 / 255),
            *block(32, 3),
            *block(64, 3),
            *block(128, 5),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(512, activation="relu"),
            layers.Dense(256, activation="relu"),
            layers.Dropout(0.25),
        ],
    )
