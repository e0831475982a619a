"""Saving, registry, recipes and imports of the networks."""

import inspect
import subprocess
import sys

import numpy as np
import pytest
from network_helpers import FEATURES, RANDOM

from fertools._utils.optional import import_optional
from fertools.datasets import make_faces
from fertools.neural.networks import NETWORKS, Recipe, make_network, recipe_of
from fertools.neural.networks._double_conv_blocks import small_vgg_elu, three_block
from fertools.neural.networks._mobilenet import mobilenet_v2
from fertools.neural.networks._single_conv_blocks import five_conv
from fertools.neural.networks._vgg import vgg16

keras = pytest.importorskip("keras", reason="the extra neural is not installed")

# TensorFlow 2.21 does not support the argument `copy` of __array__ of NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


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
    expected, got = (keras.ops.convert_to_numpy(each(images)) for each in (model, again))
    np.testing.assert_allclose(got, expected, atol=1e-6)


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


def test_importing_networks_does_not_import_keras():
    code = (
        "import sys, fertools.neural.networks\n"
        "assert not {'keras', 'tensorflow', 'jax', 'torch'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_names_the_extra_where_a_module_is_missing(monkeypatch):
    for module in ("keras", "keras.layers"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError) as error:
        five_conv()
    assert str(error.value).endswith('is not installed; pip install "fertools[neural]"')
    with pytest.raises(ImportError, match=r'^nosuch is not installed; .*"fertools\[plot\]"$'):
        import_optional("nosuch.part", "plot")
