import numpy as np
import pytest

from fertools.inspection import filter_image, layer_activations
from fertools.neural.networks import make_network
from fertools.plotting import FeatureMapsDisplay


@pytest.fixture(scope="module")
def network():
    return make_network("five_conv", (16, 16, 1), 7)


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(0).integers(0, 256, (16, 16, 1))


def test_each_map_has_its_own_scale():
    maps = np.random.default_rng(0).normal(size=(3, 4, 6)) * [[[1]], [[10]], [[100]]]
    display = FeatureMapsDisplay(maps).plot()
    for artist, values in zip(display.images_, maps, strict=True):
        np.testing.assert_array_equal(artist.get_array(), values)
        assert artist.get_clim() == (values.min(), values.max())


def test_from_estimator_filters_with_first_layer(network, image):
    display = FeatureMapsDisplay.from_estimator(network, image)
    np.testing.assert_array_equal(display.maps, filter_image(network, image))
    assert len(display.images_) == 32


def test_from_estimator_with_layer(network, image, panels):
    display = FeatureMapsDisplay.from_estimator(network, image, layer=6, ax=panels[1])
    activations = layer_activations(network, image[None], 6)
    assert activations.shape == (1, 8, 8, 64)
    np.testing.assert_array_equal(display.maps[9], activations[0, :, :, 9])
    assert display.ax_ is panels[1] and len(panels[1].images) == 64


def test_layer_without_maps_raises(network, image):
    with pytest.raises(ValueError, match=r"must be of shape \(n_maps, h, w\); got \(7,\)"):
        FeatureMapsDisplay.from_estimator(network, image, layer="probabilities")
