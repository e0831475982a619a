"""Splitters: no leakage of persons or duplicates, and stratified classes."""

import copy
from itertools import pairwise

import cv2
import numpy as np
import pandas as pd
import pytest
import sklearn
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import (
    GridSearchCV,
    LeaveOneGroupOut,
    StratifiedGroupKFold,
    cross_val_score,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from fertools.datasets import make_faces, take_samples
from fertools.datasets._duplicates import NEAR, perceptual_hash
from fertools.evaluation import (
    DuplicateAwareHoldout,
    DuplicateAwareKFold,
    LeaveOnePersonOut,
)
from fertools.evaluation._protocols import five_class_split
from fertools.evaluation._splitters import choose_groups
from fertools.features import DiscreteCosine
from fertools.pipeline import make_fer_pipeline

SPLITTERS = [
    DuplicateAwareKFold(4),
    DuplicateAwareKFold(4, shuffle=True, random_state=1),
    DuplicateAwareHoldout(random_state=0),
    DuplicateAwareHoldout(0.2, random_state=1),
    LeaveOnePersonOut(),
]


def exact_crossings(images, train, test):
    """Count the equal pairs of a training image and a test image."""
    return sum(np.array_equal(images[i], images[j]) for i in train for j in test)


def near_crossings(images, train, test):
    """Count the pairs of a training image and a test image with similar hashes."""
    hashes = perceptual_hash(images)
    return int((np.bitwise_count(hashes[train][:, None] ^ hashes[test]) <= NEAR).sum())


def over_splitters(splitters=SPLITTERS):
    return pytest.mark.parametrize("cv", splitters, ids=repr)


@over_splitters()
def test_persons_and_duplicates_do_not_cross(people, cv):
    n_folds = 0
    for train, test in cv.split(people.images, people.labels, people.groups):
        assert len(train) and len(test) and not set(train) & set(test)
        assert not set(people.groups[train]) & set(people.groups[test])
        assert near_crossings(people.images, train, test) == 0
        n_folds += 1
    assert n_folds == cv.get_n_splits(people.images, people.labels, people.groups)


def test_duplicates_cross_plain_leave_one_group_out(people):
    exact = near = 0
    for train, test in LeaveOneGroupOut().split(people.images, groups=people.groups):
        exact += exact_crossings(people.images, train, test)
        near += near_crossings(people.images, train, test)
    assert exact == 2 and near > 2


@over_splitters(
    [
        DuplicateAwareKFold(4, max_distance=None),
        DuplicateAwareHoldout(max_distance=None, random_state=0),
        LeaveOnePersonOut(max_distance=None),
    ]
)
def test_exact_duplicates_only(people, cv):
    near = 0
    for train, test in cv.split(people.images, people.labels, people.groups):
        assert not set(people.groups[train]) & set(people.groups[test])
        assert exact_crossings(people.images, train, test) == 0
        near += near_crossings(people.images, train, test)
    assert near > 0


@over_splitters(SPLITTERS[:-1])
def test_splitters_work_without_persons(people, cv):
    for train, test in cv.split(people.images, people.labels):
        assert near_crossings(people.images, train, test) == 0


@over_splitters(SPLITTERS)
def test_splits_are_reproducible(people, cv):
    data = people.images, people.labels, people.groups
    for first, second in zip(cv.split(*data), copy.deepcopy(cv).split(*data), strict=True):
        np.testing.assert_array_equal(first[0], second[0])
        np.testing.assert_array_equal(first[1], second[1])


@pytest.mark.parametrize(
    "make",
    [
        DuplicateAwareHoldout,
        lambda random_state: DuplicateAwareKFold(shuffle=True, random_state=random_state),
    ],
)
def test_split_depends_on_random_state(people, make):
    tests = [
        next(make(random_state=seed).split(people.images, people.labels, people.groups))[1]
        for seed in (0, 1)
    ]
    assert set(tests[0]) != set(tests[1])


def test_k_fold_tests_every_sample_once(people):
    tests = [test for _, test in DuplicateAwareKFold(4).split(people.images, people.labels)]
    assert sorted(np.concatenate(tests)) == list(range(len(people.images)))


def test_k_fold_without_duplicates_equals_scikit_learn():
    faces = make_faces(70, random_state=0)
    persons = np.arange(70) // 4
    for groups, number in [(None, np.arange(70)), (persons, persons)]:
        ours = DuplicateAwareKFold(3, shuffle=True, random_state=5).split(
            faces.images, faces.labels, groups
        )
        theirs = StratifiedGroupKFold(3, shuffle=True, random_state=5).split(
            faces.images, faces.labels, number
        )
        for (_, test), (_, expected) in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(test, expected)


@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=60),
    st.sampled_from([0.05, 0.2, 0.3, 0.5, 0.7]),
    st.integers(0, 5),
)
def test_class_shares_of_single_samples_are_exact_up_to_rounding(y, share, seed):
    y = np.array(y)
    chosen = choose_groups(y, np.arange(len(y)), share, np.random.RandomState(seed))
    for label in np.unique(y):
        of_class = y == label
        assert abs(chosen[of_class].sum() - share * of_class.sum()) <= 0.5 + 1e-9


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 8)), min_size=1, max_size=40),
    st.sampled_from([0.2, 0.3, 0.5]),
)
def test_groups_stay_whole(rows, share):
    y, groups = np.array(rows).T
    chosen = choose_groups(y, groups, share, np.random.RandomState(0))
    for group in np.unique(groups):
        assert len(set(chosen[groups == group])) == 1


