import numpy as np
import pytest

from fertools.features._image_quadrants import folded, half_weights


@pytest.mark.parametrize("shape", [(8, 6), (7, 6), (8, 5), (5, 5), (1, 4), (3, 1)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_quadrants_yield_inner_products_with_even_and_odd_functions(shape, dtype):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (4, *shape)).astype(dtype)
    f = rng.normal(size=shape)
    h, w = ((side + 1) // 2 for side in shape)
    weights = np.outer(half_weights(shape[0]), half_weights(shape[1]))
    for p in (0, 1):
        for q in (0, 1):
            g = f + (-1) ** p * f[::-1]
            g = g + (-1) ** q * g[:, ::-1]
            expected = (images * g).sum(axis=(1, 2))
            found = (folded(images)[p, q] * (weights * g[:h, :w])).sum(axis=(1, 2))
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-2)


def test_by_row_exchanges_axes():
    images = np.random.default_rng(1).random((3, 6, 4))
    np.testing.assert_array_equal(folded(images, by_row=True), folded(images).swapaxes(2, 3))
