"""Networks against the published parameter counts, layers, settings and weights."""

import importlib.util
import inspect
import os
import subprocess
import sys
from functools import cache
from itertools import pairwise
from math import prod
from pathlib import Path

import numpy as np
import pytest

from fertools._utils.optional import import_optional
from fertools.datasets import make_faces
from fertools.neural.networks import NETWORKS, Recipe, make_network, recipe_of
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

RANDOM = {"weights": None, "frozen": None}
# The function of keras.applications, its module of preprocessing, and the smallest side.
BACKBONES = {
    mobilenet_v2: ("MobileNetV2", "mobilenet_v2", 32),
    vgg16: ("VGG16", "vgg16", 32),
    resnet50_v2: ("ResNet50V2", "resnet_v2", 32),
    inception_resnet_v2: ("InceptionResNetV2", "inception_resnet_v2", 75),
}
FEATURES = {ann, conv1d}


def over(networks):
    return pytest.mark.parametrize("network", networks, ids=lambda network: network.__name__)


@cache
def build(network, n_classes=7, **options):
    """Build a network at its default size, without downloaded weights; it is shared by tests."""
    shape = (100,) if network in FEATURES else (48, 48, 1)
    return network(shape, n_classes, **((RANDOM if network in BACKBONES else {}) | options))


def size_of(weights):
    return sum(prod(weight.shape) for weight in weights)


def conv(width, channels, filters):
    """Count weights and biases of a convolution of width x width."""
    return (width**2 * channels + 1) * filters


def dense(inputs, units):
    return (inputs + 1) * units


# Total and non-trainable parameters; None if the report does not give them.
PUBLISHED = [
    (six_conv, 7, {}, 2_787_015, 1_152),
    (small_vgg_elu, 5, {}, 1_328_037, None),
    (small_vgg_elu, 7, {}, 1_328_167, None),
    (three_block, 7, {}, 22_813_703, None),
    (reference_cnn, 7, {}, 4_478_727, 4_478_727 - 4_474_759),
    (five_conv, 7, {}, 3_441_543, None),
    (ckplus_cnn, 7, {}, 947_207, 0),
    (mobilenet_v2, 7, {"size": 224}, 2_430_663, 34_112),
    (mobilenet_v2, 7, {}, 2_430_663, 34_112),
    (resnet50_v2, 7, {}, 24_787_207, None),
]


@pytest.mark.parametrize(("network", "n_classes", "options", "total", "fixed"), PUBLISHED)
def test_published_parameter_counts(network, n_classes, options, total, fixed):
    model = build(network, n_classes, **options)
    assert model.count_params() == total
    if fixed is not None:
        assert size_of(model.non_trainable_weights) == fixed


def test_parameters_of_three_conv():
    convolutions = conv(3, 1, 32) + conv(3, 32, 64) + conv(3, 64, 128)
    # Three pooling layers reduce 48 x 48 to 6 x 6.
    head = dense(6 * 6 * 128, 512) + dense(512, 7)
    normalized = 32 + 64 + 128 + 512
    model = build(three_conv)
    assert model.count_params() == convolutions + head + 4 * normalized
    assert size_of(model.non_trainable_weights) == 2 * normalized


def test_parameters_of_alexnet():
    convolutions = (
        conv(11, 1, 96)
        + conv(5, 96, 256)
        + conv(3, 256, 384)
        + conv(3, 384, 384)
        + conv(3, 384, 256)
    )
    # The first stride reduces 48 to 12, and the pooling layers to 6, 3 and 2.
    head = dense(2 * 2 * 256, 4096) + dense(4096, 4096) + dense(4096, 7)
    assert build(alexnet).count_params() == convolutions + head + 4 * (96 + 256)


def test_parameters_of_ann():
    hidden = dense(100, 256) + dense(256, 128) + 4 * (256 + 128)
    assert build(ann).count_params() == hidden + dense(128, 7)
    pixels = dense(48 * 48, 256) + dense(256, 128) + 4 * (256 + 128)
    assert ann((48, 48, 1)).count_params() == pixels + dense(128, 7)
    assert ann((100,), 3, hidden=(10,)).count_params() == dense(100, 10) + 4 * 10 + dense(10, 3)


@pytest.mark.parametrize("n_features", [4, 100, 1985])
def test_parameters_of_conv1d(n_features):
    convolutions = dense(5, 64) + dense(5 * 64, 128) + dense(3 * 128, 256)
    expected = convolutions + 4 * (64 + 128) + dense(256, 128) + dense(128, 7)
    assert conv1d((n_features,)).count_params() == expected


