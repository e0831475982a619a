"""Layers, options, image sizes and pixel scaling of the networks."""

import numpy as np
import pytest
from network_helpers import BACKBONES, FEATURES, RANDOM, build, over

from fertools.datasets import make_faces
from fertools.neural.networks import NETWORKS
from fertools.neural.networks._alexnet import alexnet
from fertools.neural.networks._double_conv_blocks import six_conv, small_vgg_elu, three_block
from fertools.neural.networks._feature_networks import ann, conv1d
from fertools.neural.networks._inception import inception_resnet_v2
from fertools.neural.networks._mobilenet import mobilenet_v2
from fertools.neural.networks._resnet import resnet50_v2
from fertools.neural.networks._single_conv_blocks import (
    ckplus_cnn,
    five_conv,
    reference_cnn,
    three_conv,
)
from fertools.neural.networks._vgg import vgg16

keras = pytest.importorskip("keras", reason="the extra neural is not installed")

# TensorFlow 2.21 does not support the argument `copy` of __array__ of NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def spelled(model):
    """Describe a network layer by layer, in the notation of the reports."""
    words = []
    for layer in model.layers:
        kind = type(layer).__name__
        if kind.startswith("Conv"):
            padding = "" if layer.padding == "same" else layer.padding
            words.append(f"conv{layer.filters}k{layer.kernel_size[0]}{padding}")
        elif kind == "Dense":
            words.append(f"dense{layer.units}")
        elif kind == "Dropout":
            words.append(f"drop{layer.rate}")
        elif kind == "LeakyReLU":
            words.append(f"leaky{layer.negative_slope:.2f}")
        elif kind.startswith("MaxPooling"):
            words.append("pool" if layer.pool_size[0] == 2 else f"pool{layer.pool_size[0]}")
        elif kind == "Rescaling":
            words.append("/255" if (layer.scale, layer.offset) == (1 / 255, 0) else "rescaling")
        elif kind != "InputLayer":
            words.append({"BatchNormalization": "bn"}.get(kind, kind.lower()))
        activation = getattr(layer, "activation", None)
        if kind.startswith(("Conv", "Dense")) and activation.__name__ != "linear":
            words.append(activation.__name__)
    return " ".join(words)


LAYERS = {
    six_conv: "/255 conv64k5 relu conv64k5 relu bn pool conv128k5 relu conv128k5 relu bn pool "
    "conv256k3 relu conv256k3 relu bn pool flatten dense128 bn relu drop0.5 dense7 softmax",
    three_conv: "/255 conv32k3 relu bn pool drop0.2 conv64k3 relu bn pool drop0.2 "
    "conv128k3 relu bn pool drop0.2 flatten dense512 relu bn drop0.5 dense7 softmax",
    small_vgg_elu: "/255 conv32k3 elu bn conv32k3 elu bn pool drop0.2 "
    "conv64k3 elu bn conv64k3 elu bn pool drop0.2 "
    "conv128k3 elu bn conv128k3 elu bn pool drop0.2 "
    "conv256k3 elu bn conv256k3 elu bn pool drop0.2 "
    "flatten dense64 elu bn drop0.5 dense64 elu bn drop0.5 dense7 softmax",
    three_block: "/255 conv32k3 relu conv64k3 relu bn pool drop0.25 "
    "conv128k3 relu conv256k3 relu bn pool drop0.25 conv512k3 relu conv512k3 relu bn pool drop0.25 "
    "flatten dense1024 relu drop0.5 dense7 softmax",
    reference_cnn: "conv64k3 bn relu pool drop0.25 conv128k5 bn relu pool drop0.25 "
    "conv512k3 bn relu pool drop0.25 conv512k3 bn relu pool drop0.25 "
    "flatten dense256 bn relu drop0.25 dense512 bn relu drop0.25 dense7 softmax",
    five_conv: "conv32k3 bn leaky0.01 pool drop0.3 conv64k5 bn leaky0.01 pool drop0.3 "
    "conv128k3 leaky0.01 pool drop0.3 conv256k5 leaky0.01 pool drop0.3 conv512k3 leaky0.01 drop0.3 "
    "flatten dense256 bn relu dense512 relu drop0.3 dense7 softmax",
    ckplus_cnn: "/255 conv32k3valid relu pool conv64k3valid relu pool conv128k5valid relu pool "
    "drop0.25 flatten dense512 relu dense256 relu drop0.25 dense7 softmax",
    alexnet: "/255 conv96k11 relu bn pool3 conv256k5 relu bn pool3 "
    "conv384k3 relu conv384k3 relu conv256k3 relu pool3 "
    "flatten dense4096 relu drop0.5 dense4096 relu drop0.5 dense7 softmax",
    ann: "dense256 relu bn drop0.5 dense128 relu bn drop0.5 dense7 softmax",
    conv1d: "reshape conv64k5 relu bn pool conv128k5 relu bn pool conv256k3 relu "
    "globalaveragepooling1d dense128 relu drop0.5 dense7 softmax",
}


