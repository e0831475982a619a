"""Copies and persons that stand on both sides of a split, counted."""

import numpy as np
import pytest
from sklearn.model_selection import StratifiedShuffleSplit

from fertools.datasets import make_faces
from fertools.evaluation import DuplicateAwareHoldout, leakage
from fertools.evaluation._leakage import deduplicate


@pytest.fixture
def faces():
    """Ten drawn faces; row 5 is row 0, row 6 row 1 in another light, row 7 row 6 darkened again."""
    bunch = make_faces(10, random_state=0)
    bunch.images[5] = bunch.images[0]
    bunch.images[6] = bunch.images[1] // 2 + 50
    bunch.images[7] = bunch.images[6] // 2
    return bunch


TRAIN, TEST = np.arange(5), np.arange(5, 10)


def test_deduplicate(faces):
    assert deduplicate(faces, TRAIN, TEST).tolist() == [6, 7, 8, 9]
    assert deduplicate(faces, TRAIN, TEST, max_distance=6).tolist() == [8, 9]
    assert deduplicate(faces, TRAIN, [9, 6, 5, 8]).tolist() == [9, 6, 8]
    assert deduplicate(faces, [], TEST).tolist() == TEST.tolist()
    assert deduplicate(faces, TRAIN, []).tolist() == []


def test_deduplicate_takes_masks(faces):
    rows = np.arange(10)
    assert deduplicate(faces, rows < 5, rows >= 5, max_distance=6).tolist() == [8, 9]


def test_copies_within_the_test_rows_stay(faces):
    faces.images[9] = faces.images[8]
    assert deduplicate(faces, TRAIN, TEST, max_distance=6).tolist() == [8, 9]


def test_one_gray_level_makes_another_image_but_a_near_duplicate(faces):
    faces.images[5, 0, 0] ^= 1
    assert 5 in deduplicate(faces, TRAIN, TEST)
    assert 5 not in deduplicate(faces, TRAIN, TEST, max_distance=6)


def test_leakage(faces):
    counts = {"n": 5, "person": None, "exact_duplicate": 1, "near_duplicate": 3}
    assert leakage(faces, TRAIN, TEST) == counts
    faces.groups = np.array(["Ann", "Bob", "Cleo", "Dan", "Eve", "Eve", "Eve", "Fay", "Gus", "Ann"])
    assert leakage(faces, TRAIN, TEST) == counts | {"person": 3}
    assert leakage(faces, TRAIN, np.arange(10) >= 5) == counts | {"person": 3}


def test_leakage_counts_rows_of_test_and_not_of_training(faces):
    assert leakage(faces, TEST, TRAIN) == {
        "n": 5, "person": None, "exact_duplicate": 1, "near_duplicate": 2,
    }  # fmt: skip


def test_a_random_split_leaks_and_ours_does_not(people):
    random = StratifiedShuffleSplit(1, test_size=0.3, random_state=0)
    counts = leakage(people, *next(random.split(people.images, people.labels)))
    assert counts["person"] == counts["n"] and 0.3 < counts["near_duplicate"] / counts["n"] < 1
    ours = DuplicateAwareHoldout(random_state=0).split(people.images, people.labels, people.groups)
    train, test = next(ours)
    assert leakage(people, train, test) == {
        "n": len(test), "person": 0, "exact_duplicate": 0, "near_duplicate": 0,
    }  # fmt: skip
