"""Tests of exact and near duplicates, under changes that must and must not matter."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.data import astronaut, lfw_subset

from fertools.datasets import duplicate_groups, make_faces
from fertools.datasets._duplicates import (
    FLAT,
    NEAR,
    connected,
    exact_groups,
    is_flat,
    near_duplicates,
    near_pairs,
    perceptual_hash,
)


@pytest.fixture(scope="module")
def photos():
    """Return 100 faces of different people, 25 x 25."""
    return (255 * lfw_subset()[:100]).astype(np.uint8)


def bits_between(first, second):
    return int(np.bitwise_count(perceptual_hash([first])[0] ^ perceptual_hash([second])[0]))


def test_exact_groups_are_numbered_by_first_occurrence():
    a, b, c = make_faces(3, random_state=0).images
    assert exact_groups([b, a, b, c, a]).tolist() == [0, 1, 0, 2, 1]


def test_equal_bytes_of_another_shape_or_dtype_are_no_duplicate():
    gray = np.zeros((4, 6), dtype=np.uint8)
    assert exact_groups([gray, gray.T, gray.view(np.int8), gray.copy()]).tolist() == [0, 1, 2, 0]


def test_memory_order_does_not_matter():
    face = make_faces(1, random_state=0).images[0]
    assert exact_groups([face, np.asfortranarray(face)]).tolist() == [0, 0]


@pytest.mark.parametrize("span", [0, FLAT - 1, FLAT, 100])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_images_below_four_gray_levels_are_flat_in_all_dtypes(span, dtype):
    image = np.full((5, 5), 40, dtype=np.uint8)
    image[2, 2] += span
    color = np.dstack([image] * 3)
    if dtype != np.uint8:
        image, color = (array.astype(dtype) / dtype(255) for array in (image, color))
    assert is_flat([image, color]).tolist() == [span < FLAT] * 2


def test_image_of_a_single_color_is_flat():
    red = np.zeros((5, 5, 3), dtype=np.uint8)
    red[..., 0] = 255
    assert is_flat([red])[0]


def test_hash_is_balanced(photos):
    assert set(np.bitwise_count(perceptual_hash(photos)).tolist()) == {32}


@pytest.mark.parametrize(
    "change",
    [
        lambda face: face // 2 + 60,
        lambda face: face / 255,
        lambda face: np.dstack([face] * 3),
        lambda face: np.dstack([face] * 3 + [np.full_like(face, 255)]),
        lambda face: cv2.resize(face, (96, 96), interpolation=cv2.INTER_LINEAR),
        lambda face: cv2.GaussianBlur(face, (3, 3), 0.8),
        lambda face: cv2.imdecode(cv2.imencode(".jpg", face)[1], cv2.IMREAD_GRAYSCALE),
    ],
    ids=["illumination", "float", "color", "alpha", "size", "blur", "jpeg"],
)
def test_changed_photo_has_a_similar_hash(change):
    for face in make_faces(20, random_state=1).images:
        assert bits_between(face, change(face)) <= NEAR


def test_other_persons_and_the_mirror_image_are_no_near_duplicates(photos):
    assert len(near_pairs(perceptual_hash(photos))[0]) == 0
    face = cv2.cvtColor(astronaut()[:200, 130:310], cv2.COLOR_RGB2GRAY)
    assert bits_between(face, face[:, ::-1]) > NEAR


@given(st.lists(st.integers(0, 2**64 - 1), max_size=20), st.integers(0, 64))
def test_near_pairs_against_the_definition(hashes, limit):
    pairs, distances = near_pairs(np.array(hashes, dtype=np.uint64), limit)
    expected = [
        (i, j, bits)
        for i in range(len(hashes))
        for j in range(i + 1, len(hashes))
        if (bits := (hashes[i] ^ hashes[j]).bit_count()) <= limit
    ]
    assert [
        (*pair, d) for pair, d in zip(pairs.tolist(), distances.tolist(), strict=True)
    ] == expected


def test_near_pairs_across_blocks():
    hashes = np.arange(1500, dtype=np.uint64) << np.uint64(20)
    pairs, distances = near_pairs(np.r_[hashes, hashes[:2]], 0)
    assert pairs.tolist() == [[0, 1500], [1, 1501]] and distances.tolist() == [0, 0]


def test_near_duplicates_are_pairs_of_image_numbers_without_flat_images():
    a, b = make_faces(2, random_state=0).images
    black = np.zeros_like(a)
    images = [black, a, b, a, black + 1, a // 2 + 50]
    assert near_duplicates(images, exact_groups(images)).tolist() == [[1, 4]]


def test_nodes_are_connected_through_other_nodes():
    assert connected(np.array([[0, 3], [3, 1]]), 5).tolist() == [0, 0, 1, 0, 2]


def test_duplicate_groups_are_connected_through_duplicates_and_persons():
    a, b, c, d = make_faces(4, random_state=0).images
    images = [d, a, a // 2 + 50, b, a, c]
    assert duplicate_groups(images).tolist() == [0, 1, 1, 2, 1, 3]
    assert duplicate_groups(images, max_distance=None).tolist() == [0, 1, 2, 3, 1, 4]
    persons = ["x", "y", "z", "z", "w", "x"]
    assert duplicate_groups(images, persons).tolist() == [0, 1, 1, 1, 1, 0]


def test_duplicate_groups_of_images_of_several_sizes():
    a, b = make_faces(2, random_state=0).images
    images = np.empty(3, dtype=object)
    images[:] = [a, b, cv2.resize(a, (80, 80))]
    assert duplicate_groups(images).tolist() == [0, 1, 0]


def test_images_without_duplicates_have_groups_of_their_own(photos):
    assert duplicate_groups(photos).tolist() == list(range(100))


def test_flat_images_are_grouped_only_if_equal():
    images = np.zeros((4, 8, 8), dtype=np.uint8)
    images[2] = 9
    images[3, 0, 0] = 2
    assert duplicate_groups(images).tolist() == [0, 0, 1, 2]


def test_groups_of_another_length_are_rejected():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        duplicate_groups(make_faces(3, random_state=0).images, groups=["a", "b"])


@pytest.mark.realdata
def test_fer2013(fer2013):
    number = exact_groups(fer2013.images)
    assert len(number) - number.max() - 1 == 1853
    assert is_flat(fer2013.images).sum() == 13
