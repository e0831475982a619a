import numpy as np
import pytest

from fertools.datasets import make_faces
from fertools.inspection import layer_activations
from fertools.neural import KerasImageClassifier


def pooled_network(input_shape, n_classes):
    """One convolution, the mean of each map, softmax: here Grad-CAM has a closed form."""
    from keras import Model, layers

    inputs = layers.Input(input_shape)
    maps = layers.Conv2D(5, 3, padding="same", activation="relu", name="maps")(
        layers.Rescaling(1 / 255)(inputs)
    )
    means = layers.GlobalAveragePooling2D()(maps)
    return Model(inputs, layers.Dense(n_classes, activation="softmax")(means))


@pytest.fixture(scope="session")
def faces():
    return make_faces(42, size=16, random_state=0)


@pytest.fixture(scope="session")
def pooled(faces):
    network = KerasImageClassifier(pooled_network, epochs=1, random_state=0)
    network.fit(faces.images, faces.labels)
    rng = np.random.default_rng(0)
    *convolution, weights, _ = (rng.normal(size=w.shape) for w in network.model_.get_weights())
    network.model_.set_weights([*convolution, weights, np.zeros(7)])
    # With these biases no class is favored, and many are predicted.
    means = layer_activations(network, faces.images, -2).mean(axis=0)
    network.model_.set_weights([*convolution, weights, -means @ weights])
    return network