@over(LAYERS)
def test_layers(network):
    assert spelled(build(network)) == LAYERS[network]


HEADS = {
    mobilenet_v2: "globalaveragepooling2d dense128 relu dense64 relu dense7 softmax",
    vgg16: "flatten dense256 relu drop0.5 dense7 softmax",
    resnet50_v2: "bn globalaveragepooling2d dense512 relu drop0.1 dense256 relu drop0.1 "
    "dense128 relu drop0.1 dense7 softmax",
    inception_resnet_v2: "globalaveragepooling2d dense256 relu drop0.5 dense7 softmax",
}


@over(HEADS)
def test_heads(network):
    words = spelled(build(network))
    assert words.endswith(f" {HEADS[network]}")
    assert ("/255" in words) == (network is not inception_resnet_v2)


def convolutions(model):
    return [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]


def test_he_normal_weights_of_small_vgg_elu():
    for layer in convolutions(build(small_vgg_elu)):
        assert isinstance(layer.kernel_initializer, keras.initializers.HeNormal)


def test_l2_of_three_block():
    penalties = [layer.kernel_regularizer for layer in convolutions(build(three_block))]
    assert penalties[:2] == [None, None]
    assert [float(penalty.l2) for penalty in penalties[2:]] == pytest.approx([0.01] * 4)


def test_options_of_ann():
    model = ann((20,), hidden=(8, 4), activation="leaky_relu", dropout=0.25)
    expected = "dense8 leaky_relu bn drop0.25 dense4 leaky_relu bn drop0.25 dense7 softmax"
    assert spelled(model) == expected
    assert spelled(ann((6, 5, 1), hidden=())) == "/255 flatten dense7 softmax"
    for activation in ("sigmoid", "tanh", "elu"):
        assert f"dense8 {activation} " in spelled(ann((20,), hidden=[8], activation=activation))


@over(NETWORKS.values())
def test_gives_probabilities_and_is_not_compiled(network):
    model = build(network)
    assert model.name == network.__name__
    assert not model.compiled
    if network in FEATURES:
        X = np.random.default_rng(0).normal(size=(2, 100))
    else:
        X = make_faces(2, random_state=0).images[..., None].astype(np.float32)
    probabilities = keras.ops.convert_to_numpy(model(X))
    assert probabilities.shape == (2, 7)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def scaled(model, images):
    """Return the input of the backbone of a network."""
    layer = next(layer for layer in model.layers if isinstance(layer, keras.layers.Rescaling))
    return keras.ops.convert_to_numpy(keras.Model(model.input, layer.output)(images))


