import zlib

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from fertools._utils.quantization import rounded


def test_values_are_multiples_of_a_power_of_two():
    array = np.array([[3.0, -3.0, 3.0, -3.0]])
    # Half of the deviation is 1.5, and the nearest power of two on a log scale is 2.
    assert_array_equal(rounded(np.array([2.9, -3.1, 3.0, 0.4, 5.2]), 0.5), [2, -4, 4, 0, 6])
    assert_array_equal(rounded(array, 0.25), [[3, -3, 3, -3]])
    assert rounded(array, None) is array
    assert_array_equal(rounded(np.zeros((2, 3)), 0.5), np.zeros((2, 3)))


def test_each_column_has_its_own_step():
    rng = np.random.default_rng(0)
    array = (rng.normal(size=(4000, 2)) * [1, 100]).astype(np.float32)
    found = rounded(array, 0.5, axis=0)
    assert found.dtype == np.float32
    # Rounding errors are uniform, with a standard deviation of step / sqrt(12).
    assert_allclose((found - array).std(axis=0) / [1, 100], 0.5 / np.sqrt(12), rtol=0.35)


def test_rounded_arrays_compress():
    array = np.random.default_rng(0).normal(size=20_000).astype(np.float32)
    assert len(zlib.compress(rounded(array, 0.5).tobytes())) < 0.7 * len(array)
    assert len(zlib.compress(array.tobytes())) > 3 * len(array)
