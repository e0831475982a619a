"""Permutations of features under mirroring, and the split into even and odd parts."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from fertools._utils.mirror_symmetry import (
    check_involution,
    check_mirrored_grid,
    join_permutations,
    mirror_grid,
    permute_axes,
    split_even_odd,
    swap_halves,
)


def test_permute_axes_indexes_each_axis():
    values = np.random.default_rng(0).random((2, 3, 4))
    axes = [1, 0], [2, 1, 0], [3, 2, 1, 0]
    np.testing.assert_array_equal(
        values.ravel()[permute_axes(*axes)].reshape(values.shape), values[::-1, ::-1, ::-1]
    )


def test_mirror_grid_reverses_columns_and_permutes_cells():
    assert mirror_grid((1, 2), [1, 0]).tolist() == [3, 2, 1, 0]
    assert mirror_grid((2, 1), [1, 0]).tolist() == [1, 0, 3, 2]


def test_blocks_are_permuted_on_their_own():
    joined = join_permutations([mirror_grid((1, 3), [0]), swap_halves(4)])
    assert joined.tolist() == [2, 1, 0, 5, 6, 3, 4]


@pytest.mark.parametrize(
    "permutation", [[0, 1], [1, 2, 0], [0, 0, 2], [0, 1, 3], [[0, 1, 2]], [-1, 1, 0]]
)
def test_other_permutations_are_refused(permutation):
    with pytest.raises(ValueError, match="mirror_ must be a permutation of 3 features"):
        check_involution(permutation, 3)
    check_involution([2, 1, 0], 3)


def test_cells_must_divide_the_width():
    check_mirrored_grid(48, 6)
    with pytest.raises(AttributeError, match=r"divides the width .* got 5 columns and 48 pixels"):
        check_mirrored_grid(48, 5)


@pytest.mark.parametrize(
    ("permutation", "n_odd"), [([0, 2, 1, 3, 5, 4], 2), ([1, 0, 3, 2], 2), ([0, 1, 2], 0)]
)
def test_mirroring_preserves_the_even_and_negates_the_odd_part(permutation, n_odd):
    permutation = np.array(permutation)
    X = np.random.default_rng(0).normal(size=(7, len(permutation)))
    even, odd = split_even_odd(X, permutation)
    assert even.shape == (7, len(permutation) - n_odd) and odd.shape == (7, n_odd)
    mirrored_even, mirrored_odd = split_even_odd(X[:, permutation], permutation)
    np.testing.assert_array_equal(mirrored_even, even)
    np.testing.assert_array_equal(mirrored_odd, -odd)
    np.testing.assert_allclose(pdist(np.hstack([even, odd])), pdist(X), rtol=1e-6)
