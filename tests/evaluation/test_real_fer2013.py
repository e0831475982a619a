"""Counts of the real FER-2013."""

import os

import numpy as np
import pytest

from fertools.datasets import USAGES, load_fer2013
from fertools.evaluation import DuplicateAwareHoldout, leakage, published_split
from fertools.evaluation._leakage import deduplicate

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not os.environ.get("FERTOOLS_DATA"), reason="FERTOOLS_DATA is not set"),
]


@pytest.fixture(scope="module")
def fer():
    return load_fer2013()


def test_counts_per_split_and_class(fer):
    assert fer.images.shape == (35887, 48, 48)
    counts = [np.bincount(fer.target[fer.usage == usage]).tolist() for usage in USAGES]
    assert counts == [
        [3995, 436, 4097, 7215, 4830, 3171, 4965],
        [467, 56, 496, 895, 653, 415, 607],
        [491, 55, 528, 879, 594, 416, 626],
    ]
    assert len(set(fer.ids)) == 35887


def test_exact_duplicates(fer):
    pixels = [image.tobytes() for image in fer.images]
    assert len(pixels) - len(set(pixels)) == 1853
    labels = {}
    for image, label in zip(pixels, fer.labels, strict=True):
        labels.setdefault(image, set()).add(label)
    assert sum(len(names) > 1 for names in labels.values()) == 57


def test_exact_duplicates_across_splits(fer):
    split = published_split(fer)
    assert [len(rows) for rows in split.values()] == [28709, 3589, 3589]
    assert len(deduplicate(fer, split.train, split.private)) == 3589 - 288
    assert len(deduplicate(fer, split.train, split.public)) == 3589 - 280


def test_near_duplicates_across_splits(fer):
    split = published_split(fer)
    counts = {"n": 3589, "person": None, "exact_duplicate": 280, "near_duplicate": 446}
    assert leakage(fer, split.train, split.public) == counts
    assert len(deduplicate(fer, split.train, split.private, max_distance=6)) == 3589 - 471


def test_holdout_is_stratified_and_has_no_leakage(fer):
    train, test = next(DuplicateAwareHoldout(random_state=0).split(fer.images, fer.labels))
    off = np.bincount(fer.target[test]) - 0.3 * np.bincount(fer.target)
    assert np.abs(off).max() < 1
    assert leakage(fer, train, test)["near_duplicate"] == 0


def test_flat_images(fer):
    span = np.ptp(fer.images.reshape(len(fer.images), -1), axis=1)
    assert np.sort(span)[:13].tolist() == [0] * 12 + [3]


def test_single_split_equals_part_of_all(fer):
    public = load_fer2013(usage="PublicTest")
    np.testing.assert_array_equal(public.images, fer.images[fer.usage == "PublicTest"])
