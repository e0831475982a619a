import numpy as np
import pytest
from scipy.fft import dctn
from scipy.ndimage import correlate

from fertools.features import DiscreteCosine
from fertools.features._cell_grids import tent_weights
from fertools.features._cosine_transform import cosine_basis, dct_zigzag, zigzag
from fertools.features._dct import dct_blocks, dct_energies

# First frequencies in figure A.6 of ITU-T T.81 (JPEG).
JPEG_ORDER = [(0, 0), (0, 1), (1, 0), (2, 0), (1, 1), (0, 2), (0, 3), (1, 2), (2, 1), (3, 0)]


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).random((5, 24, 20), dtype=np.float32)


def test_zigzag_order_equals_jpeg():
    assert [tuple(pair) for pair in zigzag(8, 8, 10)] == JPEG_ORDER
    assert len({tuple(pair) for pair in zigzag(5, 7, 35)}) == 35


def test_dct_of_images_equals_scipy(images):
    order = zigzag(24, 20, 480)
    reference = dctn(images.astype(np.float64), axes=(1, 2), norm="ortho")
    reference = reference[:, order[:, 0], order[:, 1]]
    np.testing.assert_allclose(dct_zigzag(images, 480), reference, atol=1e-5)
    np.testing.assert_allclose(dct_zigzag(images, 30), reference[:, :30], atol=1e-5)


def test_dct_of_blocks_equals_scipy(images):
    order = zigzag(8, 8, 12)
    values = dct_blocks(images, 8, 4, 12)
    assert values.shape == (5, 5, 4, 12)
    reference = dctn(images[2, 8:16, 4:12].astype(np.float64), norm="ortho")
    np.testing.assert_allclose(values[2, 2, 1], reference[order[:, 0], order[:, 1]], atol=1e-5)


@pytest.mark.parametrize("block", [5, 8])
def test_energies_equal_the_definition(images, block):
    down, across = tent_weights(24, 3), tent_weights(20, 4)
    basis = cosine_basis(block).astype(np.float64)
    energies = dct_energies(images, block, 6, (3, 4))
    for k, (u, v) in enumerate(zigzag(block, block, 6)):
        kernel = np.outer(basis[u], basis[v])
        for image, found in zip(images, energies, strict=True):
            response = correlate(image.astype(np.float64), kernel, mode="nearest")
            for part, sign in enumerate((1, -1)):
                expected = down.T @ np.maximum(sign * response, 0) @ across
                np.testing.assert_allclose(found[..., 2 * k + part], expected, atol=1e-4)


def test_squares_of_pooled_features_sum_to_one(images):
    values = DiscreteCosine(10, block=6, grid=(3, 3)).fit_transform(images)
    assert values.shape == (5, 180) and values.min() >= 0
    np.testing.assert_allclose((values**2).sum(axis=1), 1, atol=1e-5)


def test_feature_names_and_groups(images):
    whole = DiscreteCosine(10).fit(images)
    assert list(whole.get_feature_names_out()) == [f"dct_{u}_{v}" for u, v in JPEG_ORDER]
    blocks = DiscreteCosine(3, block=8, step=4).fit(images)
    assert blocks.get_feature_names_out()[4] == "dctb8_y0x1_0_1"
    assert blocks.groups_[4]["descriptor"] == "dctb8"
    box = [float(blocks.groups_[4][field]) for field in ("y0", "x0", "y1", "x1")]
    np.testing.assert_allclose(box, [0, 0.2, 8 / 24, 0.6], atol=1e-6)
    pooled = DiscreteCosine(3, block=8, grid=(2, 2)).fit(images)
    assert pooled.get_feature_names_out()[-1] == "dctb8_y1x1_1_0_neg"
    assert len(pooled.groups_) == 24


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"step": 4}, "step and grid must be None if block is None"),
        ({"grid": (2, 2)}, "step and grid must be None if block is None"),
        ({"block": 8, "step": 4, "grid": (2, 2)}, "step must be None if grid is given"),
        ({"block": 21}, "block must be at most 20"),
        ({"n_coefficients": 0}, "'n_coefficients' parameter"),
    ],
)
def test_invalid_parameters_raise(images, parameters, message):
    with pytest.raises(ValueError, match=message):
        DiscreteCosine(**parameters).fit(images)
