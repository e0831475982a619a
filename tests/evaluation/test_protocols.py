"""Training and test samples of the evaluation protocols."""

import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.utils import Bunch

from fertools.datasets import make_faces, map_labels, take_samples
from fertools.evaluation import compare, leakage
from fertools.evaluation._protocols import PROTOCOLS, make_folds
from fertools.features import DiscreteCosine


@pytest.fixture
def fer():
    """Drawn faces in the published splits; samples 84 and 85 are duplicates of Training."""
    bunch = make_faces(126, random_state=0)
    bunch.usage = np.repeat(["Training", "PublicTest", "PrivateTest"], [77, 7, 42])
    bunch.images[[84, 85]] = bunch.images[[0, 1]]
    return bunch


def crossing_persons(folds):
    """Count the persons in both training and test, over all folds."""
    persons = folds.train.groups
    return sum(len(set(persons[fit]) & set(persons[test])) for fit, test in folds.rows)


def test_published_protocol_excludes_public_test(fer):
    [(train, test)] = make_folds("fer2013_published", fer, 0).rows
    np.testing.assert_array_equal(train, np.arange(77))
    np.testing.assert_array_equal(test, np.arange(84, 126))


def test_deduplicated_protocol_excludes_duplicates(fer):
    [(train, test)] = make_folds("fer2013_deduplicated", fer, 0).rows
    np.testing.assert_array_equal(train, np.arange(77))
    np.testing.assert_array_equal(test, np.arange(86, 126))


def test_five_classes_keep_original_sample_index(fer):
    folds = make_folds("fer2013_5class_70_30", fer, 0)
    [(train, test)] = folds.rows
    assert folds.test.target_names == ["angry", "happy", "sad", "surprise", "neutral"]
    assert len(test) / (len(train) + len(test)) == pytest.approx(0.3, abs=0.03)
    for rows in (train, test):
        original = folds.train.row[rows]
        np.testing.assert_array_equal(fer.images[original], folds.train.images[rows])
        np.testing.assert_array_equal(fer.labels[original], folds.train.labels[rows])
    assert leakage(folds.train, train, test)["near_duplicate"] == 0


@pytest.mark.parametrize(
    ("protocol", "n_folds"),
    [
        ("ckplus_person_independent", 10),
        ("ckplus_leave_one_subject_out", 24),
        ("ckplus_random", 10),
        ("image_folder", 5),
    ],
)
def test_every_sample_is_tested_once(people, protocol, n_folds):
    folds = make_folds(protocol, people, 0)
    assert len(folds.rows) == n_folds
    tested = np.concatenate([test for _, test in folds.rows])
    np.testing.assert_array_equal(np.sort(tested), np.arange(len(people.images)))
    for train, test in folds.rows:
        assert not set(train) & set(test)
    leaks = protocol == "ckplus_random"
    assert (crossing_persons(folds) > 0) == leaks
    assert ("leaks" in PROTOCOLS[protocol].description) == leaks


def test_folds_depend_on_random_state(people):
    for protocol in ("ckplus_person_independent", "ckplus_random", "image_folder"):
        first, again, other = (make_folds(protocol, people, seed).rows for seed in (0, 0, 1))
        same = [np.array_equal(a[1], b[1]) for a, b in zip(first, again, strict=True)]
        assert all(same)
        assert not all(np.array_equal(a[1], b[1]) for a, b in zip(first, other, strict=True))


def test_random_split_of_persons_inflates_accuracy(people):
    methods = {"nearest": make_pipeline(DiscreteCosine(200), KNeighborsClassifier(1))}
    results = {
        protocol: compare(methods, people, protocol).results["nearest"]
        for protocol in ("ckplus_random", "ckplus_person_independent")
    }
    intervals = {
        protocol: result.scores["published"]["intervals"]["accuracy"]
        for protocol, result in results.items()
    }
    assert intervals["ckplus_random"][0] > intervals["ckplus_person_independent"][1] + 0.2


def test_splits_of_folders_are_kept(fer):
    fer.usage = np.repeat(["Training", "Validation", "Test"], [77, 7, 42])
    [(train, test)] = make_folds("image_folder", fer, 0).rows
    np.testing.assert_array_equal(train, np.arange(77))
    np.testing.assert_array_equal(test, np.arange(84, 126))
    [(_, test)] = make_folds("image_folder", take_samples(fer, fer.usage != "Test"), 0).rows
    np.testing.assert_array_equal(test, np.arange(77, 84))


