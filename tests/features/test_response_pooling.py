import numpy as np
import pytest

from fertools.features._cell_grids import tent_weights
from fertools.features._response_pooling import pooled_shares, row_weights

ONE, NONE = np.float32([1]), np.float32([0])


def test_tent_weights_of_inner_pixels_sum_to_one():
    weights = tent_weights(48, 6)
    np.testing.assert_allclose(weights[4:-4].sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("rows", [1, 2, 3, 7, 24])
def test_row_weights_equal_tent_weights(rows):
    first, weights = row_weights(24, rows)
    dense = np.zeros((24, rows + 1))
    for y, (row, pair) in enumerate(zip(first, weights, strict=True)):
        dense[y, row : row + 2] = pair
    np.testing.assert_array_equal(dense[:, :rows], tent_weights(24, rows))


@pytest.mark.parametrize("grid", [(1, 1), (1, 4), (3, 5), (6, 10)])
def test_pooled_shares_equal_the_definition(grid):
    rng = np.random.default_rng(2)
    real, imaginary = rng.normal(size=(2, 3, 12, 2, 10)).astype(np.float32)
    cosines, sines = rng.normal(size=(2, 5)).astype(np.float32)
    found = pooled_shares(real, imaginary, cosines, sines, 3, grid)
    p = cosines[:, None, None, None, None] * real + sines[:, None, None, None, None] * imaginary
    shares = np.maximum(0, np.minimum(p[:3], p[2:]))
    down, across = tent_weights(12, grid[0]), tent_weights(10, grid[1])
    expected = np.einsum("knymx,ya,xb->nabmk", shares, down, across)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_pooling_preserves_the_sum_of_inner_pixels():
    maps = np.zeros((1, 48, 1, 48), dtype=np.float32)
    maps[0, 20:30, 0, 15:25] = 2
    pooled = pooled_shares(maps, maps, ONE, NONE, 1, (6, 6))
    assert pooled.sum() == pytest.approx(maps.sum(), rel=1e-5)
