"""Tests of the mapping of labels between data sets."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from fertools.datasets import EXPRESSIONS, LABEL_SETS, load_frame, make_faces, map_labels


def named(*labels):
    """Return a data set with these labels; the pixels of image i have the value i."""
    pixels = [np.full((4, 4), row) for row in range(len(labels))]
    return load_frame(pd.DataFrame({"pixels": pixels, "label": labels}))


def test_label_sets():
    assert LABEL_SETS["fer7"] == EXPRESSIONS
    assert set(LABEL_SETS["ck7"]) == set(EXPRESSIONS) - {"neutral"} | {"contempt"}
    assert set(LABEL_SETS["basic6"]) == set(EXPRESSIONS) & set(LABEL_SETS["ck7"])
    assert LABEL_SETS["five"] == ("angry", "happy", "sad", "surprise", "neutral")
    assert set(LABEL_SETS["ferplus8"]) == set(EXPRESSIONS) | {"contempt"}
    assert all(len(set(names)) == len(names) for names in LABEL_SETS.values())


@pytest.mark.parametrize(
    ("names", "ours"),
    [
        (["anger", "Angry", " ANGER ", "AN"], "angry"),
        (["contempt", "contemptuous"], "contempt"),
        (["disgust", "Disgusted", "DI"], "disgust"),
        (["fear", "fearful", "afraid", "scared", "FE"], "fear"),
        (["happy", "happiness", "joy", "HA"], "happy"),
        (["neutral", "Neutral", "NE"], "neutral"),
        (["sad", "Sadness", "SA"], "sad"),
        (["surprise", "surprised", "SU"], "surprise"),
    ],
)
def test_names_of_expressions_in_other_data_sets(names, ours):
    mapped = map_labels(named(*names), "ferplus8")
    assert mapped.labels.tolist() == [ours] * len(names)
    assert mapped.target_names == list(LABEL_SETS["ferplus8"])
    assert set(mapped.target) == {LABEL_SETS["ferplus8"].index(ours)}


def test_images_of_other_classes_are_left_out_and_listed():
    bunch = named("fear", "happiness", "yawn", "anger", "contempt")
    mapped = map_labels(bunch, "five")
    assert mapped.images[:, 0, 0].tolist() == [1, 3]
    assert mapped.ids.tolist() == ["row 2", "row 4"]
    assert mapped.labels.tolist() == ["happy", "angry"]
    assert mapped.target.tolist() == [1, 0]
    assert mapped.report.to_numpy().tolist() == [
        ["row 1", "no_class", "The class 'fear' is none of five."],
        ["row 3", "no_class", "The class 'yawn' is none of five."],
        ["row 5", "no_class", "The class 'contempt' is none of five."],
    ]
    assert len(bunch.images) == 5 and len(bunch.report) == 0
    # Files that were left out by the loader are still listed.
    assert map_labels(mapped, "basic6").report.equals(mapped.report)


@pytest.mark.parametrize("to", LABEL_SETS)
def test_all_arrays_are_selected(to):
    faces = make_faces(21, random_state=0)
    faces.groups = np.arange(21)
    mapped = map_labels(faces, to)
    stays = np.isin(faces.labels, LABEL_SETS[to])
    assert_array_equal(mapped.images, faces.images[stays])
    assert_array_equal(mapped.labels, faces.labels[stays])
    assert_array_equal(mapped.groups, np.flatnonzero(stays))
    assert_array_equal(np.array(mapped.target_names)[mapped.target], mapped.labels)
    assert len(mapped.images) + len(mapped.report) == 21
    again = map_labels(mapped, to)
    assert_array_equal(again.target, mapped.target)


def test_soft_labels_are_mapped_by_name():
    faces = make_faces(7, random_state=0)
    faces.soft = np.full((7, 7), 0.05) + 0.65 * np.eye(7)
    six = map_labels(faces, "basic6")
    assert_allclose(six.soft, (np.full((6, 6), 0.05) + 0.65 * np.eye(6)) / 0.95)
    eight = map_labels(faces, "ferplus8")
    assert_allclose(eight.soft.sum(axis=1), 1)
    assert_array_equal(eight.soft.argmax(axis=1), eight.target)
    assert_array_equal(eight.soft[:, LABEL_SETS["ferplus8"].index("contempt")], 0)


def test_invalid_parameters_are_rejected():
    with pytest.raises(ValueError, match=r"to must be one of \['fer7', .*; got 'seven'"):
        map_labels(named("sad"), "seven")
    with pytest.raises(
        ValueError, match=r"must contain images of angry, .*; its classes are \['fear'\]"
    ):
        map_labels(named("fear"), "five")