def test_single_split_is_cross_validated(fer):
    training = take_samples(fer, fer.usage == "Training")
    assert len(make_folds("image_folder", training, 0).rows) == 5


def test_cross_dataset_with_equal_classes():
    train, test = make_faces(21, random_state=0), make_faces(14, random_state=1)
    folds = make_folds("cross_dataset", (train, test), 0)
    assert folds.train.images is train.images and folds.test.images is test.images
    [(fit, tested)] = folds.rows
    assert len(fit) == 21 and len(tested) == 14


@pytest.mark.parametrize(
    ("classes", "common"),
    [
        (["happy", "sad", "angry", "fear", "disgust", "surprise"], "basic6"),
        (["neutral", "happy", "sad", "angry", "surprise"], "five"),
    ],
)
def test_cross_dataset_maps_to_common_classes(classes, common):
    train, test = make_faces(35, random_state=0), make_faces(30, classes=classes, random_state=1)
    test.target_names = [name.title() for name in test.target_names]
    test.labels = np.array(test.target_names)[test.target]
    folds = make_folds("cross_dataset", [train, test], 0)
    assert folds.train.target_names == folds.test.target_names
    assert folds.test.target_names == map_labels(test, common).target_names
    assert set(folds.train.labels) == set(folds.test.labels)
    np.testing.assert_array_equal(train.images[folds.train.row], folds.train.images)


def test_user_guide_lists_protocols():
    guide = Path(__file__).parents[2] / "docs" / "guide" / "evaluation.md"
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", guide.read_text(), re.MULTILINE)
    assert rows == [(name, protocol.description) for name, protocol in PROTOCOLS.items()]


@pytest.mark.parametrize(
    ("protocol", "data", "message"),
    [
        ("fer2014", {}, r"protocol must be one of \['fer2013_published', .*got 'fer2014'"),
        ("fer2013_published", {}, "data must have 'usage' for fer2013_published"),
        ("ckplus_random", {}, "data must have 'groups' for ckplus_random"),
        (
            "fer2013_published",
            {"usage": np.full(42, "Training")},
            "fold 0 of 1 has 42 and 0",
        ),
        (
            "ckplus_person_independent",
            {"groups": np.arange(42) % 9},
            "data must hold at least 10 persons; got 9",
        ),
        ("ckplus_leave_one_subject_out", {"groups": np.zeros(42)}, "groups"),
        ("cross_dataset", {}, "data must be 2 Bunch for cross_dataset; got 1"),
    ],
)
def test_unsuitable_data_raise(protocol, data, message):
    bunch = Bunch(**make_faces(42, random_state=0), **data)
    with pytest.raises(ValueError, match=message):
        make_folds(protocol, bunch, 0)


@pytest.mark.parametrize("key", ["images", "labels", "target_names"])
def test_data_without_a_required_entry_raise(key):
    faces = make_faces(14, random_state=0)
    del faces[key]
    with pytest.raises(ValueError, match=rf"images, labels and target_names; .*without {key}\."):
        make_folds("image_folder", faces, 0)


def test_unsuitable_pairs_raise():
    faces = make_faces(14, random_state=0)
    with pytest.raises(ValueError, match="data must be 1 Bunch for image_folder; got 2"):
        make_folds("image_folder", (faces, faces), 0)
    few = make_faces(14, classes=["happy", "sad"], random_state=0)
    with pytest.raises(ValueError, match="data must be two data sets of the same classes"):
        make_folds("cross_dataset", (faces, few), 0)


@pytest.mark.realdata
def test_real_fer2013(fer2013):
    [(train, test)] = make_folds("fer2013_published", fer2013, 0).rows
    assert (len(train), len(test)) == (28_709, 3_589)
    [(train, unseen)] = make_folds("fer2013_deduplicated", fer2013, 0).rows
    assert (len(train), len(unseen)) == (28_709, 3_589 - 288)


def test_splits_with_unknown_names_are_refused():
    faces = make_faces(35, random_state=0)
    faces.usage = np.repeat(["fold 1", "fold 2"], [20, 15])
    with pytest.raises(ValueError, match=r"data.usage must contain Training .*'fold 1', 'fold 2'"):
        make_folds("image_folder", faces, 0)
    faces.usage = np.repeat(["Training"], 35)
    assert len(make_folds("image_folder", faces, 0).rows) == 5
