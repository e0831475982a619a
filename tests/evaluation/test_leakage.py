"""Leakage counts and deduplication of splits."""

import numpy as np
import pytest
from sklearn.model_selection import StratifiedShuffleSplit

from fertools.datasets import make_faces
from fertools.evaluation import DuplicateAwareHoldout, leakage
from fertools.evaluation._leakage import deduplicate


@pytest.fixture
def faces():
    """Ten drawn faces: 5 equals 0, and 6 and 7 are near duplicates of 1."""
    bunch = make_faces(10, random_state=0)
    bunch.images[5] = bunch.images[0]
    bunch.images[6] = bunch.images[1] // 2 + 50
    bunch.images[7] = bunch.images[6] // 2
    return bunch


TRAIN, TEST = np.arange(5), np.arange(5, 10)


def test_deduplicate_removes_duplicates_of_training(faces):
    assert deduplicate(faces, TRAIN, TEST).tolist() == [6, 7, 8, 9]
    assert deduplicate(faces, TRAIN, TEST, max_distance=6).tolist() == [8, 9]
    assert deduplicate(faces, TRAIN, [9, 6, 5, 8]).tolist() == [9, 6, 8]
    assert deduplicate(faces, [], TEST).tolist() == TEST.tolist()
    assert deduplicate(faces, TRAIN, []).tolist() == []


def test_deduplicate_takes_masks(faces):
    rows = np.arange(10)
    assert deduplicate(faces, rows < 5, rows >= 5, max_distance=6).tolist() == [8, 9]


def test_duplicates_within_test_are_kept(faces):
    faces.images[9] = faces.images[8]
    assert deduplicate(faces, TRAIN, TEST, max_distance=6).tolist() == [8, 9]


def test_change_of_one_gray_level_is_near_duplicate(faces):
    faces.images[5, 0, 0] ^= 1
    assert 5 in deduplicate(faces, TRAIN, TEST)
    assert 5 not in deduplicate(faces, TRAIN, TEST, max_distance=6)


def test_leakage(faces):
    counts = {"n": 5, "person": None, "exact_duplicate": 1, "near_duplicate": 3}
    assert leakage(faces, TRAIN, TEST) == counts
    faces.groups = np.array(["Ann", "Bob", "Cleo", "Dan", "Eve", "Eve", "Eve", "Fay", "Gus", "Ann"])
    assert leakage(faces, TRAIN, TEST) == counts | {"person": 3}
    assert leakage(faces, TRAIN, np.arange(10) >= 5) == counts | {"person": 3}


def test_leakage_counts_test_samples(faces):
    assert leakage(faces, TEST, TRAIN) == {
        "n": 5, "person": None, "exact_duplicate": 1, "near_duplicate": 2,
    }  # fmt: skip


def test_random_split_leaks_and_duplicate_aware_split_does_not(people):
    random = StratifiedShuffleSplit(1, test_size=0.3, random_state=0)
    counts = leakage(people, *next(random.split(people.images, people.labels)))
    assert counts["person"] == counts["n"] and 0.3 < counts["near_duplicate"] / counts["n"] < 1
    ours = DuplicateAwareHoldout(random_state=0).split(people.images, people.labels, people.groups)
    train, test = next(ours)
    assert leakage(people, train, test) == {
        "n": len(test), "person": 0, "exact_duplicate": 0, "near_duplicate": 0,
    }  # fmt: skip
