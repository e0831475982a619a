"""Tests of the loader of tables of paths or pixels."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from fertools.datasets import load_frame, make_faces

FACES = make_faces(4, random_state=0)
TEXTS = [" ".join(map(str, image.ravel())) for image in FACES.images]


@pytest.fixture
def folder(write, encode, tmp_path):
    files = {f"images/{i}.png": encode(image, "png") for i, image in enumerate(FACES.images)}
    return write(tmp_path / "data", files)


def paths_table():
    return pd.DataFrame(
        {
            "path": [f"images/{i}.png" for i in range(4)],
            "label": FACES.labels,
            "person": [7, 7, 8, 8],
            "split": ["Training", "Test", "Training", "Test"],
        }
    )


def test_paths(folder):
    data = load_frame(paths_table(), root=folder, group="person", usage="split")
    assert_array_equal(data.images, FACES.images)
    assert data.labels.tolist() == FACES.labels.tolist()
    assert data.target_names == sorted(FACES.labels)
    assert data.groups.tolist() == [7, 7, 8, 8]
    assert data.usage.tolist() == ["Training", "Test"] * 2
    assert data.ids.tolist() == [f"images/{i}.png" for i in range(4)]
    assert len(data.report) == 0
    assert len(data.sha256) == 64


def test_paths_in_a_csv_are_relative_to_its_folder(folder, monkeypatch):
    paths_table().to_csv(folder / "table.csv", index=False)
    data = load_frame(folder / "table.csv")
    assert_array_equal(data.images, FACES.images)
    assert "groups" not in data and "usage" not in data
    monkeypatch.chdir(folder)
    assert load_frame(paths_table()).sha256 == data.sha256
    absolute = paths_table().assign(path=[folder / "images" / f"{i}.png" for i in range(4)])
    assert load_frame(absolute, root="/").sha256 == data.sha256


PIXELS = {
    "text": TEXTS,
    "lists": [image.ravel().tolist() for image in FACES.images],
    "flat arrays": [image.ravel() for image in FACES.images],
    "arrays": list(FACES.images),
    "rgb arrays": [np.dstack([image] * 3) for image in FACES.images],
    "floats": [image / 255 for image in FACES.images],
}


@pytest.mark.parametrize("form", PIXELS)
def test_pixels(form):
    data = load_frame(pd.DataFrame({"emotion": FACES.labels, "pixels": PIXELS[form]}))
    assert data.images.dtype == np.uint8
    assert_array_equal(data.images, FACES.images)
    assert data.labels.tolist() == FACES.labels.tolist()
    assert data.ids.tolist() == ["row 1", "row 2", "row 3", "row 4"]


def test_csv_of_pixels_with_numbered_labels(tmp_path):
    table = pd.DataFrame({" what": [2, 0, 1, 2], " faces": TEXTS})
    table.to_csv(tmp_path / "a.csv", index=False)
    classes = ["sad", "happy", "fear"]
    data = load_frame(tmp_path / "a.csv", image="faces", label="what", classes=classes)
    assert_array_equal(data.images, FACES.images)
    assert data.target_names == classes
    assert data.target.tolist() == [2, 0, 1, 2]
    assert data.labels.tolist() == ["fear", "sad", "happy", "fear"]
    with pytest.raises(ValueError, match="classes must be given if `label` is a column of numbers"):
        load_frame(tmp_path / "a.csv", image="faces", label="what")


def test_invalid_pixels_are_left_out():
    cells = [
        "1 2 x 4",
        "1 2 3",
        "1 2 3 256",
        "",
        None,
        *TEXTS,
        np.full((2, 2), np.nan),
        [[1], [1, 2]],
    ]
    labels = ["sad"] * 9 + ["sad", "happy"]
    with pytest.warns(UserWarning, match="data: left out 5 unreadable, 2 wrong_size"):
        data = load_frame(pd.DataFrame({"pixels": cells, "label": labels}))
    assert_array_equal(data.images, FACES.images)
    assert data.ids.tolist() == ["row 6", "row 7", "row 8", "row 9"]
    assert data.target_names == ["happy", "sad"]
    assert data.report[["file", "status"]].to_numpy().tolist() == [
        ["row 1", "unreadable"],
        ["row 2", "wrong_size"],
        ["row 3", "unreadable"],
        ["row 4", "wrong_size"],
        ["row 5", "unreadable"],
        ["row 10", "unreadable"],
        ["row 11", "unreadable"],
    ]
    assert data.report.reason[1] == "A row must contain a square number of pixels; got 3."


def test_invalid_paths_are_left_out(folder):
    table = pd.DataFrame(
        {
            "path": ["images/0.png", "images/9.png", "table.txt", None, "empty.png", "images"],
            "label": ["sad"] * 6,
        }
    )
    table.loc[6] = ["images/1.png", None]
    (folder / "empty.png").touch()
    with pytest.warns(UserWarning, match="left out 1 empty, 2 missing, 1 unknown_class"):
        data = load_frame(table, root=folder)
    assert data.ids.tolist() == ["images/0.png"]
    assert data.report.status.tolist() == [
        "missing",
        "foreign",
        "missing",
        "empty",
        "foreign",
        "unknown_class",
    ]
    assert data.report.file.tolist()[-1] == "images/1.png"
    assert data.report.reason.tolist()[-1] == "The label is missing, or a number without a class."


@pytest.mark.parametrize("label", [3, -1, np.nan, 0.5])
def test_numbers_without_a_class_are_left_out(label):
    table = pd.DataFrame({"pixels": TEXTS[:2], "label": [0, label]})
    with pytest.warns(UserWarning, match="left out 1 unknown_class"):
        data = load_frame(table, classes=["a", "b", "c"])
    assert data.labels.tolist() == ["a"]


def test_classes_are_selected_by_name():
    data = load_frame(
        pd.DataFrame({"pixels": TEXTS, "label": FACES.labels}), classes=["happy", "fear"]
    )
    assert data.target_names == ["happy", "fear"]
    assert data.labels.tolist() == ["fear", "happy"]
    assert len(data.report) == 0


def test_size_and_color(folder, encode):
    rgb = np.random.default_rng(0).integers(0, 256, (30, 20, 3), dtype=np.uint8)
    (folder / "images/0.png").write_bytes(encode(rgb, "png"))
    data = load_frame(paths_table(), root=folder, color=True)
    assert data.images.shape == (4,)
    assert_array_equal(data.images[0], rgb)
    assert load_frame(paths_table(), root=folder, color=True, size=9).images.shape == (4, 9, 9, 3)
    assert load_frame(paths_table(), root=folder, size=9).images.shape == (4, 9, 9)


def test_parquet_requires_pyarrow(tmp_path, monkeypatch):
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"pyarrow is needed .*pip install pyarrow"):
        load_frame(tmp_path / "a.parquet")


def test_parquet(tmp_path):
    pytest.importorskip("pyarrow")
    for name, column in {"texts": TEXTS, "lists": PIXELS["lists"]}.items():
        path = tmp_path / f"{name}.parquet"
        pd.DataFrame({"pixels": column, "label": FACES.labels}).to_parquet(path)
        assert_array_equal(load_frame(path).images, FACES.images)


@pytest.mark.parametrize(
    ("columns", "parameters", "message"),
    [
        ("ab", {}, r"image must be a column from \['a', 'b'\]; got None"),
        (["path", "b"], {}, r"label must be a column from \['path', 'b'\]; got None"),
        (["path", "label"], {"image": "x"}, "image must be a column .*; got 'x'"),
        (["path", "label"], {"usage": "x"}, "usage must be a column .*; got 'x'"),
        (["path", "label"], {"group": "x"}, "group must be a column .*; got 'x'"),
        (["path", "label"], {"size": 0}, "size"),
        (["path", "label"], {"classes": ["b"]}, r"classes must be .* from \['a'\]"),
    ],
)
def test_invalid_parameters_are_rejected(columns, parameters, message):
    table = pd.DataFrame([["a", "a"]], columns=list(columns))
    with pytest.raises(ValueError, match=message):
        load_frame(table, **parameters)


def test_invalid_files_are_rejected(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no file .*a\.csv"):
        load_frame(tmp_path / "a.csv")
    (tmp_path / "a.xls").touch()
    with pytest.raises(ValueError, match=r"or a .csv or .parquet file; got .*a\.xls"):
        load_frame(tmp_path / "a.xls")


@pytest.mark.parametrize("missing", [None, np.nan])
def test_missing_split_is_empty(missing):
    table = pd.DataFrame({"pixels": TEXTS, "label": FACES.labels})
    table["split"] = ["Training", missing, "Test", missing]
    assert load_frame(table, usage="split").usage.tolist() == ["Training", "", "Test", ""]


@pytest.mark.parametrize("persons", [["a", None, "b", None], [1, np.nan, 2, np.nan]])
def test_missing_person_is_rejected(persons):
    table = pd.DataFrame({"pixels": TEXTS, "label": FACES.labels, "person": persons})
    with pytest.raises(ValueError, match=r"got 'person', .* of 2 images, such as 'row 2'"):
        load_frame(table, group="person")
    # Only the persons of loaded images are needed.
    table.loc[[1, 3], "label"] = None
    with pytest.warns(UserWarning, match="left out 2 unknown_class"):
        assert len(load_frame(table, group="person").groups) == 2


def test_names_of_splits_are_understood():
    table = pd.DataFrame({"pixels": ["0 1 2 3"] * 3, "label": ["a", "b", "a"]})
    table["split"] = ["train", "TEST", "fold 1"]
    assert load_frame(table, usage="split").usage.tolist() == ["Training", "Test", "fold 1"]


def test_file_name_of_numbers_is_a_path(tmp_path):
    name = "2013 07 12 party.png"
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / name)
    table = pd.DataFrame({"path": [name], "label": ["a"]})
    assert load_frame(table, root=tmp_path).ids.tolist() == [name]