@pytest.mark.parametrize(("size", "side"), [(None, 1), (224, 7)])
def test_parameters_of_vgg16(size, side):
    widths = [3, 64, 64, 128, 128, *[256] * 3, *[512] * 6]
    backbone = sum(conv(3, a, b) for a, b in pairwise(widths))
    # All 18 layers except three.
    with pytest.warns(UserWarning, match="freezes 15 layers with random weights"):
        model = vgg16(weights=None, size=size)
    head = dense(side * side * 512, 256) + dense(256, 7)
    assert model.count_params() == backbone + head
    # Trained are block5_conv2, block5_conv3 and the head.
    assert size_of(model.trainable_weights) == 2 * conv(3, 512, 512) + head


def test_parameters_of_inception_resnet_v2():
    def unit(*widths, areas):
        """Count convolutions without bias, each with a normalization without scale."""
        return sum(
            area * a * b + 3 * b for area, (a, b) in zip(areas, pairwise(widths), strict=True)
        )

    stem = unit(3, 32, 32, 64, 80, 192, areas=(9, 9, 9, 1, 9))
    mixed_5b = (
        unit(192, 96, areas=(1,))
        + unit(192, 48, 64, areas=(1, 25))
        + unit(192, 64, 96, 96, areas=(1, 9, 9))
        + unit(192, 64, areas=(1,))
    )
    block35 = (
        unit(320, 32, areas=(1,))
        + unit(320, 32, 32, areas=(1, 9))
        + unit(320, 32, 48, 64, areas=(1, 9, 9))
        + dense(128, 320)
    )
    mixed_6a = unit(320, 384, areas=(9,)) + unit(320, 256, 256, 384, areas=(1, 9, 9))
    block17 = (
        unit(1088, 192, areas=(1,)) + unit(1088, 128, 160, 192, areas=(1, 7, 7)) + dense(384, 1088)
    )
    mixed_7a = (
        unit(1088, 256, 384, areas=(1, 9))
        + unit(1088, 256, 288, areas=(1, 9))
        + unit(1088, 256, 288, 320, areas=(1, 9, 9))
    )
    block8 = (
        unit(2080, 192, areas=(1,)) + unit(2080, 192, 224, 256, areas=(1, 3, 3)) + dense(448, 2080)
    )
    backbone = (
        stem + mixed_5b + 10 * block35 + mixed_6a + 20 * block17 + mixed_7a + 10 * block8
    ) + unit(2080, 1536, areas=(1,))
    model = build(inception_resnet_v2)
    assert model.count_params() == backbone + dense(1536, 256) + dense(256, 7)


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
    probabilities = np.asarray(model(X))
    assert probabilities.shape == (2, 7)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def scaled(model, images):
    """Return the input of the backbone of a network."""
    layer = next(layer for layer in model.layers if isinstance(layer, keras.layers.Rescaling))
    return np.asarray(keras.Model(model.input, layer.output)(images))


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


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Set an empty cache of Keras, disable downloads, and return the folder of weights."""

    def refuse(*args, **kwargs):
        raise Exception("URL fetch failure: no network")

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr("keras.utils.get_file", refuse)
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


def random_mobilenet():
    return keras.applications.MobileNetV2((96, 96, 3), include_top=False, weights=None)


@pytest.fixture(scope="module")
def mobilenet(tmp_path_factory):
    """Return a random backbone, and its file in the format of Keras' ImageNet weights."""
    path = tmp_path_factory.mktemp("weights") / "mobilenet.h5"
    backbone = random_mobilenet()
    backbone.save(path)
    return backbone, path


def asked_by_keras(monkeypatch, network, size):
    """Return name, URL, folder and checksum that Keras itself requests."""
    asked = []

    def record(name, address, cache_subdir, file_hash=None):
        asked.append((name, address, cache_subdir, file_hash))
        raise FileNotFoundError(name)

    # The networks of Keras call the function by this private name.
    monkeypatch.setattr("keras.src.utils.file_utils.get_file", record)
    with pytest.raises(FileNotFoundError):
        getattr(keras.applications, BACKBONES[network][0])(
            include_top=False, weights="imagenet", input_shape=(size, size, 3)
        )
    return asked[0]


@pytest.mark.parametrize(
    ("network", "size"),
    [(mobilenet_v2, 96), (mobilenet_v2, 224), *((n, 96) for n in BACKBONES if n != mobilenet_v2)],
)
def test_requested_file_matches_keras(network, size, cache, monkeypatch):
    expected = asked_by_keras(monkeypatch, network, size)
    asked = []

    def record(name, address, *, cache_dir, cache_subdir, file_hash):
        assert Path(cache_dir, cache_subdir) == cache
        asked.append((name, address, cache_subdir, file_hash))
        raise Exception("recorded")

    monkeypatch.setattr("keras.utils.get_file", record)
    with pytest.raises(FileNotFoundError):
        network(size=size)
    assert asked == [expected]


