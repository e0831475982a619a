import numpy as np
import pytest

from fertools.inspection import first_layer_kernels
from fertools.neural.networks import make_network
from fertools.plotting import KernelsDisplay


def test_kernels_have_common_scale_around_zero():
    kernels = np.random.default_rng(0).normal(size=(5, 3, 3))
    display = KernelsDisplay(kernels).plot(n_columns=3)
    for artist, kernel in zip(display.images_, kernels, strict=True):
        np.testing.assert_array_equal(artist.get_array(), kernel)
    limit = np.abs(kernels).max()
    assert {artist.get_clim() for artist in display.images_} == {(-limit, limit)}
    assert display.colorbar_.ax.get_ylabel() == "weight"
    left, _, _, top = np.array([artist.get_extent() for artist in display.images_]).T
    assert (left[:2] == left[3:]).all() and (np.diff(left[:3]) > 1).all()
    assert (top[3:] > top[0] + 1).all()


def test_channels_are_summed():
    kernels = np.random.default_rng(0).normal(size=(2, 3, 3, 4))
    display = KernelsDisplay(kernels).plot()
    np.testing.assert_allclose(display.images_[1].get_array(), kernels[1].sum(axis=2))


def test_from_estimator_reads_a_network(panels):
    network = make_network("five_conv", (16, 16, 1), 7)
    display = KernelsDisplay.from_estimator(network, ax=panels[1])
    np.testing.assert_array_equal(display.kernels, first_layer_kernels(network))
    assert display.ax_ is panels[1] and display.figure_ is panels[1].figure
    assert len(panels[1].images) == 32


def test_empty_kernels_raise():
    with pytest.raises(ValueError, match="must hold at least one image; got 0"):
        KernelsDisplay(np.empty((0, 3, 3))).plot()
