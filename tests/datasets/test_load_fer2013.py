"""Tests of the loader of FER-2013, with drawn faces in all layouts."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from fer2013_files import FACES, FILES, ORDER, USAGE, below, csv_bytes, jpeg
from numpy.testing import assert_array_equal
from PIL import Image

from fertools.datasets import EXPRESSIONS, load_fer2013


def beside(path):
    """Return other files that occur in downloads and must be ignored."""
    return {
        "README": b"read me",
        "train/angry/Thumbs.db": b"\x00",
        f"__MACOSX/{path}/._x.jpg": b"\x00\x05\x16\x07",
        "example_submission.csv": b"emotion\n1\n",
        "fer2013.csv": b"not looked at where there are images",
    }


IMAGE_LAYOUTS = {
    "folder": lambda write, tmp: write(tmp / "x", FILES),
    "folder in a folder": lambda write, tmp: write(tmp, below("fer2013/", FILES)),
    "folder with strangers": lambda write, tmp: write(tmp, FILES | beside("train/sad")),
    "folder beside another data set": lambda write, tmp: write(
        tmp, below("fer/", FILES) | {"objects/train/car/1.jpg": b""}
    ),
    "zip": lambda write, tmp: write(tmp / "any.zip", FILES),
    "zip with one top folder": lambda write, tmp: write(tmp / "any.ZIP", below("top/", FILES)),
    "zip with strangers": lambda write, tmp: write(tmp / "x.zip", FILES | beside("train/sad")),
    "tar": lambda write, tmp: write(tmp / "any.tar", below("./", FILES)),
    "tar.gz": lambda write, tmp: write(tmp / "any.tar.gz", below("fer2013/", FILES)),
    "folder with the download": lambda write, tmp: write(tmp / "archive.zip", FILES).parent,
}


CSV_LAYOUTS = {
    "fer2013.csv": lambda write, tmp: write(tmp, {"fer2013.csv": csv_bytes()}) / "fer2013.csv",
    "another name": lambda write, tmp: write(tmp, {"a.csv": csv_bytes()}) / "a.csv",
    "byte order mark and CRLF": lambda write, tmp: (
        write(tmp, {"a.csv": b"\xef\xbb\xbf" + csv_bytes().replace(b"\n", b"\r\n")}) / "a.csv"
    ),
    "icml": lambda write, tmp: write(
        tmp, {"icml_face_data.csv": csv_bytes(("emotion", " Usage", " pixels"))}
    ),
    "folder in a folder": lambda write, tmp: write(
        tmp, {"fer/fer2013.csv": csv_bytes(), "sample.csv": b"a,b\n"}
    ),
    "zip of one": lambda write, tmp: write(tmp / "x.zip", {"fer2013.csv": csv_bytes()}),
    "zip of the challenge": lambda write, tmp: (
        write(
            tmp
            / "challenges-in-representation-learning-facial-expression-recognition-challenge.zip",
            {
                "example_submission.csv": b"emotion\n1\n",
                "fer2013.tar.gz": b"not looked at",
                "icml_face_data.csv": csv_bytes(("emotion", " Usage", " pixels")),
                "train.csv": b"emotion,pixels\n0,1 2\n",
            },
        ).parent
    ),
    "tar.gz": lambda write, tmp: write(
        tmp / "fer2013.tar.gz", {"fer2013/README": b"", "fer2013/fer2013.csv": csv_bytes()}
    ),
}


@pytest.mark.parametrize("layout", IMAGE_LAYOUTS)
def test_image_layouts(write, layout, tmp_path):
    fer = load_fer2013(IMAGE_LAYOUTS[layout](write, tmp_path))
    assert fer.images.shape == (35, 48, 48)
    assert fer.images.dtype == np.uint8
    assert fer.target_names == list(EXPRESSIONS)
    assert_array_equal(fer.usage, USAGE[ORDER])
    assert_array_equal(fer.target, FACES.target[ORDER])
    assert_array_equal(fer.labels, FACES.labels[ORDER])
    assert len(set(fer.ids)) == 35
    for identifier, image in zip(fer.ids, fer.images, strict=True):
        assert_array_equal(image, np.array(Image.open(io.BytesIO(FILES[identifier]))))
    assert fer.sha256 == load_fer2013(write(tmp_path / "again", FILES)).sha256


@pytest.mark.parametrize("layout", CSV_LAYOUTS)
def test_csv_layouts(write, layout, tmp_path):
    fer = load_fer2013(CSV_LAYOUTS[layout](write, tmp_path))
    rows = [int(identifier.removeprefix("row ")) - 1 for identifier in fer.ids]
    assert rows == ORDER.tolist()
    assert_array_equal(fer.images, FACES.images[rows])
    assert_array_equal(fer.usage, USAGE[rows])
    assert_array_equal(fer.labels, FACES.labels[rows])
    assert_array_equal(fer.target, FACES.target[rows])


def test_rows_of_a_csv_are_sorted_by_number(tmp_path):
    text = csv_bytes().decode().splitlines()
    (tmp_path / "a.csv").write_text("\n".join([text[0], *[text[1]] * 11]))
    assert load_fer2013(tmp_path / "a.csv").ids.tolist() == [f"row {i}" for i in range(1, 12)]


def test_file_name_without_split_belongs_to_the_split_of_its_folder(write, tmp_path):
    data = jpeg(FACES.images[0])
    files = {f"{folder}/sad/{name}": data for folder in ("train", "test") for name in ("1.jpg",)}
    files["test/happy/PrivateTest_7.JPEG"] = data
    fer = load_fer2013(write(tmp_path, files))
    assert dict(zip(fer.ids, fer.usage, strict=True)) == {
        "train/sad/1.jpg": "Training",
        "test/sad/1.jpg": "PublicTest",
        "test/happy/PrivateTest_7.JPEG": "PrivateTest",
    }


def test_hash_depends_on_pixels_labels_and_splits_but_not_on_names_and_layout(write, tmp_path):
    text = csv_bytes().decode().splitlines()

    def fingerprint(lines):
        (tmp_path / "a.csv").write_text("\n".join(lines))
        return load_fer2013(tmp_path / "a.csv").sha256

    whole = fingerprint(text)
    assert len(whole) == 64
    assert fingerprint([text[0], *reversed(text[1:])]) == whole
    emotion, pixels, usage = next(csv.reader([text[1]]))
    first, *others = pixels.split()
    darker = " ".join([str((int(first) + 1) % 256), *others])
    changed = [
        f"1,{pixels},{usage}",
        f"{emotion},{darker},{usage}",
        f"{emotion},{pixels},PublicTest",
    ]
    prints = [fingerprint([text[0], line, *text[2:]]) for line in changed]
    assert len({whole, *prints}) == 4
    lossless = {}
    for row, image in enumerate(FACES.images):
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, "png")
        folder = "train" if USAGE[row] == "Training" else "test"
        lossless[f"{folder}/{FACES.labels[row]}/{USAGE[row]}_{row}.png"] = buffer.getvalue()
    assert load_fer2013(write(tmp_path / "x.zip", lossless)).sha256 == whole


@pytest.fixture(scope="module")
def archive(write, tmp_path_factory):
    return write(tmp_path_factory.mktemp("data") / "fer2013.zip", FILES)


def test_usage_and_classes_are_selected(archive):
    five = ["angry", "happy", "sad", "surprise", "neutral"]
    fer = load_fer2013(archive, usage=["PrivateTest", "Training"], classes=five)
    assert fer.target_names == five
    assert len(fer.images) == 4 * 5
    assert fer.usage.tolist() == ["Training"] * 15 + ["PrivateTest"] * 5
    assert_array_equal(fer.labels, np.array(five)[fer.target])
    one = load_fer2013(archive, usage="PublicTest", classes=["sad", "disgust"])
    assert one.labels.tolist() == ["disgust", "sad"]
    assert one.target.tolist() == [1, 0]


def test_files_that_are_not_selected_are_not_read(write, tmp_path):
    files = FILES | {"train/sad/Training_0.jpg": b"no image"}
    assert len(load_fer2013(write(tmp_path / "x.zip", files), usage="PublicTest").images) == 7


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("usage", "Test"),
        ("usage", ["Training", "Test"]),
        ("usage", []),
        ("usage", ["Training", "Training"]),
        ("classes", ["happy", "contempt"]),
        ("classes", ["happy", "happy"]),
    ],
)
def test_invalid_selection_is_rejected(archive, parameter, value):
    with pytest.raises(ValueError, match=f"{parameter} must be different names from"):
        load_fer2013(archive, **{parameter: value})


def test_empty_selection_is_rejected(write, tmp_path):
    files = {name: data for name, data in FILES.items() if name.startswith("train")}
    with pytest.raises(ValueError, match="must contain at least one usable image of the requested"):
        load_fer2013(write(tmp_path, files), usage="PublicTest")


def test_path_is_taken_from_argument_environment_or_home_folder(write, tmp_path, monkeypatch):
    def data(name, rows):
        return write(tmp_path / name, dict(list(FILES.items())[:rows]))

    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    monkeypatch.setattr("os.path.expanduser", lambda p: p.replace("~", str(tmp_path / "home")))
    data("home/fertools_data", 3)
    monkeypatch.setenv("FERTOOLS_DATA", str(data("environment", 2)))
    assert len(load_fer2013(str(data("argument", 1))).images) == 1
    assert len(load_fer2013().images) == 2
    monkeypatch.delenv("FERTOOLS_DATA")
    assert len(load_fer2013().images) == 3


def test_error_for_missing_path_names_its_origin(tmp_path, monkeypatch):
    monkeypatch.setattr("os.path.expanduser", lambda p: p.replace("~", str(tmp_path)))
    monkeypatch.setenv("FERTOOLS_DATA", str(tmp_path / "b"))
    with pytest.raises(FileNotFoundError, match=r"^path .*no .*/a \(the argument\)"):
        load_fer2013(tmp_path / "a")
    with pytest.raises(FileNotFoundError, match=r"no .*/b \(from the .* variable FERTOOLS_DATA"):
        load_fer2013()
    monkeypatch.delenv("FERTOOLS_DATA")
    with pytest.raises(FileNotFoundError, match=r"fertools_data .*FERTOOLS_DATA is not set"):
        load_fer2013()


@pytest.mark.parametrize("files", [{}, {"notes.txt": b""}, {"a/b/train/sad/1.jpg": b""}])
def test_folder_or_archive_without_fer2013_is_rejected(write, files, tmp_path):
    (tmp_path / "folder").mkdir()
    for path in (write(tmp_path / "folder", files), write(tmp_path / "x.zip", files)):
        with pytest.raises(FileNotFoundError, match=r"path must contain train/<class>/"):
            load_fer2013(path)


def test_other_kinds_of_files_are_rejected(tmp_path):
    (tmp_path / "fer.parquet").write_bytes(b"PAR1")
    with pytest.raises(ValueError, match=r"path must be a folder, or a .zip.*fer.parquet"):
        load_fer2013(tmp_path / "fer.parquet")


def test_two_data_sets_in_one_folder_are_rejected(write, tmp_path):
    write(tmp_path, below("a/", FILES) | below("b/", FILES))
    with pytest.raises(ValueError, match=r"one data set; .* contains \['a', 'b'\]"):
        load_fer2013(tmp_path)


def test_complete_data_has_an_empty_report(archive):
    report = load_fer2013(archive).report
    assert report.shape == (0, 3)
    assert report.columns.tolist() == ["file", "status", "reason"]


def test_color_images_are_converted_to_gray(write, tmp_path):
    color = np.zeros((48, 48, 3), dtype=np.uint8)
    color[..., 1] = 100
    buffer = io.BytesIO()
    Image.fromarray(color).save(buffer, "png")
    fer = load_fer2013(write(tmp_path, {"train/sad/1.png": buffer.getvalue()}))
    assert_array_equal(fer.images, np.full((1, 48, 48), 59))


def test_no_files_are_written(archive, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    load_fer2013(archive)
    assert list(tmp_path.iterdir()) == []
    assert [path.name for path in archive.parent.iterdir()] == ["fer2013.zip"]
