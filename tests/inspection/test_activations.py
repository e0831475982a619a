import keras
import numpy as np
import pytest

from fertools.inspection import layer_activations


@pytest.mark.parametrize("layer", range(1, 5))
def test_equal_a_model_that_ends_there(pooled, faces, layer):
    model = pooled.model_
    part = keras.Model(model.inputs[0], model.layers[layer].output)
    pixels = faces.images[..., None].astype(np.float32)
    expected = part.predict(pixels, batch_size=7, verbose=0)
    # More images than go through at a time.
    assert len(faces.images) > 32
    activations = layer_activations(pooled, faces.images, layer)
    assert activations.dtype == np.float32
    np.testing.assert_allclose(activations, expected, atol=1e-6)
    name = model.layers[layer].name
    np.testing.assert_array_equal(layer_activations(pooled, faces.images, name), activations)
    np.testing.assert_array_equal(layer_activations(pooled, faces.images, layer - 5), activations)
    np.testing.assert_array_equal(layer_activations(model, pixels, layer), activations)


def test_the_last_layer_gives_the_probabilities(pooled, faces):
    probabilities = layer_activations(pooled, faces.images, -1)
    np.testing.assert_allclose(probabilities, pooled.predict_proba(faces.images), atol=1e-6)


def test_half_precision_comes_back_in_single(faces):
    dtype = "mixed_float16"
    network = keras.Sequential(
        [keras.Input((16, 16, 1)), keras.layers.Conv2D(2, 3, dtype=dtype), keras.layers.Flatten()]
    )
    assert layer_activations(network, faces.images[..., None], 0).dtype == np.float32


@pytest.mark.parametrize("layer", ["conv", 5, -6, 1.0, None])
def test_error_for_unknown_layer_lists_the_layers(pooled, faces, layer):
    with pytest.raises(ValueError, match=rf"5 layers of the network, .*, maps, .*; got {layer!r}"):
        layer_activations(pooled, faces.images, layer)