@over(BACKBONES)
def test_error_without_cached_weights(network, cache, monkeypatch):
    built = []
    monkeypatch.setattr(keras.applications, BACKBONES[network][0], built.append)
    with pytest.raises(FileNotFoundError) as error:
        network()
    message = str(error.value)
    assert "no network" in message
    assert "https://storage.googleapis.com/tensorflow/keras-applications/" in message
    assert f"copy it to {cache}" in message
    assert "weights=None" in message
    assert not built
    assert not list(cache.iterdir())


def test_mobilenet_weights_of_other_sizes_are_those_for_224(cache):
    for shape, size in [((48, 48, 1), None), ((96, 128, 1), None), ((48, 48, 1), 100)]:
        with pytest.raises(FileNotFoundError, match=r"_1\.0_224_no_top\.h5"):
            mobilenet_v2(shape, size=size)


def begins_with(model, backbone):
    """Return whether a network has the weights of a backbone."""
    pairs = zip(backbone.get_weights(), model.get_weights(), strict=False)
    return all(np.array_equal(a, b) for a, b in pairs)


def test_loads_cached_imagenet_weights(cache, mobilenet):
    backbone, path = mobilenet
    name = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_96_no_top.h5"
    (cache / name).write_bytes(path.read_bytes())
    model = mobilenet_v2(size=96)
    assert begins_with(model, backbone)
    assert size_of(model.trainable_weights) == 2_430_663 - 34_112


def test_downloaded_weights_are_loaded(cache, mobilenet, monkeypatch):
    backbone, path = mobilenet
    monkeypatch.setattr("keras.utils.get_file", lambda *args, **kwargs: str(path))
    assert begins_with(mobilenet_v2(), backbone)


@pytest.mark.parametrize("kind", [str, Path])
def test_loads_weights_from_a_path(kind, mobilenet):
    backbone, path = mobilenet
    assert begins_with(mobilenet_v2(weights=kind(path), size=64), backbone)


def test_loads_weights_in_the_newer_format(mobilenet, tmp_path):
    own = random_mobilenet()
    own.save_weights(tmp_path / "own.weights.h5")
    model = mobilenet_v2(weights=tmp_path / "own.weights.h5")
    assert begins_with(model, own)
    assert not begins_with(model, mobilenet[0])


def test_invalid_weights_are_rejected(mobilenet, tmp_path):
    path = mobilenet[1]
    with pytest.raises(FileNotFoundError, match=r"weights must be .* got 'absent.h5'"):
        mobilenet_v2(weights="absent.h5")
    with pytest.raises(ValueError, match=r"weights must be a file of the backbone of VGG16"):
        vgg16(weights=path)
    damaged = tmp_path / "damaged.h5"
    damaged.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(ValueError, match=r"weights must be .*damaged\.h5"):
        mobilenet_v2(weights=damaged)


@pytest.mark.parametrize(("frozen", "n_frozen"), [("all_but_last_3", 150), (20, 20), (153, 153)])
def test_freezes_layers_of_the_backbone(frozen, n_frozen, mobilenet):
    backbone, path = mobilenet
    # The input is not counted as a layer of the backbone here.
    names = [layer.name for layer in backbone.layers][1:]
    assert len(names) == 153
    model = mobilenet_v2(weights=path, frozen=frozen)
    assert [layer.name for layer in model.layers if not layer.trainable] == names[:n_frozen]


def test_vgg16_trains_its_last_three_layers():
    with pytest.warns(UserWarning, match="pass frozen=None"):
        model = vgg16(weights=None)
    trained = [layer.name for layer in model.layers if layer.trainable and "block" in layer.name]
    assert trained == ["block5_conv2", "block5_conv3", "block5_pool"]


@pytest.mark.parametrize(
    ("network", "side", "options"),
    [
        (five_conv, 16, {}),
        (three_block, 48, {}),
        (vgg16, 32, {**RANDOM, "scaling": "imagenet"}),
        (mobilenet_v2, 32, {**RANDOM, "size": 64}),
    ],
)
def test_saves_and_loads_without_code(network, side, options, tmp_path):
    faces = make_faces(2, size=side, random_state=0)
    images = faces.images[..., None].astype(np.float32)
    model = network((side, side, 1), **options)
    model.save(tmp_path / "network.keras")
    again = keras.saving.load_model(tmp_path / "network.keras", safe_mode=True)
    np.testing.assert_allclose(np.asarray(again(images)), np.asarray(model(images)), atol=1e-6)


def test_probabilities_are_float32_in_mixed_precision():
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = five_conv()
    finally:
        keras.config.set_dtype_policy(policy)
    assert model.layers[1].compute_dtype == "float16"
    assert model.output.dtype == "float32"


