"""Pretrained weights of the backbones: download, files and frozen layers."""

from pathlib import Path

import numpy as np
import pytest
from network_helpers import BACKBONES, over, size_of

from fertools.neural.networks._mobilenet import mobilenet_v2
from fertools.neural.networks._vgg import vgg16

keras = pytest.importorskip("keras", reason="the extra neural is not installed")

# TensorFlow 2.21 does not support the argument `copy` of __array__ of NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


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
