"""Tests of the loader of FER+, with drawn faces."""

import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from fertools.datasets import LABEL_SETS, load_ferplus, make_faces, map_labels

CLASSES = LABEL_SETS["ferplus8"]
HEADER = (
    "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
)
# neutral, happy, surprise, sad, angry, disgust, fear, contempt, unknown, no face
VOTES = np.array(
    [
        [4, 0, 0, 1, 3, 2, 0, 0, 0, 0],
        [0, 10, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 10],
        [0, 0, 5, 0, 0, 0, 5, 0, 0, 0],
        [2, 0, 0, 2, 0, 0, 0, 0, 6, 0],
        [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
        [0, 0, 0, 0, 0, 0, 0, 4, 4, 2],
    ]
)
SOFT = {
    1: [4 / 9, 0, 0, 0, 3 / 9, 2 / 9, 0, 0],
    2: [0, 1, 0, 0, 0, 0, 0, 0],
    4: [0, 0, 1 / 2, 0, 0, 0, 1 / 2, 0],
    7: [0, 0, 0, 0, 0, 0, 0, 1],
}
USAGES = ["Training", "PublicTest", "Training", "PrivateTest", "Training", "Training", "PublicTest"]
FACES = make_faces(7, random_state=0).images
TEXTS = [" ".join(map(str, image.ravel())) for image in FACES]


def tables(votes=VOTES, usages=USAGES, texts=TEXTS):
    images = [f"0,{text},{usage}" for text, usage in zip(texts, USAGES, strict=True)]
    votes = [
        f"{usage},fer{row:07}.png," + ",".join(map(str, cast))
        for row, (usage, cast) in enumerate(zip(usages, votes, strict=False))
    ]
    return {
        "fer2013.csv": "\n".join(["emotion,pixels,Usage", *images, ""]).encode(),
        "fer2013new.csv": "\n".join([HEADER, *votes, ""]).encode(),
    }


@pytest.mark.parametrize("name", ["x", "x.zip", "x.tar.gz"])
@pytest.mark.parametrize("root", ["", "fer/"])
def test_ferplus(write, name, root, tmp_path):
    path = write(tmp_path / name, {root + file: data for file, data in tables().items()})
    data = load_ferplus(path)
    rows = [row - 1 for row in SOFT]
    assert data.ids.tolist() == [f"row {row}" for row in SOFT]
    assert_array_equal(data.images, FACES[rows])
    assert data.target_names == list(CLASSES)
    assert data.labels.tolist() == ["neutral", "happy", "surprise", "contempt"]
    assert data.target.tolist() == [0, 1, 2, 7]
    assert_array_equal(data.votes, VOTES[rows])
    assert data.votes.dtype.kind == "i"
    assert_allclose(data.soft, list(SOFT.values()))
    assert data.usage.tolist() == ["Training", "PublicTest", "PrivateTest", "PublicTest"]
    assert data.report.to_numpy().tolist() == [
        ["row 3", "no_class", "Most votes are for nf."],
        ["row 5", "no_class", "Most votes are for unknown."],
        ["row 6", "no_class", "No class has at least two votes."],
    ]


def test_other_name_of_the_image_table(write, tmp_path):
    files = tables()
    files["icml_face_data.csv"] = files.pop("fer2013.csv")
    assert len(load_ferplus(write(tmp_path, files)).images) == 4


def test_rows_correspond_despite_damaged_pixels(write, tmp_path):
    texts = ["1 2 3", *TEXTS[1:]]
    with pytest.warns(UserWarning, match="left out 1 wrong_size"):
        data = load_ferplus(write(tmp_path, tables(texts=texts)))
    assert_array_equal(data.images, FACES[[1, 3, 6]])
    assert_array_equal(data.votes, VOTES[[1, 3, 6]])


def test_labels_are_mapped_to_other_classes(write, tmp_path):
    data = map_labels(load_ferplus(write(tmp_path, tables())), "fer7")
    assert data.labels.tolist() == ["neutral", "happy", "surprise"]
    assert_allclose(data.soft[0], [3 / 9, 2 / 9, 0, 0, 0, 0, 4 / 9])
    assert_allclose(data.soft.sum(axis=1), 1)
    assert data.votes.shape == (3, 10)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"votes": VOTES[:6]},
            r"new.csv must have as many rows as fer2013.csv; .*new.csv ends after 6",
        ),
        (
            {"votes": np.vstack([VOTES, VOTES[:1]]), "usages": [*USAGES, "Training"]},
            r"must have as many rows as fer2013.csv; fer2013.csv ends after 7",
        ),
        (
            {"usages": ["Training", "Training", *USAGES[2:]]},
            r"Usage of row 2 is 'Training' in the former and 'PublicTest' in the latter",
        ),
        ({"votes": [["x"] * 10] * 7}, r"new.csv: row 1 must hold 10 whole numbers; got \['x', "),
        ({"votes": [[1, 2]] * 7}, r"new.csv: row 1 must hold 10 whole numbers"),
    ],
)
def test_inconsistent_tables_are_rejected(write, changes, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        load_ferplus(write(tmp_path, tables(**changes)))


@pytest.mark.parametrize("missing", ["fer2013.csv", "fer2013new.csv"])
def test_missing_table_is_rejected(write, missing, tmp_path):
    files = tables()
    del files[missing]
    with pytest.raises(FileNotFoundError, match=f"does not contain {re.escape(missing)}"):
        load_ferplus(write(tmp_path, files))


def test_table_without_votes_is_rejected(write, tmp_path):
    files = tables() | {"fer2013new.csv": b"Usage,neutral\n"}
    with pytest.raises(
        ValueError, match=r"fer2013new.csv: the first line must contain the columns"
    ):
        load_ferplus(write(tmp_path, files))
