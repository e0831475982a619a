"""AlexNet."""

from ._layers import check_image, keras_layers, stacked
from ._recipe import trained_with


@trained_with(learning_rate=1e-4, epochs=30)
def alexnet(input_shape=(48, 48, 1), n_classes=7):
    """Build AlexNet, adapted to small images.

    Convolution 96 of 11 x 11 with stride 4, pool | 256 of 5 x 5, pool | 384, 384 and 256 of 3 x 3,
    pool | dense 4096, dropout 0.5, twice | softmax; ReLU throughout, pools 3 x 3 with stride 2.
    Ours: everything is padded to the same size, so that 48 pixels are enough; batch normalization
    in the two places of the original's local response normalization; convolutions in one piece, not
    split in two groups. The reproduced reports name the architecture without an accuracy;
    the recipe is ours.

    Parameters
    ----------
    input_shape : tuple of int, default=(48, 48, 1)
        Height, width and channels. Gray levels are in 0..255; the network divides them by 255.
    n_classes : int, default=7
        Number of classes, at least 2.

    Returns
    -------
    keras.Model
        Uncompiled network; 24,733,767 parameters with the defaults, 704 of them not trainable.

    Raises
    ------
    ValueError
        If `input_shape` or `n_classes` is not as above.

    References
    ----------
    A. Krizhevsky, I. Sutskever, G. E. Hinton (2012). ImageNet classification with deep
    convolutional neural networks. Advances in Neural Information Processing Systems 25, 1097-1105.

    Examples
    --------
    >>> from fertools.neural.networks import make_network
    >>> make_network("alexnet", (32, 32, 1), 7).output_shape
    (None, 7)
    """
    check_image(input_shape, 1)
    layers = keras_layers()

    def convolution(filters, width, strides=1):
        return layers.Conv2D(filters, width, strides, padding="same", activation="relu")

    def pool():
        return layers.MaxPooling2D(3, 2, padding="same")

    def dense():
        return [layers.Dense(4096, activation="relu"), layers.Dropout(0.5)]

    return stacked(
        "alexnet",
        input_shape,
        n_classes,
        [
            layers.Rescaling(1 / 255),
            convolution(96, 11, strides=4),
            layers.BatchNormalization(),
            pool(),
            convolution(256, 5),
            layers.BatchNormalization(),
            pool(),
            convolution(384, 3),
            convolution(384, 3),
            convolution(256, 3),
            pool(),
            layers.Flatten(),
            *dense(),
            *dense(),
        ],
    )
