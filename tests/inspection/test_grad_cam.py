import cv2
import keras
import numpy as np
import pytest
from keras import layers

from fertools.datasets import make_faces
from fertools.inspection import grad_cam, layer_activations
from fertools.inspection._grad_cam import last_maps
from fertools.neural.networks import make_network

# Tolerance for heat in 0..1; differences of large maps lose digits in single precision.
CLOSE = 1e-3


def softmax(n_classes):
    return layers.Dense(n_classes, activation="softmax")


def to_unit(heat):
    """Scale each map to a maximum of 1; one of zeros stays."""
    highest = heat.max(axis=(1, 2), keepdims=True)
    return heat / np.where(highest > 0, highest, 1)


@pytest.mark.parametrize("place", range(7))
def test_is_the_class_activation_map_behind_a_mean(pooled, faces, place):
    maps = layer_activations(pooled, faces.images, "maps")
    weights = pooled.model_.layers[-1].get_weights()[0]
    expected = to_unit(np.maximum(maps @ weights[:, place], 0))
    heat = grad_cam(pooled, faces.images, target=pooled.classes_[place])
    assert heat.shape == faces.images.shape and heat.dtype == np.float32
    np.testing.assert_allclose(heat, expected, atol=CLOSE)


def test_the_gradient_of_hidden_units_against_differences():
    """With a hidden layer, the weights equal gradients by central differences."""
    keras.utils.set_random_seed(0)
    network = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            layers.Conv2D(3, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(8, activation="tanh"),
            softmax(2),
        ]
    )
    image = np.random.default_rng(0).normal(size=(1, 6, 6, 1)).astype(np.float32)
    maps = layer_activations(network, image, 0)[0].astype(float)
    (hidden, bias), (last, _) = (layer.get_weights() for layer in network.layers[2:])

    def score(changed):
        return np.tanh(changed.ravel() @ hidden + bias) @ last[:, 1]

    # The mean gradient of a map is the change of the score as the whole map is lifted.
    lifted = np.eye(3) * 1e-4
    weights = [(score(maps + lift) - score(maps - lift)) / 2e-4 / 16 for lift in lifted]
    expected = to_unit(np.maximum(maps @ weights, 0)[None])
    expected = to_unit(cv2.resize(expected[0], (6, 6), interpolation=cv2.INTER_LINEAR)[None])
    assert expected.max() == 1
    np.testing.assert_allclose(grad_cam(network, image, target=1), expected, atol=1e-4)


def test_by_default_the_predicted_class(pooled, faces):
    predicted = pooled.predict(faces.images)
    assert len(set(predicted)) > 1
    heat = grad_cam(pooled, faces.images)
    np.testing.assert_allclose(heat, grad_cam(pooled, faces.images, target=predicted), atol=CLOSE)
    # A bare Keras model takes class indices and images in its own input format.
    numbers = np.searchsorted(pooled.classes_, predicted)
    pixels = faces.images[..., None]
    np.testing.assert_allclose(grad_cam(pooled.model_, pixels, target=numbers), heat, atol=CLOSE)


def test_each_image_by_itself_in_every_form(pooled, faces):
    images = faces.images[:3]
    heat = grad_cam(pooled, faces.images, target="sad")[:3]
    one_by_one = [grad_cam(pooled, image[None], target="sad")[0] for image in images]
    np.testing.assert_allclose(one_by_one, heat, atol=CLOSE)
    for same in (images / 255, images.reshape(3, -1), np.stack([images] * 3, axis=3)):
        np.testing.assert_allclose(grad_cam(pooled, same, target="sad"), heat, atol=CLOSE)


def test_heat_is_zero_without_positive_contributions(pooled, faces):
    model = keras.models.clone_model(pooled.model_)
    *kept, weights, bias = pooled.model_.get_weights()
    model.set_weights([*kept, -np.abs(weights), bias])
    heat = grad_cam(model, faces.images[..., None])
    assert heat.shape == faces.images.shape and (heat == 0).all()


