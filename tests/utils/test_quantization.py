import zlib

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from fertools._utils.quantization import QuantizedMatrix, inner, quantize


@pytest.fixture
def matrix():
    return np.random.default_rng(0).normal(size=(1500, 40)).astype(np.float32)


def test_values_are_multiples_of_a_share_of_the_root_mean_square():
    found = quantize(np.array([[7.0, -1.0, 5.0, 5.0]]), 0.4)
    assert_array_equal(found, [[8, 0, 4, 4]])
    assert found.dtype == np.float64 and found.codes.dtype == np.int8
    assert_array_equal(quantize(np.zeros((2, 3)), 0.5), np.zeros((2, 3)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_steps(matrix, dtype):
    assert_array_equal(quantize(matrix.astype(dtype), 1e300), np.zeros(matrix.shape))
    assert_array_equal(quantize(matrix.astype(dtype), 1e-300), matrix)


def test_none_does_not_quantize(matrix):
    assert quantize(matrix, None) is matrix


def test_each_row_has_its_own_step(matrix):
    scaled = matrix[:2] * np.float32([[1], [100]])
    found = quantize(scaled, 0.5, axis=1)
    assert found.dtype == np.float32
    # Rounding errors are uniform, with a standard deviation of step / sqrt(12).
    errors = (np.asarray(found) - scaled).std(axis=1)
    assert_allclose(errors / [1, 100], 0.5 / np.sqrt(12), rtol=0.2)


@pytest.mark.parametrize("share, kind", [(0.5, np.int8), (0.01, np.int16), (1e-6, np.int32)])
def test_integers_are_as_small_as_possible(matrix, share, kind):
    found = quantize(matrix, share)
    assert found.codes.dtype == kind
    assert_allclose(found, matrix, rtol=0, atol=share)


def test_quantized_matrices_compress(matrix):
    assert len(zlib.compress(quantize(matrix, 0.5).codes.tobytes())) < 0.5 * matrix.size


@pytest.mark.parametrize("n", [0, 1, 3, 4, 50])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("axis", [None, 1])
def test_inner_products_equal_those_of_the_values(matrix, n, dtype, axis):
    X = np.random.default_rng(1).normal(size=(n, 40)).astype(dtype)
    quantized = quantize(matrix, 0.5, axis)
    values = np.asarray(quantized)
    odd = np.arange(1, 40, 3)
    for columns in (slice(None), slice(10, 25), slice(25, None), slice(7, 7), odd):
        found = inner(X[:, columns], quantized[:, columns])
        assert found.dtype == dtype
        assert_allclose(found, X[:, columns] @ values[:, columns].T, rtol=0, atol=1e-4)
    tile = quantized[:, 10:][20:30][:, :5]
    assert_array_equal(tile, values[20:30, 10:15])
    assert tile.shape == (10, 5) and len(tile) == 10
    assert_allclose(inner(X[:, :5], tile), X[:, :5] @ values[20:30, 10:15].T, rtol=0, atol=1e-4)


def test_inner_product_of_arrays(matrix):
    assert_array_equal(inner(matrix[:2], matrix), matrix[:2] @ matrix.T)


def test_numbers_of_features_must_agree(matrix):
    with pytest.raises(ValueError, match=r"X must have 40 features; got 39\."):
        inner(matrix[:1, :39], quantize(matrix, 0.5))


def test_matrix_without_rows():
    empty = QuantizedMatrix(np.empty((0, 3), dtype=np.int8), np.ones((1, 1), dtype=np.float32))
    assert inner(np.ones((2, 3), dtype=np.float32), empty).shape == (2, 0)