@over(BACKBONES)
def test_pixels_of_a_backbone(network, monkeypatch):
    def tiny(include_top, weights, input_tensor):
        return keras.Model(
            keras.utils.get_source_inputs(input_tensor), keras.layers.Conv2D(4, 3)(input_tensor)
        )

    application, module, _ = BACKBONES[network]
    monkeypatch.setattr(keras.applications, application, tiny)
    levels = np.arange(256, dtype=np.float32).reshape(1, 16, 16, 1)
    images = np.tile(levels, (1, 5, 5, 1))
    rgb = np.repeat(images, 3, axis=-1)
    unit = network((80, 80, 1), 5, scaling="unit", size=None, **RANDOM)
    assert unit.output_shape == (None, 5)
    np.testing.assert_allclose(scaled(unit, images), rgb / 255, atol=1e-6)
    imagenet = network((80, 80, 1), scaling="imagenet", size=None, **RANDOM)
    expected = getattr(keras.applications, module).preprocess_input(rgb.copy())
    np.testing.assert_allclose(scaled(imagenet, images), expected, atol=1e-4)


def test_images_are_resized_inside_the_network():
    images = make_faces(2, random_state=0).images[..., None].astype(np.float32)
    small = build(mobilenet_v2)
    large = mobilenet_v2(size=96, **RANDOM)
    assert small.input_shape == large.input_shape == (None, 48, 48, 1)
    got = scaled(large, images)
    assert got.shape == (2, 96, 96, 3)
    # With bilinear resizing to twice the side, four pixels average to about one original pixel.
    pooled = got.reshape(2, 48, 2, 48, 2, 3).mean(axis=(2, 4))
    assert np.corrcoef(pooled.ravel(), scaled(small, images).ravel())[0, 1] > 0.99


@over(BACKBONES)
def test_smallest_size_of_a_backbone(network):
    smallest = BACKBONES[network][2]
    # InceptionResNetV2 has its smallest size by default.
    assert smallest == 75 or build(network, size=smallest).output_shape == (None, 7)
    for shape, size in [((smallest, smallest - 1, 1), None), ((299, 299, 1), smallest - 1)]:
        with pytest.raises(ValueError, match=f"must be at least {smallest} pixels for"):
            network(shape, size=size, **RANDOM)


@pytest.mark.parametrize(
    ("network", "smallest"),
    [
        (six_conv, 8),
        (three_conv, 8),
        (three_block, 8),
        (small_vgg_elu, 16),
        (reference_cnn, 16),
        (five_conv, 16),
        (ckplus_cnn, 30),
        (alexnet, 1),
    ],
)
def test_smallest_image(network, smallest):
    assert network((smallest, smallest, 1), 5).output_shape == (None, 5)
    with pytest.raises(ValueError, match=f"sides of at least {smallest} pixels; got"):
        network((smallest, smallest - 1, 1))


@pytest.mark.parametrize(
    ("network", "arguments", "options", "message"),
    [
        (five_conv, ((48, 48),), {}, r"input_shape must be \(height, width, channels\)"),
        (five_conv, ((48, 48, 0),), {}, r"input_shape must be .* got \(48, 48, 0\)"),
        (five_conv, ((48, 48, 1), 1), {}, "n_classes must be a whole number from 2; got 1"),
        (ann, ((0,),), {}, "input_shape must be .* at least 1; got"),
        (conv1d, ((3,),), {}, r"input_shape must be \(n_features,\) with at least 4; got \(3,\)"),
        (conv1d, ((48, 48, 1),), {}, r"input_shape must be \(n_features,\)"),
        (ann, ((9,),), {"activation": "swish"}, "'activation' parameter of ann must be"),
        (ann, ((9,),), {"dropout": 1.0}, "'dropout' parameter of ann must be"),
        (vgg16, ((48, 48, 3),), RANDOM, r"input_shape must be \(height, width, 1\), gray"),
        (vgg16, (), {"frozen": 0}, "'frozen' parameter of vgg16 must be"),
        (vgg16, (), {"weights": None, "frozen": 20}, "frozen must be at most 18, .*; got 20"),
        (vgg16, (), {"scaling": "z-score"}, "'scaling' parameter of vgg16 must be"),
        (vgg16, (), {"size": 96.5}, "'size' parameter of vgg16 must be"),
    ],
)
def test_invalid_arguments_are_rejected(network, arguments, options, message):
    with pytest.raises(ValueError, match=message):
        network(*arguments, **options)