def test_finds_the_corner_that_decides():
    """A network that answers to 5 x 5 bright pixels, wherever they are."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 120, (40, 24, 24, 1))
    corner = np.zeros(images.shape[:3], dtype=bool)
    around = corner.copy()
    for k, (row, column) in enumerate(rng.integers(0, 2, (40, 2))):
        corner[k, row * 16 : row * 16 + 8, column * 16 : column * 16 + 8] = True
        around[k, row * 12 : row * 12 + 12, column * 12 : column * 12 + 12] = True
    images[corner] += 120
    network = keras.Sequential(
        [
            keras.Input((24, 24, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(2, 5, padding="same"),
            layers.ReLU(),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            softmax(2),
        ]
    )
    # The first kernel is the mean above half of full light; the second one is noise.
    kernels = np.stack([np.full((5, 5, 1), 1 / 25), rng.normal(size=(5, 5, 1))], axis=3)
    weights = np.zeros((12, 12, 2, 2))
    weights[:, :, 0, 1] = 1
    network.set_weights([kernels, np.array([-0.5, 0]), weights.reshape(-1, 2), np.zeros(2)])
    heat = grad_cam(network, images, target=1)
    assert (heat.max(axis=(1, 2)) == 1).all()
    assert (heat[~around] == 0).all() and corner[heat == 1].all()
    # No weight leads to the other class.
    assert (grad_cam(network, images, target=0) == 0).all()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ckplus_cnn", layers.Conv2D),
        ("five_conv", layers.LeakyReLU),
        ("reference_cnn", layers.ReLU),
        ("small_vgg_elu", layers.ELU),
        ("mobilenet_v2", layers.ReLU),
    ],
)
def test_the_maps_are_those_behind_the_last_activation(name, kind):
    options = {"weights": None} if name == "mobilenet_v2" else {}
    model = make_network(name, (48, 48, 1), 7, **options)
    name = last_maps(model)
    layer = model.get_layer(name)
    assert isinstance(layer, kind) and len(layer.output.shape) == 4
    later = model.layers[model.layers.index(layer) + 1 :]
    assert not any(isinstance(other, layers.Conv2D) for other in later)


def test_a_network_of_many_layers():
    model = make_network("five_conv", (48, 48, 1), 7)
    images = make_faces(2, random_state=0).images[..., None]
    heat = grad_cam(model, images, target=3)
    assert heat.shape == (2, 48, 48) and heat.min() >= 0 and heat.max() <= 1
    same = grad_cam(model, images, target=3, layer=last_maps(model))
    np.testing.assert_allclose(heat, same, atol=CLOSE)


def test_leaves_the_network_as_it_is(pooled, faces):
    before = pooled.predict_proba(faces.images)
    weights = pooled.model_.get_weights()
    nodes = [len(layer._inbound_nodes) for layer in pooled.model_.layers]
    grad_cam(pooled, faces.images, layer="maps")
    np.testing.assert_array_equal(pooled.predict_proba(faces.images), before)
    for one, same in zip(pooled.model_.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(one, same)
    assert [len(layer._inbound_nodes) for layer in pooled.model_.layers] == nodes


@pytest.fixture(scope="module")
def residual():
    inputs = keras.Input((8, 8, 1))
    first = layers.Conv2D(4, 3, padding="same", name="first")(inputs)
    inner = layers.Conv2D(4, 3, padding="same", name="inner")(first)
    joined = layers.Add(name="joined")([first, inner])
    outputs = softmax(3)(layers.GlobalAveragePooling2D(name="means")(joined))
    return keras.Model(inputs, outputs)


def test_residual_blocks(residual):
    image = np.random.default_rng(0).normal(size=(1, 8, 8, 1))
    weights = residual.layers[-1].get_weights()[0][:, 2]
    maps = layer_activations(residual, image, "joined")
    expected = to_unit(np.maximum(maps @ weights, 0))
    np.testing.assert_allclose(
        grad_cam(residual, image, target=2, layer="joined"), expected, atol=1e-4
    )
    assert grad_cam(residual, image, layer="first").shape == (1, 8, 8)
    with pytest.raises(ValueError, match="on every path from the images to the classes; got 'inn"):
        grad_cam(residual, image, layer="inner")


def test_refuses_layers_without_maps(residual):
    image = np.zeros((1, 8, 8, 1))
    with pytest.raises(ValueError, match=r"\(height, width, n_maps\); 'means' gives \(4,\)"):
        grad_cam(residual, image, layer="means")
    with pytest.raises(ValueError, match=r"first, inner, joined, means, .*; got 'outer'"):
        grad_cam(residual, image, layer="outer")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("joy", r"classes of the network, \['angry', .*'surprise'\]; got \['joy'\]"),
        (3, r"classes of the network, .*; got \[3\]"),
        (["sad", "happy"], "or one per image \\(4\\); got an array of shape \\(2,\\)"),
    ],
)
def test_refuses_unknown_targets(pooled, faces, target, message):
    with pytest.raises(ValueError, match=message):
        grad_cam(pooled, faces.images[:4], target=target)


def test_refuses_networks_that_it_cannot_read(faces, pooled, monkeypatch):
    with pytest.raises(ValueError, match="network must have a Conv2D layer; got 'ann'"):
        grad_cam(make_network("ann", (16, 16, 1), 7), faces.images[..., None])
    other = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(2, 8), layers.Softmax()])
    with pytest.raises(ValueError, match="network must end in a Dense layer; got Softmax"):
        grad_cam(other, np.zeros((1, 8, 8, 1)))
    monkeypatch.setattr(keras.backend, "backend", lambda: "openvino")
    with pytest.raises(NotImplementedError, match=r"tensorflow, torch, jax of .*'openvino'"):
        grad_cam(pooled, faces.images[:1])
