"""Networks for feature vectors."""

from numbers import Real

from sklearn.utils._param_validation import Interval, StrOptions, validate_params

from ._layers import check_features, check_image, keras_layers, stacked
from ._recipe import trained_with

ACTIVATIONS = {"relu", "sigmoid", "tanh", "elu", "leaky_relu"}


@trained_with(early_stopping=True)
@validate_params(
    {
        "hidden": ["array-like"],
        "activation": [StrOptions(ACTIVATIONS)],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    },
    prefer_skip_nested_validation=True,
)
def ann(input_shape, n_classes=7, *, hidden=(256, 128), activation="relu", dropout=0.5):
    """Build the artificial neural network, a multi-layer perceptron.

    For each hidden layer: dense, activation, batch normalization, dropout. Then softmax. Kundu
    (2021) compares descriptors with such a network and reports no accuracy.

    Parameters
    ----------
    input_shape : tuple of int
        (n_features,) for descriptors, which are not rescaled. (height, width, channels) for
        images of gray levels 0..255, which the network divides by 255 and flattens.
    n_classes : int, default=7
        Number of classes, at least 2.
    hidden : sequence of int, default=(256, 128)
        Units of the hidden layers.
    activation : {"relu", "sigmoid", "tanh", "elu", "leaky_relu"}, default="relu"
        Activation of the hidden layers. The slope of "leaky_relu" below zero is 0.2.
    dropout : float, default=0.5
        Share of the units that is left out in training, in [0, 1).

    Returns
    -------
    keras.Model
        Not compiled. For d features (d + 1) 256 + (256 + 1) 128 weights of the hidden layers,
        4 (256 + 128) of their normalization, half of it not trainable, and
        (128 + 1) `n_classes`: 61,191 parameters for 100 features and 7 classes.

    Raises
    ------
    ValueError
        If `input_shape` or an option is not as above.

    References
    ----------
    S. Kundu (2021). Sentiment analysis: face emotion detection project, report I. National
    Institute for Industrial Training.

    Examples
    --------
    >>> from fertools.neural.networks import make_network
    >>> make_network("ann", (100,), 7).count_params()
    61191
    """
    layers = keras_layers()
    if len(input_shape) == 3:
        check_image(input_shape, 1)
        first = [layers.Rescaling(1 / 255), layers.Flatten()]
    else:
        check_features(input_shape)
        first = []
    blocks = (
        (
            layers.Dense(units, activation=activation),
            layers.BatchNormalization(),
            layers.Dropout(dropout),
        )
        for units in hidden
    )
    return stacked("ann", input_shape, n_classes, [*first, *(layer for b in blocks for layer in b)])


@trained_with(early_stopping=True)
def conv1d(input_shape, n_classes=7):
    """Build the one-dimensional convolutional network, which reads features as a sequence.

    Convolution 64 of width 5, batch normalization, pool 2 | convolution 128 of width 5, batch
    normalization, pool 2 | convolution 256 of width 3, global average pool | dense 128,
    dropout 0.5 | softmax. Convolutions are padded to the same length; ReLU throughout. Kundu (2021)
    compares descriptors with such a network and reports no accuracy.

    Parameters
    ----------
    input_shape : tuple of int
        (n_features,), at least 4. Features are not rescaled.
    n_classes : int, default=7
        Number of classes, at least 2.

    Returns
    -------
    keras.Model
        Uncompiled network; 174,599 parameters with 7 classes, 384 of them not trainable, for any
        number of features.

    Raises
    ------
    ValueError
        If `input_shape` or `n_classes` is not as above.

    References
    ----------
    S. Kundu (2021). Sentiment analysis: face emotion detection project, report I. National
    Institute for Industrial Training.

    Examples
    --------
    >>> from fertools.neural.networks import make_network
    >>> make_network("conv1d", (100,), 7).output_shape
    (None, 7)
    """
    check_features(input_shape, 4)
    layers = keras_layers()
    return stacked(
        "conv1d",
        input_shape,
        n_classes,
        [
            layers.Reshape((-1, 1)),
            layers.Conv1D(64, 5, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling1D(2),
            layers.Conv1D(128, 5, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling1D(2),
            layers.Conv1D(256, 3, padding="same", activation="relu"),
            layers.GlobalAveragePooling1D(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
        ],
    )