@pytest.mark.parametrize("share", [0.2, 0.3])
def test_class_shares_of_persons_with_uneven_classes(share):
    """Deviation of each class is below the 9 samples of one person."""
    rng = np.random.RandomState(0)
    persons = np.repeat(np.arange(118), 9)
    off = []
    for _ in range(10):
        y = rng.choice(7, size=len(persons), p=[0.14, 0.05, 0.18, 0.08, 0.21, 0.09, 0.25])
        chosen = choose_groups(y, persons, share, rng)
        off.append(np.bincount(y[chosen]) - share * np.bincount(y))
    assert np.max(np.abs(off)) < 9 and np.mean(np.abs(off)) < 1.5


@pytest.mark.parametrize("seed", range(5))
def test_single_samples_balance_large_groups(seed):
    rng = np.random.RandomState(seed)
    groups = np.repeat(np.arange(150), rng.choice([1, 1, 2, 12, 30], 150))
    y = rng.choice(7, size=len(groups))
    chosen = choose_groups(y, groups, 0.3, rng)
    assert np.abs(np.bincount(y[chosen]) - 0.3 * np.bincount(y)).max() <= 1


def test_large_groups_are_on_both_sides():
    """Test shares of grouped and of single samples are equal."""
    groups = np.r_[np.repeat(np.arange(100), 3), np.arange(100, 400)]
    y = np.r_[np.repeat(np.arange(100) % 4, 3), np.arange(300) % 4]
    chosen = choose_groups(y, groups, 0.3, np.random.RandomState(0))
    assert abs(chosen[:300].mean() - 0.3) < 0.03 and abs(chosen[300:].mean() - 0.3) < 0.03


def test_leave_one_person_out_tests_all_images_of_person(people):
    folds = list(LeaveOnePersonOut().split(people.images, people.labels, people.groups))
    for (train, test), person in zip(folds, np.unique(people.groups), strict=True):
        np.testing.assert_array_equal(test, np.flatnonzero(people.groups == person))
        left_out = np.setdiff1d(np.arange(len(people.images)), np.r_[train, test])
        if person == "S000":
            assert np.flatnonzero(people.groups == "S005")[0] in left_out
        # Removed samples are duplicates of test samples, directly or through a chain.
        chained = test
        while len(grown := [r for r in left_out if near_crossings(people.images, chained, [r])]):
            chained, left_out = np.r_[chained, grown], np.setdiff1d(left_out, grown)
        assert len(left_out) == 0


def test_leave_one_person_out_without_duplicates_equals_scikit_learn():
    faces = make_faces(40, random_state=0)
    persons = np.arange(40) % 6
    ours = LeaveOnePersonOut().split(faces.images, faces.labels, persons)
    theirs = LeaveOneGroupOut().split(faces.images, faces.labels, persons)
    for (train, test), expected in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(train, expected[0])
        np.testing.assert_array_equal(test, expected[1])


def test_leave_one_person_out_requires_groups():
    faces = make_faces(7, random_state=0)
    with pytest.raises(ValueError, match="'groups' parameter should not be None"):
        next(LeaveOnePersonOut().split(faces.images, faces.labels))


