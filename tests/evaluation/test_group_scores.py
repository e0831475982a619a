"""Scores by group."""

import pandas as pd
import pytest

from fertools.evaluation import score_groups
from fertools.evaluation._group_scores import groups_of_ids


def test_accuracy_and_interval_of_each_group():
    truth = ["sad", "happy"] * 10
    predicted = ["sad", "happy"] * 5 + ["sad", "sad"] * 5
    groups = pd.DataFrame({"gender": ["f"] * 10 + ["m"] * 10})
    table = score_groups(truth, predicted, groups).set_index("group")
    assert table["accuracy"].to_dict() == {"f": 1.0, "m": 0.5}
    # Wilson interval of 5 of 10.
    assert table.loc["m", ["lower", "upper"]].tolist() == pytest.approx([0.2366, 0.7634], abs=1e-4)
    assert table.loc["m", "macro_f1"] == pytest.approx((2 / 3) / 2)


def test_numbers_are_cut_at_their_terciles():
    groups = pd.DataFrame({"age": range(30)})
    table = score_groups(["sad", "happy"] * 15, ["sad", "happy"] * 15, groups)
    assert table["n"].tolist() == [10, 10, 10]
    assert table["group"].tolist() == ["0 to 9", "10 to 19", "20 to 29"]


def test_close_numbers_have_different_names():
    groups = pd.DataFrame({"time": range(1_700_000_000, 1_700_000_009)})
    table = score_groups(["sad"] * 9, ["sad"] * 9, groups)
    assert table["group"].tolist()[0] == "1700000000 to 1700000002"
    assert table["n"].tolist() == [3, 3, 3]


def test_classes_that_a_group_lacks_do_not_lower_its_macro_f1():
    y_true, y_pred = ["sad", "sad", "happy", "fear"], ["sad", "angry", "happy", "fear"]
    table = score_groups(y_true, y_pred, pd.DataFrame({"gender": list("ffff")}))
    assert table["macro_f1"].tolist() == pytest.approx([(2 / 3 + 1 + 1) / 3])


def test_missing_groups_are_left_out():
    groups = pd.DataFrame({"gender": ["f", None, "m", "m"]})
    assert score_groups(["sad", "happy"] * 2, ["sad"] * 4, groups)["n"].tolist() == [1, 2]


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="the same length; got 2, 2 and 1"):
        score_groups(["a", "b"], ["a", "b"], pd.DataFrame({"x": [1]}))
    with pytest.raises(ValueError, match="at least one column; got 0"):
        score_groups(["a"], ["a"], pd.DataFrame(index=[0]))


@pytest.mark.parametrize("form", ["{}", "{}.png", "happy/{}.png"])
def test_people_are_found_by_forms_of_the_file_name(form):
    table = pd.DataFrame({"id": [form.format("001"), form.format("002")], "age": [20, 30]})
    found = groups_of_ids(table, ["happy/001.png", "happy/002.png", "happy/003.png"])
    assert found["age"].iloc[:2].tolist() == [20, 30] and found["age"].isna().tolist()[2]


def test_invalid_tables_of_people():
    with pytest.raises(ValueError, match="unique values; got '001' twice"):
        groups_of_ids(pd.DataFrame({"id": ["001", "001"], "age": [1, 2]}), ["a/001.png"])
    with pytest.raises(ValueError, match=r"such as 'a/001.png' or '001'; got \['x'\]"):
        groups_of_ids(pd.DataFrame({"id": ["x"], "age": [1]}), ["a/001.png"])
