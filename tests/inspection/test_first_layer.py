import keras
import numpy as np
import pytest
from scipy.signal import correlate2d
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from fertools.inspection import filter_image, first_layer_kernels, layer_activations
from fertools.neural import KerasFeatureClassifier, KerasImageClassifier
from fertools.neural.networks import make_network


def test_kernels_are_the_weights_of_the_first_convolution(pooled):
    weights = pooled.model_.get_layer("maps").get_weights()[0]
    kernels = first_layer_kernels(pooled)
    assert kernels.shape == (5, 3, 3) and kernels.dtype == np.float32
    for k, kernel in enumerate(kernels):
        np.testing.assert_array_equal(kernel, weights[:, :, 0, k])


def test_kernels_of_several_channels_keep_them():
    network = keras.Sequential([keras.Input((8, 8, 2)), keras.layers.Conv2D(4, (3, 5))])
    kernels = first_layer_kernels(network)
    assert kernels.shape == (4, 3, 5, 2)
    np.testing.assert_array_equal(kernels[3], network.get_weights()[0][..., 3])


def test_filtered_is_the_correlation_with_each_kernel(pooled, faces):
    image = faces.images[0]
    bias = pooled.model_.get_layer("maps").get_weights()[1]
    expected = [
        correlate2d(image / 255, kernel, mode="same") + bias[k]
        for k, kernel in enumerate(first_layer_kernels(pooled))
    ]
    maps = filter_image(pooled, image)
    assert maps.dtype == np.float32
    np.testing.assert_allclose(maps, expected, atol=1e-5)
    for same in (image / 255, image.ravel(), np.stack([image] * 3, axis=2)):
        # Flattened rows unfold as in fit.
        np.testing.assert_allclose(filter_image(pooled, same), maps, atol=1e-5)


def test_the_activation_comes_after(pooled, faces):
    maps = filter_image(pooled, faces.images[0])
    assert (maps < 0).any() and (maps > 0).any()
    activations = layer_activations(pooled, faces.images[:1], "maps")[0]
    np.testing.assert_allclose(np.maximum(maps, 0), np.moveaxis(activations, -1, 0), atol=1e-6)


def test_stride_padding_channels_and_no_bias():
    convolution = keras.layers.Conv2D(3, 3, strides=2, use_bias=False)
    network = keras.Sequential([keras.Input((9, 9, 2)), convolution])
    image = np.random.default_rng(0).normal(size=(9, 9, 2))
    expected = [
        sum(correlate2d(image[:, :, c], kernel[:, :, c], mode="valid") for c in range(2))[::2, ::2]
        for kernel in first_layer_kernels(network)
    ]
    np.testing.assert_allclose(filter_image(network, image), expected, atol=1e-5)


def test_refuses_what_has_no_kernels(faces):
    message = r"network must have a Conv2D layer; got 'ann' with .*flatten.*probabilities\."
    with pytest.raises(ValueError, match=message):
        first_layer_kernels(make_network("ann", (16, 16, 1), 7))
    with pytest.raises(ValueError, match=message):
        filter_image(make_network("ann", (16, 16, 1), 7), faces.images[0][..., None])
    with pytest.raises(NotFittedError):
        first_layer_kernels(KerasImageClassifier())
    message = (
        "must be a KerasImageClassifier, such as the last step of a pipeline, or a keras.Model"
    )
    for other in (make_pipeline(KerasImageClassifier()), KerasFeatureClassifier()):
        with pytest.raises(TypeError, match=f"{message}; got {type(other).__name__}"):
            first_layer_kernels(other)


def test_refuses_an_image_of_another_size(pooled, faces):
    with pytest.raises(ValueError, match=r"images of 16x16 pixels .* got 8x8"):
        filter_image(pooled, faces.images[0, ::2, ::2])