@pytest.fixture(scope="module")
def doubled():
    """Return 70 faces: the last 35 are near duplicates of the first, and 35 equals 0."""
    faces = make_faces(35, random_state=0)
    images = np.concatenate([faces.images, faces.images // 2 + 50])
    images[35] = images[0]
    return images, np.tile(faces.labels, 2)


@pytest.mark.parametrize("cv", SPLITTERS[:-1], ids=repr)
@pytest.mark.parametrize(
    "form",
    [list, lambda images: np.stack([images] * 3, axis=3), lambda images: images / 255],
    ids=["list", "color", "float"],
)
def test_lists_color_and_float_images(doubled, cv, form):
    images, labels = doubled
    for train, test in cv.split(form(images), labels):
        assert not set(train % 35) & set(test % 35)


def test_images_of_several_sizes(doubled):
    images, labels = doubled
    mixed = np.empty(70, dtype=object)
    mixed[:] = [cv2.resize(image, (60, 60)) if i < 20 else image for i, image in enumerate(images)]
    for train, test in DuplicateAwareKFold(3).split(mixed, labels):
        assert not set(train % 35) & set(test % 35)


@pytest.mark.parametrize("form", [np.asarray, pd.DataFrame], ids=["array", "frame"])
def test_equal_feature_vectors_stay_together(doubled, form):
    images, labels = doubled
    rows = form(images.reshape(70, -1))
    crossed = set()
    for train, test in DuplicateAwareKFold(5, shuffle=True, random_state=0).split(rows, labels):
        crossed |= set(train % 35) & set(test % 35)
    # Near duplicates are not found in features, so only the equal pair stays together.
    assert crossed and 0 not in crossed


def test_equal_features_with_nan_stay_together():
    rows = np.array([[0, np.nan], [1, 2], [0, np.nan], [3, 4]])
    for train, test in DuplicateAwareKFold(2).split(rows, ["a", "a", "b", "b"]):
        assert ({0, 2} <= set(train)) or ({0, 2} <= set(test))


@over_splitters()
def test_cross_val_score(people, cv):
    model = make_pipeline(DiscreteCosine(20), GaussianNB())
    scores = cross_val_score(model, people.images, people.labels, cv=cv, groups=people.groups)
    assert len(scores) == cv.get_n_splits(groups=people.groups)
    assert np.isfinite(scores).all()


def test_cross_val_score_with_metadata_routing(people):
    model = make_pipeline(DiscreteCosine(20), GaussianNB())
    data = {
        "estimator": model,
        "X": people.images,
        "y": people.labels,
        "cv": DuplicateAwareKFold(4),
    }
    plain = cross_val_score(**data, groups=people.groups)
    with sklearn.config_context(enable_metadata_routing=True):
        routed = cross_val_score(**data, params={"groups": people.groups})
    np.testing.assert_array_equal(routed, plain)


@over_splitters([DuplicateAwareKFold(3), DuplicateAwareHoldout(random_state=0)])
def test_grid_search(people, cv):
    pipeline = make_fer_pipeline("dct", n_features=30, classifier="knn")
    search = GridSearchCV(pipeline, {"select__n_features_to_select": [10, 30]}, cv=cv)
    search.fit(people.images, people.labels, groups=people.groups)
    assert search.n_splits_ == cv.get_n_splits()
    assert search.predict(people.images[:2]).shape == (2,)


def test_repeated_holdout_has_no_leakage(people):
    """Training, validation and test share no persons or duplicates."""
    train, test = next(
        DuplicateAwareHoldout(0.3, random_state=0).split(
            people.images, people.labels, people.groups
        )
    )
    rest = take_samples(people, train)
    inner = next(
        DuplicateAwareHoldout(0.2, random_state=0).split(rest.images, rest.labels, rest.groups)
    )
    sides = [train[inner[0]], train[inner[1]], test]
    assert sorted(np.concatenate(sides)) == list(range(len(people.images)))
    for one, other in [*pairwise(sides), (sides[0], sides[2])]:
        assert not set(people.groups[one]) & set(people.groups[other])
        assert near_crossings(people.images, one, other) == 0


def test_repr():
    assert repr(DuplicateAwareHoldout(0.2, random_state=3)) == (
        "DuplicateAwareHoldout(max_distance=6, random_state=3, test_size=0.2)"
    )
    assert repr(LeaveOnePersonOut(max_distance=None)) == "LeaveOnePersonOut(max_distance=None)"


@pytest.mark.parametrize(
    ("cv", "groups", "reason"),
    [
        (DuplicateAwareHoldout(0), None, "test_size must be between 0 and 1; got 0"),
        (DuplicateAwareHoldout(3), None, "test_size must be between 0 and 1; got 3"),
        (
            DuplicateAwareHoldout(0.3),
            ["Ann"] * 28,
            "test_size must leave samples on both sides; got 0.3 for 28 samples in 1 groups",
        ),
        (
            DuplicateAwareKFold(3),
            ["Ann", "Bob"] * 14,
            "n_splits=3 greater than the number of groups: 2",
        ),
    ],
)
def test_impossible_splits_raise(cv, groups, reason):
    faces = make_faces(28, random_state=0)
    with pytest.raises(ValueError, match=reason):
        next(cv.split(faces.images, faces.labels, groups))


def test_continuous_labels_raise():
    faces = make_faces(4, random_state=0)
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        next(DuplicateAwareHoldout().split(faces.images, [0.1, 0.2, 0.3, 0.4]))


def test_five_class_split(people):
    five = five_class_split(people)
    data = five.data
    assert data.target_names == ["angry", "happy", "sad", "surprise", "neutral"]
    assert set(data.labels) == set(data.target_names)
    assert len(data.images) == np.isin(people.labels, data.target_names).sum() == 240
    assert sorted(np.r_[five.train, five.test]) == list(range(240))
    assert abs(len(five.test) / 240 - 0.3) < 0.05
    assert not set(data.groups[five.train]) & set(data.groups[five.test])
    assert near_crossings(data.images, five.train, five.test) == 0


def test_five_class_split_without_persons_is_stratified():
    five = five_class_split(make_faces(350, random_state=0), max_distance=None)
    assert np.bincount(five.data.target[five.test]).tolist() == [15] * 5
    np.testing.assert_array_equal(
        five.test, five_class_split(make_faces(350, random_state=0), max_distance=None).test
    )
