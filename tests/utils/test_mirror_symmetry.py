import numpy as np
import pytest
from numpy.testing import assert_array_equal

from fertools._utils.mirror_symmetry import (
    check_odd,
    contiguous,
    even_and_odd,
    reflect,
    reflect_towards,
    split_halves,
)


def test_reflect_changes_the_sign_of_odd_features():
    X, odd = np.arange(6.0).reshape(2, 3), np.array([True, False, True])
    assert_array_equal(reflect(X, odd), X * [-1, 1, -1])
    assert_array_equal(reflect(reflect(X, odd), odd), X)


def test_samples_are_reflected_towards_the_target():
    odd = np.array([False, True, True])
    X = np.array([[1.0, 2.0, 3.0], [1.0, -2.0, -3.0]])
    assert_array_equal(reflect_towards(X, X[0], odd), X[[0, 0]])
    assert_array_equal(reflect_towards(X, X[0], None), X)


def test_halves_are_views():
    X = np.arange(8.0).reshape(2, 4)
    first, second = split_halves(X)
    assert_array_equal(np.hstack([first, second]), X)
    assert np.shares_memory(first, X)


@pytest.mark.parametrize(
    ("odd", "expected"),
    [
        ([False, False, True], (slice(0, 2), slice(2, 3))),
        ([True, True], (slice(0), slice(0, 2))),
        ([True, False, True], (slice(1, 2), [0, 2])),
    ],
)
def test_even_and_odd_columns_are_slices_if_contiguous(odd, expected):
    for found, columns in zip(even_and_odd(np.array(odd)), expected, strict=True):
        if isinstance(columns, slice):
            assert found == columns
        else:
            assert_array_equal(found, columns)


def test_scattered_indices_are_returned_unchanged():
    assert_array_equal(contiguous(np.array([1, 3])), [1, 3])


@pytest.mark.parametrize("odd", [[True], [1, 0], [[True, False]]])
def test_mask_must_be_boolean_with_one_element_per_feature(odd):
    with pytest.raises(ValueError, match=r"symmetry must be .* mask of shape \(2,\); got shape"):
        check_odd("symmetry", odd, 2)