def test_registry():
    assert set(NETWORKS) == set(RECIPES)
    for name, network in NETWORKS.items():
        assert network.__name__ == name
        parameters = list(inspect.signature(network).parameters.values())
        assert [parameter.name for parameter in parameters[:2]] == ["input_shape", "n_classes"]
        assert all(p.kind == inspect.Parameter.KEYWORD_ONLY for p in parameters[2:])
        if network not in FEATURES:
            assert parameters[0].default == (48, 48, 1)


def test_make_network():
    assert make_network("ckplus_cnn", (48, 48, 1), 8).output_shape == (None, 8)
    assert make_network("ann", (10,), 2, hidden=(3,)).count_params() == 33 + 12 + 8
    assert make_network(lambda shape, n: (shape, n), (1,), 2) == ((1,), 2)
    with pytest.raises(ValueError, match=r"one of ann, .*, or a function; got 'resnet'"):
        make_network("resnet", (48, 48, 1), 7)


SETTINGS = ("optimizer", "learning_rate", "batch_size", "epochs", "augmentation", "reported")
RECIPES = {
    "six_conv": ("rmsprop", 1e-3, 64, 30, False, None),
    "three_conv": ("rmsprop", 1e-3, 64, 30, False, None),
    "ann": ("adam", 1e-3, 128, 40, False, None),
    "conv1d": ("adam", 1e-3, 128, 40, False, None),
    "mobilenet_v2": ("adam", 1e-3, 32, 15, False, 88.9),
    "small_vgg_elu": ("adam", 1e-3, 32, 25, False, None),
    "three_block": ("adam", 1e-4, 64, 60, True, 62.54),
    "vgg16": ("adam", 1e-4, 32, 15, True, 63.53),
    "resnet50_v2": ("adam", 1e-4, 32, 15, True, 97.0),
    "reference_cnn": ("adam", 1e-4, 128, 15, False, 58.3),
    "five_conv": ("adam", 1e-4, 128, 25, False, 62.1),
    "ckplus_cnn": ("adam", 1e-3, 32, 20, False, 92.2),
    "alexnet": ("adam", 1e-4, 128, 30, False, None),
    "inception_resnet_v2": ("adam", 1e-4, 32, 15, False, None),
}


def test_recipes():
    got = {name: tuple(getattr(recipe_of(name), s) for s in SETTINGS) for name in NETWORKS}
    assert got == RECIPES
    # Each reported accuracy has a caveat with its images.
    assert all(bool(f.recipe.caveat) == (f.recipe.reported is not None) for f in NETWORKS.values())
    early = {name for name in NETWORKS if recipe_of(name).early_stopping}
    assert early == {"ann", "conv1d", "small_vgg_elu"}
    # The learning rate is reduced from 0.001 to 0.0002 on a plateau.
    assert recipe_of(small_vgg_elu).plateau_factor == 0.2
    assert recipe_of(lambda shape, n: None) == Recipe()


def run(code, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, **environment},
    )


def test_importing_networks_does_not_import_keras():
    done = run(
        "import sys, fertools.neural.networks\n"
        "assert not {'keras', 'tensorflow', 'jax', 'torch'} & set(sys.modules)"
    )
    assert done.returncode == 0, done.stderr


def test_names_the_extra_where_a_module_is_missing(monkeypatch):
    for module in ("keras", "keras.layers"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError) as error:
        five_conv()
    assert str(error.value).endswith('is not installed; pip install "fertools[neural]"')
    with pytest.raises(ImportError, match=r'^nosuch is not installed; .*"fertools\[plot\]"$'):
        import_optional("nosuch.part", "plot")


ELSEWHERE = """
import sys
import keras
import numpy as np
from fertools.datasets import make_faces
from fertools.inspection import grad_cam
from fertools.neural import KerasEmbedding, KerasImageClassifier
from fertools.neural.networks import make_network

faces = make_faces(42, random_state=0)
network = KerasImageClassifier(
    "ckplus_cnn", epochs=1, batch_size=21, checkpoint=sys.argv[1], random_state=0
)
network.fit(faces.images, faces.labels)
network.set_params(epochs=2, checkpoint=None).fit(
    faces.images, faces.labels, resume_from=sys.argv[1]
)
assert network.n_iter_ == 2
together = network.predict_proba(faces.images[:2])
np.testing.assert_allclose(network.predict_proba(faces.images[:1]), together[:1], atol=1e-5)
embedding = KerasEmbedding(network).fit(faces.images, faces.labels)
assert embedding.transform(faces.images).shape == (42, 256)
heat = grad_cam(network, faces.images[:2])
assert heat.shape == (2, 48, 48) and heat.max() == 1
assert make_network("mobilenet_v2", (48, 48, 1), 7, weights=None).count_params() == 2430663
assert keras.backend.backend() == sys.argv[2]
"""


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_with_another_backend(backend, tmp_path):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    done = run(ELSEWHERE, tmp_path, backend, KERAS_BACKEND=backend)
    assert done.returncode == 0, done.stderr
