import numpy as np
import pytest
from scipy.ndimage import correlate

from fertools.features import LocalZernikeMoments
from fertools.features._cell_grids import four_way_normalized
from fertools.features._filter_banks import filter_bank, filter_taps
from fertools.features._local_zernike import direction_histograms, zernike_kernels, zernike_taps


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (5, 24, 24), dtype=np.uint8)


@pytest.mark.parametrize("by_row", [False, True])
def test_filter_bank_equals_scipy(images, by_row):
    kernels = zernike_kernels(((3, 1), (2, 2)), 5)[1]
    found = filter_bank(images, filter_taps(kernels), by_row=by_row)
    for k, kernel in enumerate(kernels):
        expected = [correlate(face.astype(np.float64), kernel, mode="nearest") for face in images]
        responses = found[:, :, k] if by_row else found[:, k]
        np.testing.assert_allclose(responses, expected, rtol=1e-5, atol=1e-3)


def test_first_moment_is_proportional_to_the_gradient():
    # On a ramp of slope (a, b) A_11 is proportional to a - i b in (x, y).
    ramp = (2.0 * np.arange(15)[None, :] - 3.0 * np.arange(15)[:, None]).astype(np.float32)[None]
    real, imaginary = filter_bank(ramp, zernike_taps(((1, 1),), 7))[0, :, 7, 7]
    assert imaginary / real == pytest.approx(3 / 2, rel=1e-5)
    assert real > 0


@pytest.mark.parametrize("n_bins", [4, 8, 12, 16])
def test_shares_of_directions_add_up_as_vectors(n_bins):
    real, imaginary = np.random.default_rng(1).normal(size=(2, 3, 9, 2, 7)).astype(np.float32)
    # With as many cells as pixels there is no pooling.
    shares = direction_histograms(real, imaginary, n_bins, (9, 7))
    angles = 2 * np.pi * np.arange(n_bins) / n_bins
    for values, part in ((np.cos(angles), real), (np.sin(angles), imaginary)):
        np.testing.assert_allclose(shares @ values, part.transpose(0, 1, 3, 2), atol=1e-5)
    assert (shares >= 0).all() and ((shares > 1e-6).sum(axis=-1) <= 2).all()


def test_four_way_normalization_equals_the_definition():
    maps = np.random.default_rng(3).random((2, 3, 4, 2, 5), dtype=np.float32)
    cells = maps[:, :, :, 1]
    energy = (cells**2).sum(axis=3)
    out = four_way_normalized(maps, clip=10)[:, 1]
    floor = 0.01 * energy[1].mean()
    # Cell (1, 1), block towards the lower right: cells (1, 1), (1, 2), (2, 1), (2, 2).
    block = energy[1, 1:3, 1:3].sum()
    np.testing.assert_allclose(out[1, 1, 1, 3], cells[1, 1, 1] / np.sqrt(block + floor), rtol=1e-5)
    # Cell (0, 0), block towards the upper left: cell (0, 0) only.
    np.testing.assert_allclose(
        out[1, 0, 0, 0], cells[1, 0, 0] / np.sqrt(energy[1, 0, 0] + floor), rtol=1e-5
    )
    assert four_way_normalized(maps, clip=0.25).max() == 0.25
    assert (four_way_normalized(np.zeros_like(maps)) == 0).all()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"window": 6}, "window must be odd; got 6"),
        ({"n_bins": 6}, "n_bins must be a multiple of 4; got 6"),
        ({"orders": ((2, 0),)}, "orders must contain pairs"),
        ({"orders": ((3, 2),)}, "orders must contain pairs"),
    ],
)
def test_invalid_parameters_raise(images, parameters, message):
    with pytest.raises(ValueError, match=message):
        LocalZernikeMoments(**parameters).fit(images)
