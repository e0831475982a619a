"""Tests of labels that are numbers or differ in case, in all loaders."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from fertools.datasets import (
    EXPRESSIONS,
    load_dataset,
    load_fer2013,
    load_frame,
    load_image_folder,
    make_faces,
    map_labels,
)

FACES = make_faces(7, random_state=0).images
RAFDB = ["surprise", "fear", "disgust", "happy", "sad", "angry", "neutral"]
TEXTS = [" ".join(map(str, image.ravel())) for image in FACES]


def table(labels):
    return pd.DataFrame({"pixels": TEXTS[: len(labels)], "label": labels})


def text_of(labels):
    return [str(label) for label in labels]


def float_of(labels):
    return [float(label) for label in labels]


@pytest.mark.parametrize("kind", [list, np.uint8, text_of, float_of, pd.Categorical])
@pytest.mark.parametrize("start", [0, 1])
def test_numbering_is_determined_from_all_labels(kind, start):
    numbers = [(row * 3) % 7 for row in range(7)]
    labels = kind([number + start for number in numbers])
    data = load_frame(table(labels), classes=RAFDB)
    assert data.labels.tolist() == [RAFDB[number] for number in numbers]
    assert data.target_names == RAFDB
    assert data.class_numbers == dict(enumerate(RAFDB, start=start))
    assert f"{start} surprise, {start + 1} fear" in data.DESCR
    assert len(data.report) == 0


@pytest.mark.parametrize(
    ("labels", "start"),
    [([0, 3], 0), ([0], 0), ([7, 2], 1), ([7], 1), ([0, 6, 2], 0), ([1, 7, 4], 1)],
)
def test_numbering_is_determined_from_smallest_and_largest_label(labels, start):
    data = load_frame(table(labels), classes=RAFDB)
    assert data.target.tolist() == [label - start for label in labels]


def test_label_beyond_the_classes_is_reported_if_zero_occurs():
    with pytest.warns(UserWarning, match="left out 1 unknown_class"):
        data = load_frame(table([0, 7, 6]), classes=RAFDB)
    assert data.target.tolist() == [0, 6]


@pytest.mark.parametrize("labels", [[1, 2, 3], [1, 6], [5], [2, 8], [1, 8], ["1", "6"], [3.0, 4.0]])
def test_ambiguous_numbering_is_rejected(labels):
    with pytest.raises(
        ValueError, match=r"classes must be a dict such as .* could start from 0 or from 1"
    ):
        load_frame(table(labels), classes=RAFDB)


def test_dict_maps_numbers_to_classes():
    classes = {1: "sad", 2: "happy", 5: "fear"}
    data = load_frame(table([2, 1, 5, 1]), classes=classes)
    assert data.labels.tolist() == ["happy", "sad", "fear", "sad"]
    assert data.target_names == ["sad", "happy", "fear"]
    with pytest.warns(UserWarning, match="left out 1 unknown_class"):
        assert len(load_frame(table([2, 3]), classes=classes).images) == 1


@pytest.mark.parametrize(
    ("labels", "classes", "message"),
    [
        ([0, 1], ["a", "A"], "classes must be different names"),
        ([0, 1], [], "classes must be different names"),
        ([0, 1], {0.5: "a"}, "classes must have whole numbers as keys"),
        ([0, 1], {"x": "a"}, "classes must have whole numbers as keys"),
        (["a", "b"], {0: "a"}, "classes must be names if labels are names"),
        (["a", "b"], ["a", "c"], r"classes must be different names from \['a', 'b'\]"),
        (["a", "b"], ["a", "A"], r"classes must be different names from \['a', 'b'\]"),
    ],
)
def test_invalid_classes_are_rejected(labels, classes, message):
    with pytest.raises(ValueError, match=message):
        load_frame(table(labels), classes=classes)


def test_one_class_as_a_string():
    assert load_frame(table([0]), classes="sad").labels.tolist() == ["sad"]


@pytest.mark.parametrize("name", ["x", "x.zip"])
@pytest.mark.parametrize("start", [0, 1])
def test_numbered_folders(write, encode, name, start, tmp_path):
    files = {f"{k + start}/1.png": encode(face, "png") for k, face in enumerate(FACES)}
    path = write(tmp_path / name, files)
    data = load_image_folder(path, classes=RAFDB)
    assert data.labels.tolist() == RAFDB
    assert data.class_numbers == dict(enumerate(RAFDB, start=start))
    # Without class names, labels are the folder names, and map_labels maps them.
    plain = load_dataset(path)
    assert plain.target_names == [str(k + start) for k in range(7)]
    mapped = map_labels(plain, "fer7", classes=RAFDB)
    assert mapped.labels.tolist() == RAFDB
    assert_array_equal(mapped.images, FACES)
    with pytest.raises(ValueError, match="classes must list the expressions of the classes"):
        map_labels(plain, "fer7")


def test_numbered_folders_of_a_subset_of_classes(write, encode, tmp_path):
    files = {f"{k}/1.png": encode(face, "png") for k, face in enumerate(FACES[:4], start=2)}
    path = write(tmp_path, files)
    for load in (
        lambda classes: load_image_folder(path, classes=classes),
        lambda classes: map_labels(load_image_folder(path), "fer7", classes=classes),
    ):
        with pytest.raises(ValueError, match="classes must be a dict such as"):
            load(RAFDB)
        named = load(dict(enumerate(RAFDB, start=1)))
        assert named.labels.tolist() == RAFDB[1:5]
    # Folder names of numbered folders can be selected like other names.
    assert load_image_folder(path, classes=["3", "2"]).target_names == ["3", "2"]


def test_map_labels_rejects_classes_for_names():
    with pytest.raises(ValueError, match="classes must be None if the classes of bunch are"):
        map_labels(load_frame(table(["sad"])), "fer7", classes=RAFDB)


@pytest.mark.parametrize("spellings", [["Angry", "angry"], ["angry", "ANGRY", "Angry"]])
def test_names_that_differ_only_in_case_are_one_class(write, encode, spellings, tmp_path):
    first = min(spellings)
    for order in (spellings, spellings[::-1]):
        data = load_frame(table([*order, "sad"]))
        assert data.target_names == [first, "sad"]
        assert set(data.labels) == {first, "sad"}
    files = {f"train/{name}/{k}.png": b"" for k, name in enumerate(spellings)}
    for k, name in enumerate(files):
        files[name] = encode(FACES[k], "png")
    data = load_image_folder(write(tmp_path / "x.zip", files))
    assert data.target_names == [first]
    assert len(data.images) == len(spellings)


def test_names_with_equivalent_unicode_are_one_class():
    data = load_frame(table(["\u00e4rger", "a\u0308rger", " \u00c4rger "]))
    assert len(data.target_names) == 1


@pytest.mark.parametrize("classes", [["angry", "sad"], "angry"])
def test_selected_classes_have_the_given_names(write, encode, classes, tmp_path):
    data = load_frame(table(["ANGRY", "Sad", "Angry"]), classes=classes)
    assert set(data.labels) <= {"angry", "sad"}
    assert data.target_names == np.ravel(classes).tolist()
    files = {"ANGRY/1.png": encode(FACES[0], "png"), "Sad/1.png": encode(FACES[1], "png")}
    data = load_image_folder(write(tmp_path, files), classes=classes)
    assert data.labels[0] == "angry"


def test_class_folders_of_fer2013_in_any_case(write, encode, tmp_path):
    names = [f"train/{name.upper()}/Training_1.png" for name in EXPRESSIONS]
    names += ["test/Sad/PrivateTest_1.png"]
    images = [*FACES, FACES[0]]
    files = {name: encode(face, "png") for name, face in zip(names, images, strict=True)}
    for load in (load_fer2013, load_dataset):
        data = load(write(tmp_path, files))
        assert data.target_names == list(EXPRESSIONS)
        assert data.labels.tolist() == [*EXPRESSIONS, "sad"]


def fer_csv(path, emotions, usage=True):
    header = "emotion,pixels" + (",Usage" if usage else "")
    end = ",Training" if usage else ""
    rows = [f"{e},{TEXTS[k % 7]}{end}" for k, e in enumerate(emotions)]
    path.write_text("\n".join([header, *rows, ""]))
    return path


@pytest.mark.parametrize("usage", [True, False])
@pytest.mark.parametrize("emotions", [range(8), range(1, 8), [0, 7], [0, 12]])
@pytest.mark.parametrize("load", [load_fer2013, load_dataset])
def test_table_with_more_classes_is_not_loaded_as_fer2013(usage, emotions, load, tmp_path):
    path = fer_csv(tmp_path / "ck.csv", emotions, usage)
    with pytest.raises(ValueError, match=r"ck\.csv: the emotion must be in 0\.\.6.*load_frame\("):
        load(path)


def test_fer2013_table_with_eight_classes_is_loaded_by_load_frame(tmp_path):
    path = fer_csv(tmp_path / "ck.csv", range(8))
    data = load_frame(path, classes=[*EXPRESSIONS, "contempt"], usage="Usage")
    assert data.labels.tolist() == [*EXPRESSIONS, "contempt"]


@pytest.mark.parametrize("load", [load_fer2013, load_dataset])
def test_table_without_usage_is_loaded_as_training(load, tmp_path):
    path = fer_csv(tmp_path / "train.csv", range(7), usage=False)
    data = load(path)
    assert data.usage.tolist() == ["Training"] * 7
    assert data.labels.tolist() == list(EXPRESSIONS)
    with pytest.raises(ValueError, match="at least one usable image of the requested"):
        load_fer2013(path, usage="PublicTest")


def test_table_of_named_emotions_keeps_its_splits(tmp_path):
    path = fer_csv(tmp_path / "x.csv", ["sad", "Happy", "happy"])
    data = load_dataset(path)
    assert data.target_names == ["Happy", "sad"]
    assert data.usage.tolist() == ["Training"] * 3
