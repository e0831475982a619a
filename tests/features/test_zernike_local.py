import numpy as np
import pytest
from scipy.ndimage import correlate

from fertools.features import LocalZernikeMoments
from fertools.features._cells import four_way_normalized, tent_pool, tent_weights
from fertools.features._zernike_local import direction_maps, filter_batch, zernike_kernels


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (5, 24, 24), dtype=np.uint8)


def test_filter_batch_keeps_images_apart(images):
    faces = images.astype(np.float32)
    kernel = zernike_kernels((3, 1), 5)[0]
    expected = [correlate(face.astype(np.float64), kernel, mode="nearest") for face in faces]
    np.testing.assert_allclose(filter_batch(faces, kernel), expected, rtol=1e-5, atol=1e-3)


def test_the_first_moment_is_a_gradient():
    # On a ramp of slope (a, b) A_11 is proportional to a - i b in (x, y).
    ramp = (2.0 * np.arange(15)[None, :] - 3.0 * np.arange(15)[:, None]).astype(np.float32)[None]
    real, imaginary = (filter_batch(ramp, k)[0, 7, 7] for k in zernike_kernels((1, 1), 7))
    assert imaginary / real == pytest.approx(3 / 2, rel=1e-5)
    assert real > 0


@pytest.mark.parametrize("n_bins", [4, 8, 12, 16])
def test_shares_of_directions_add_up_as_vectors(n_bins):
    rng = np.random.default_rng(1)
    real, imaginary = rng.normal(size=(2, 1, 9, 9)).astype(np.float32)
    shares = np.array(list(direction_maps(real, imaginary, n_bins)))
    angles = 2 * np.pi * np.arange(n_bins) / n_bins
    np.testing.assert_allclose(np.tensordot(np.cos(angles), shares, 1), real, atol=1e-5)
    np.testing.assert_allclose(np.tensordot(np.sin(angles), shares, 1), imaginary, atol=1e-5)
    assert (shares >= 0).all() and ((shares > 1e-6).sum(axis=0) <= 2).all()


def test_tent_weights_share_each_inner_pixel_out():
    weights = tent_weights(48, 6)
    np.testing.assert_allclose(weights[4:-4].sum(axis=1), 1, atol=1e-6)
    maps = np.random.default_rng(2).random((3, 48, 40), dtype=np.float32)
    expected = np.einsum("nyx,ya,xb->nab", maps, weights, tent_weights(40, 5))
    np.testing.assert_allclose(tent_pool(maps, (6, 5)), expected, rtol=1e-4)


def test_four_way_normalisation_by_definition():
    cells = np.random.default_rng(3).random((2, 3, 4, 5), dtype=np.float32)
    energy = (cells**2).sum(axis=3)
    out = four_way_normalized(cells, clip=10).reshape(2, 3, 4, 4, 5)
    floor = 0.01 * energy[1].mean()
    # Cell (1, 1), block towards the lower right: cells (1, 1), (1, 2), (2, 1), (2, 2).
    block = energy[1, 1:3, 1:3].sum()
    np.testing.assert_allclose(out[1, 1, 1, 3], cells[1, 1, 1] / np.sqrt(block + floor), rtol=1e-5)
    # Cell (0, 0) towards the upper left: only itself.
    np.testing.assert_allclose(
        out[1, 0, 0, 0], cells[1, 0, 0] / np.sqrt(energy[1, 0, 0] + floor), rtol=1e-5
    )
    assert four_way_normalized(cells, clip=0.25).max() == 0.25
    assert (four_way_normalized(np.zeros_like(cells)) == 0).all()


@pytest.mark.parametrize("order", [(1, 1), (2, 2), (3, 1), (3, 3)])
def test_a_quarter_turn_turns_cells_and_bins(images, order):
    local = LocalZernikeMoments((order,), window=5, grid=(4, 4)).fit(images)
    plain = local.transform(images).reshape(-1, 4, 4, 4, 8)
    turned = local.transform(np.rot90(images, axes=(1, 2))).reshape(-1, 4, 4, 4, 8)
    expected = np.roll(np.rot90(plain, axes=(1, 2)), 2 * order[1], axis=-1)
    # The four blocks of a cell turn with it: upper left, upper right, lower left, lower right.
    np.testing.assert_allclose(turned, expected[:, :, :, [1, 3, 0, 2]], atol=1e-4)


def test_light_does_not_matter(images):
    local = LocalZernikeMoments(grid=(4, 4)).fit(images)
    np.testing.assert_allclose(
        local.transform(images / 255 * 0.3 + 0.5), local.transform(images), atol=1e-4
    )
    assert (local.transform(np.full((1, 24, 24), 9, np.uint8)) == 0).all()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"window": 6}, "window must be odd; got 6"),
        ({"n_bins": 6}, "n_bins must be a multiple of 4; got 6"),
        ({"orders": ((2, 0),)}, "orders must hold"),
        ({"orders": ((3, 2),)}, "orders must hold"),
    ],
)
def test_bad_parameters(images, parameters, message):
    with pytest.raises(ValueError, match=message):
        LocalZernikeMoments(**parameters).fit(images)
