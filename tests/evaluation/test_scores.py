import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import classification_report, confusion_matrix, f1_score, recall_score

from fertools.evaluation import score_classification

NAMES = st.sampled_from(["happy", "sad", "fear", "angry"])


def test_scores_of_known_predictions():
    scores = score_classification(
        ["happy"] * 4 + ["sad"] * 2, ["happy", "happy", "happy", "sad", "sad", "fear"]
    )
    assert scores["n"] == 6
    assert scores["labels"] == ["fear", "happy", "sad"]
    assert scores["confusion_matrix"] == [[0, 0, 0], [0, 3, 1], [1, 0, 1]]
    assert scores["accuracy"] == pytest.approx(4 / 6)
    # Fear has no samples: its recall is ignored, but its F1 of 0 counts.
    assert scores["balanced_accuracy"] == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert scores["macro_f1"] == pytest.approx((6 / 7 + 1 / 2 + 0) / 3)
    assert scores["per_class"]["happy"] == {
        "precision": 1.0,
        "recall": 0.75,
        "f1": pytest.approx(6 / 7),
        "support": 4,
    }


def test_images_without_a_face_are_errors_but_no_class():
    y_true, y_pred = ["sad", "sad", "happy", "fear"], ["sad", "no_face", "happy", "no_face"]
    scores = score_classification(y_true, y_pred)
    assert scores["accuracy"] == 0.5 and scores["macro_f1"] == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert scores["labels"] == ["fear", "happy", "no_face", "sad"]
    labels = ["no_face", "sad", "happy", "fear"]
    assert score_classification(y_true, y_pred, labels)["macro_f1"] == scores["macro_f1"]
    # Here, it is one of the classes.
    scores = score_classification([*y_true, "no_face"], [*y_pred, "no_face"])
    assert scores["macro_f1"] == pytest.approx((2 / 3 + 1 + 0 + 1 / 2) / 4)


@settings(deadline=None)
@given(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=40))
def test_scores_equal_scikit_learn(pairs):
    y_true, y_pred = map(list, zip(*pairs, strict=True))
    scores = score_classification(y_true, y_pred)
    report = classification_report(y_true, y_pred, output_dict=True, zero_division=0)
    assert scores["macro_f1"] == pytest.approx(
        f1_score(y_true, y_pred, average="macro", zero_division=0)
    )
    assert scores["balanced_accuracy"] == pytest.approx(
        recall_score(y_true, y_pred, labels=sorted(set(y_true)), average="macro")
    )
    for label in scores["labels"]:
        assert scores["per_class"][label] == pytest.approx(
            {key.replace("f1-score", "f1"): value for key, value in report[label].items()}
        )
    if len(scores["labels"]) > 1:  # scikit-learn warns about a matrix of 1x1
        assert scores["confusion_matrix"] == confusion_matrix(y_true, y_pred).tolist()
    assert json.loads(json.dumps(scores)) == scores


def test_order_of_labels_changes_no_score():
    y_true, y_pred = ["b", "a", "a"], ["b", "b", "a"]
    scores = score_classification(y_true, y_pred, labels=np.array(["b", "c", "a"]))
    assert scores["labels"] == list(scores["per_class"]) == ["b", "c", "a"]
    assert scores["confusion_matrix"] == [[1, 0, 0], [0, 0, 0], [1, 0, 1]]
    assert scores["per_class"]["c"] == {"precision": 0, "recall": 0, "f1": 0, "support": 0}
    default = score_classification(y_true, y_pred)
    for key in ("accuracy", "balanced_accuracy", "macro_f1"):
        assert scores[key] == default[key]


def test_integer_labels_are_json_serializable():
    scores = score_classification(np.array([0, 1, 1]), np.array([0, 1, 0]))
    assert json.loads(json.dumps(scores)) == scores
    assert scores["per_class"]["1"]["recall"] == 0.5


@pytest.mark.parametrize(
    ("y_true", "y_pred", "labels", "reason"),
    [
        ([], [], None, r"at least one; got shapes \(0,\)"),
        (["a"], ["a", "b"], None, r"got shapes \(1,\) and \(2,\)"),
        (["a"], ["b"], ["a"], r"must hold all labels .*\['a', 'b'\], once each; got \['a'\]"),
        (["a"], ["b"], ["a", "b", "a"], r"once each; got \['a', 'b', 'a'\]"),
    ],
)
def test_invalid_labels_raise(y_true, y_pred, labels, reason):
    with pytest.raises(ValueError, match=reason):
        score_classification(y_true, y_pred, labels)


def test_interval_of_accuracy():
    # Wilson's interval of 95 correct samples of 100.
    truth = np.repeat([0, 1], 50)
    scores = score_classification(truth, np.where(np.arange(100) < 5, 1, truth))
    np.testing.assert_allclose(scores["accuracy_interval"], [0.8882, 0.9785], atol=5e-5)


def test_large_test_set_of_one_class_warns():
    truth = np.repeat("angry", 30)
    predicted = np.where(np.arange(30) % 2, "angry", "sad")
    for labels in (None, ["angry", "happy", "sad"]):
        with pytest.warns(UserWarning, match=r"y_true should hold samples of several .*'angry'"):
            scores = score_classification(truth, predicted, labels)
        assert scores["accuracy"] == 0.5
    # No warning for a single class in total, for few samples, or for several classes.
    score_classification(truth, truth)
    score_classification(truth[:10], predicted[:10])
    score_classification(predicted, truth)
