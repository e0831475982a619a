"""Tests of the choice of the loader by the files at a path."""

import pandas as pd
import pytest

from fertools.datasets import load_dataset, make_faces

FACE = make_faces(1, random_state=0).images[0]
PIXELS = " ".join(map(str, FACE.ravel()))
FER_CSV = f"emotion,pixels,Usage\n0,{PIXELS},Training\n".encode()


def trees(encode):
    png, tiff = encode(FACE, "png"), encode(FACE, "tiff")
    return {
        "FER-2013": [
            {"train/sad/Training_1.png": png, "test/sad/PrivateTest_1.png": png},
            {"fer2013/train/sad/Training_1.png": png, "README": b""},
            {"fer2013.csv": FER_CSV},
            {"a/icml_face_data.csv": FER_CSV.replace(b",pixels", b", pixels")},
        ],
        "CK+": [
            {"CK+48/anger/S010_004_00000017.png": png, "CK+48/anger/notes.txt": b""},
            {
                "cohn-kanade-images/S010/004/S010_004_00000017.png": png,
                "Emotion/S010/004/S010_004_00000017_emotion.txt": b"   1.0000000e+00\n",
            },
        ],
        "JAFFE": [{"KA.AN1.39.tiff": tiff}, {"jaffedbase/KA.AN1.39.tiff": tiff, "README": b""}],
        "1 images": [{"train/sad/1.png": png}, {"a/sad/Training_1.png": png}],
        "3 images": [
            {"sad/S010_004_00000017.png": png, "sad/1.png": png, "happy/2.png": png},
        ],
    }


@pytest.mark.parametrize("name", ["x", "x.zip", "x.tar.gz"])
@pytest.mark.parametrize("kind", ["FER-2013", "CK+", "JAFFE", "1 images", "3 images"])
def test_folders_and_archives(write, encode, kind, name, tmp_path):
    for number, files in enumerate(trees(encode)[kind]):
        data = load_dataset(str(write(tmp_path / f"{number}{name}", files)))
        assert data.DESCR.startswith(kind)
        assert len(data.report) in (0, 1)


def test_folder_with_a_download_of_fer2013(write, encode, tmp_path):
    write(tmp_path / "archive.zip", {"train/sad/Training_1.png": encode(FACE, "png")})
    assert load_dataset(tmp_path).DESCR.startswith("FER-2013")


def test_tables(tmp_path):
    (tmp_path / "any.csv").write_bytes(FER_CSV)
    assert load_dataset(tmp_path / "any.csv").DESCR.startswith("FER-2013")
    table = pd.DataFrame({"pixels": [PIXELS], "label": ["sad"]})
    table.to_csv(tmp_path / "other.csv")
    assert load_dataset(tmp_path / "other.csv").labels.tolist() == ["sad"]
    table.assign(Usage="Test").to_csv(tmp_path / "splits.csv")
    assert load_dataset(tmp_path / "splits.csv").usage.tolist() == ["Test"]
    (tmp_path / "x.parquet").write_bytes(b"")
    with pytest.raises((ImportError, ValueError, OSError)):
        load_dataset(tmp_path / "x.parquet")


def test_invalid_paths_and_files_are_rejected(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no "):
        load_dataset(tmp_path / "nothing")
    with pytest.raises(FileNotFoundError):
        load_dataset(tmp_path / "nothing.csv")
    with pytest.raises(ValueError, match="must contain at least one usable image"):
        load_dataset(tmp_path)


def test_splits_of_a_parquet_file(tmp_path):
    pytest.importorskip("pyarrow")
    table = pd.DataFrame({"pixels": [PIXELS], "label": ["sad"], "Usage": ["Test"]})
    table.to_parquet(tmp_path / "x.parquet")
    assert load_dataset(tmp_path / "x.parquet").usage.tolist() == ["Test"]
