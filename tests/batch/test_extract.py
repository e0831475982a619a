import json
import os
import subprocess
import sys
import tarfile
import zipfile

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from skimage.data import astronaut
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from fertools.annotation import save_image
from fertools.batch import extract, read_index
from fertools.datasets import make_faces
from fertools.features import DiscreteCosine
from fertools.persistence import save
from fertools.pipeline import make_fer_pipeline
from fertools.recognizer import ExpressionRecognizer

zarr = pytest.importorskip("zarr")


@pytest.fixture(scope="module")
def recognizer():
    return ExpressionRecognizer("fast", detector=None)


@pytest.fixture(scope="module")
def faces():
    return make_faces(21, random_state=0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, faces):
    folder = tmp_path_factory.mktemp("images")
    for number, (image, label) in enumerate(zip(faces.images, faces.labels, strict=True)):
        (folder / label).mkdir(exist_ok=True)
        save_image(image, folder / label / f"{number:02d}.png")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff no image")
    (folder / "notes.txt").write_text("no image")
    return folder


def files_of(store):
    return {
        path.relative_to(store): path.read_bytes()
        for path in sorted(store.rglob("*"))
        if path.is_file()
    }


def test_arrays_and_index_have_one_row_per_image(folder, faces, recognizer, tmp_path):
    store = tmp_path / "faces.zarr"
    summary = extract(folder, store, recognizer=recognizer, labels="folder", chunk_size=8)
    assert summary.n_inputs == 22 and summary.n_resumed == 0
    assert summary.statuses == {"ok": 21, "unreadable": 1}
    group, index = zarr.open_group(store, mode="r"), read_index(store)
    assert group["crops"].shape == (22, 48, 48) and group["features"].shape == (22, 400)
    assert list(index.index) == list(range(22))
    found = index[index["status"] == "ok"]
    results = [recognizer.recognize(path)[0] for path in found["source"]]
    expected = np.array([list(face.probabilities.values()) for face in results])
    probabilities = group["probabilities"][:]
    order = [int(os.path.basename(source)[:2]) for source in found["source"]]
    np.testing.assert_array_equal(group["crops"][:][found.index], faces.images[order])
    np.testing.assert_allclose(probabilities[found.index], expected, atol=1e-5)
    assert not probabilities[index.index[index["status"] != "ok"]].any()
    assert list(found["label"]) == [faces.labels[n] for n in order]
    classes = np.array(group.attrs["classes"])
    assert list(found["expression"]) == classes[expected.argmax(axis=1)].tolist()
    assert list(found["expression"]) == [face.expression for face in results]
    skipped = read_index(store, skipped=True)
    assert skipped.to_dict("list")["source"] == ["notes.txt"]


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_parallel_jobs_write_the_same_bytes(folder, recognizer, tmp_path, backend):
    options = {"recognizer": recognizer, "chunk_size": 8}
    extract(folder, tmp_path / "a", **options)
    with parallel_config(backend=backend, n_jobs=2):
        extract(folder, tmp_path / "b", **options)
    assert files_of(tmp_path / "a") == files_of(tmp_path / "b")


def test_dask_cluster_writes_the_same_bytes(folder, tmp_path):
    distributed = pytest.importorskip("distributed")
    extract(folder, tmp_path / "a", chunk_size=8)
    cluster = distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
    )
    with cluster, distributed.Client(cluster), parallel_config(backend="dask"):
        extract(folder, tmp_path / "b", chunk_size=8)
    assert files_of(tmp_path / "a") == files_of(tmp_path / "b")


def test_several_faces_per_image_have_a_row_each(tmp_path):
    photo = np.hstack([astronaut(), astronaut()])
    save_image(photo, tmp_path / "two.png")
    save_image(np.zeros((64, 64), np.uint8), tmp_path / "none.png")
    source = [tmp_path / "two.png", tmp_path / "none.png"]
    extract(source, tmp_path / "s", max_faces=3)
    index = read_index(tmp_path / "s")
    assert list(index["status"]) == ["ok", "ok", "no_face"]
    assert list(index["face"]) == [0, 1, -1] and list(index["n_faces"]) == [2, 2, 0]
    assert list(index.index) == [0, 1, 3]
    extract(source, tmp_path / "largest")
    largest = read_index(tmp_path / "largest")
    assert list(largest["n_faces"]) == [2, 0]


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
def test_archives_give_the_rows_of_the_folder(folder, recognizer, tmp_path, kind):
    path = tmp_path / f"faces.{kind}"
    names = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.write(folder / name, name)
    else:
        with tarfile.open(path, "w:gz" if kind == "tar.gz" else "w") as archive:
            for name in names:
                archive.add(folder / name, name)
    options = {"recognizer": recognizer, "labels": "folder", "chunk_size": 8}
    extract(folder, tmp_path / "a", **options)
    extract(path, tmp_path / "b", **options)
    a, b = (zarr.open_group(tmp_path / store, mode="r")["features"][:] for store in ("a", "b"))
    np.testing.assert_array_equal(a, b)
    index = read_index(tmp_path / "b")
    assert index["source"].iloc[0] == str(path / names[0])
    assert list(index["label"]) == list(read_index(tmp_path / "a")["label"])


def test_patterns_and_lists_of_shards_are_read_in_order(folder, recognizer, tmp_path, faces):
    for shard in range(2):
        with tarfile.open(tmp_path / f"shard-{shard}.tar", "w") as archive:
            for path in sorted(folder.glob("*/*.png"))[shard::2]:
                archive.add(path, path.name)
    extract(str(tmp_path / "shard-*.tar"), tmp_path / "a", recognizer=recognizer)
    shards = [tmp_path / "shard-0.tar", tmp_path / "shard-1.tar"]
    extract(shards, tmp_path / "b", recognizer=recognizer)
    sources = list(read_index(tmp_path / "a")["source"])
    assert len(sources) == 21 and sources == list(read_index(tmp_path / "b")["source"])
    assert sorted(os.path.basename(s) for s in sources) == [f"{n:02d}.png" for n in range(21)]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_tables_have_paths_relative_to_their_folder_and_labels(folder, recognizer, suffix):
    paths = [str(p.relative_to(folder.parent)) for p in sorted(folder.glob("*/*.png"))[:3]]
    table = pd.DataFrame({"path": [*paths, "missing.png", None], "label": [*"abc", "d", None]})
    path = folder.parent / f"list.{suffix}"
    table.to_csv(path, index=False) if suffix == "csv" else table.to_parquet(path)
    store = folder.parent / f"from_{suffix}"
    extract(path, store, recognizer=recognizer)
    index = read_index(store)
    assert list(index["status"]) == ["ok"] * 3 + ["missing"] * 2
    assert list(index["label"][:4]) == list("abcd") and pd.isna(index["label"].iloc[4])


def test_video_has_one_row_per_frame(tmp_path):
    av = pytest.importorskip("av")
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=25)
        stream.width = stream.height = 256
        for number in range(7):
            pixels = astronaut()[:256, 50:306].copy() if number != 3 else np.zeros((256, 256, 3))
            frame = av.VideoFrame.from_ndarray(pixels.astype(np.uint8), format="rgb24")
            for packet in stream.encode(frame):
                film.mux(packet)
        for packet in stream.encode(None):
            film.mux(packet)
    save_image(astronaut(), tmp_path / "photo.png")
    extract([path, tmp_path / "photo.png"], tmp_path / "s", chunk_size=3)
    index = read_index(tmp_path / "s")
    assert list(index["frame"]) == [-1, *range(7)]
    assert list(index["status"]) == ["ok"] * 4 + ["no_face"] + ["ok"] * 3
    broken = path.read_bytes()
    path.write_bytes(broken[: len(broken) // 2])
    (tmp_path / "text.mp4").write_text("no video")
    extract([path, tmp_path / "text.mp4"], tmp_path / "t", chunk_size=3)
    assert read_index(tmp_path / "t")["status"].iloc[-1] == "unreadable"


def test_array_can_be_opened_by_dask(folder, recognizer, tmp_path):
    array = pytest.importorskip("dask.array")
    extract(folder, tmp_path / "s", recognizer=recognizer, chunk_size=8)
    features = array.from_zarr(str(tmp_path / "s"), component="features")
    assert features.shape == (22, 400) and features.chunks[0] == (8, 8, 6)
    mean = features.mean(axis=0).compute(scheduler="synchronous")
    expected = zarr.open_group(tmp_path / "s", mode="r")["features"][:].mean(axis=0)
    np.testing.assert_allclose(mean, expected, atol=1e-6)


def test_complete_store_is_not_computed_again(folder, recognizer, tmp_path):
    extract(folder, tmp_path / "s", recognizer=recognizer, chunk_size=8)
    before = files_of(tmp_path / "s")
    summary = extract(folder, tmp_path / "s", recognizer=recognizer, chunk_size=8)
    assert summary.n_resumed == 22 and files_of(tmp_path / "s") == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"chunk_size": 4}, "chunk_size must be the one"),
        ({"labels": "folder"}, "labels must be the one"),
        ({"max_faces": 2}, "max_faces must be the one"),
        ({"recognizer": "fast"}, "recognizer must be the one.*another model"),
    ],
)
def test_other_parameters_of_a_store_are_refused(folder, recognizer, tmp_path, change, message):
    options = {"recognizer": recognizer, "chunk_size": 8}
    extract(folder, tmp_path / "s", **options)
    with pytest.raises(ValueError, match=message):
        extract(folder, tmp_path / "s", **options | change)


def test_recognizer_of_another_process_is_the_same(folder, tmp_path):
    code = (
        "import sys; from fertools.batch import extract\n"
        "from fertools.recognizer import ExpressionRecognizer\n"
        "r = ExpressionRecognizer('fast', detector=None)\n"
        "print(extract(sys.argv[1], sys.argv[2], recognizer=r).n_resumed)"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-c", code, folder, tmp_path / "s"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    ]
    assert outputs == ["0\n", "22\n"]


def test_replaced_model_file_is_loaded_again(folder, faces, tmp_path):
    pipeline = make_fer_pipeline("dct", n_features=20, classifier=KNeighborsClassifier(1))
    for name in ("happy", "sad"):
        kept = np.isin(faces.labels, [name, "neutral"])
        save(pipeline.fit(faces.images[kept], faces.labels[kept]), tmp_path / "model.fer")
        extract(folder, tmp_path / name, recognizer=tmp_path / "model.fer", whole=True)
        expressions = read_index(tmp_path / name, columns=["expression"])["expression"].dropna()
        assert set(expressions) == {name, "neutral"}


def test_folder_with_other_files_is_refused(folder, tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(FileExistsError, match="store must be a new folder"):
        extract(folder, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_store_of_a_newer_version_is_refused(folder, recognizer, tmp_path):
    extract(folder, tmp_path / "s", recognizer=recognizer)
    path = tmp_path / "s" / "batch.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 2}))
    for call in (lambda: extract(folder, tmp_path / "s"), lambda: read_index(tmp_path / "s")):
        with pytest.raises(ValueError, match=r"format 2.*Update fertools"):
            call()


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        ("none", FileNotFoundError, "there is no file or folder none"),
        ("none/*.jpg", FileNotFoundError, "no file matches the pattern"),
        (3, ValueError, "source"),
        ([3], TypeError, "source must be a path"),
        ([], ValueError, "source must contain images"),
    ],
)
def test_source_without_images_is_an_error(tmp_path, source, error, message):
    with pytest.raises(error, match=message):
        extract(source, tmp_path / "s")


def test_file_of_another_kind_is_an_error(tmp_path):
    (tmp_path / "a.txt").write_text("text")
    with pytest.raises(ValueError, match="source must be a folder, an image, a table"):
        extract(tmp_path / "a.txt", tmp_path / "s")


def test_missing_store_and_unknown_columns_are_errors(folder, recognizer, tmp_path):
    with pytest.raises(FileNotFoundError, match="store must be written"):
        read_index(tmp_path / "none")
    extract(folder, tmp_path / "s", recognizer=recognizer)
    with pytest.raises(ValueError, match="columns must be among"):
        read_index(tmp_path / "s", columns=["age"])


def test_labels_are_the_folders_of_the_images(folder, recognizer, tmp_path):
    sources = [folder / "happy", folder / "sad"]
    extract(sources, tmp_path / "one", recognizer=recognizer, labels="folder")
    assert set(read_index(tmp_path / "one")["label"]) == {"happy", "sad"}
    names = [path.relative_to(folder).as_posix() for path in sorted((folder / "sad").iterdir())]
    table = folder / "list.csv"
    pd.DataFrame({"path": names}).to_csv(table)
    extract(table, tmp_path / "two", recognizer=recognizer, labels="folder")
    table.unlink()
    assert set(read_index(tmp_path / "two")["label"]) == {"sad"}


def test_relative_source_is_that_of_the_first_run(faces, recognizer, tmp_path, monkeypatch):
    for name, few in (("one", faces.images[:3]), ("two", faces.images[3:6])):
        (tmp_path / name / "photos").mkdir(parents=True)
        for number, image in enumerate(few):
            save_image(image, tmp_path / name / "photos" / f"{number}.png")
    monkeypatch.chdir(tmp_path / "one")
    extract("photos", tmp_path / "faces.zarr", recognizer=recognizer)
    monkeypatch.chdir(tmp_path / "two")
    with pytest.raises(ValueError, match="source must be the one"):
        extract("photos", tmp_path / "faces.zarr", recognizer=recognizer)


class Contrast(DiscreteCosine):
    """Features relative to the contrast, which an image of one color does not have."""

    def _describe(self, images):
        with np.errstate(invalid="ignore"):
            return super()._describe(images) / images.std(axis=(1, 2))[:, None]


def test_face_that_cannot_be_described_is_a_row(faces, tmp_path):
    model = make_pipeline(Contrast(20), LinearDiscriminantAnalysis())
    model.fit(faces.images, faces.labels)
    own = ExpressionRecognizer(model, detector=None)
    for number, image in enumerate([*faces.images[:2], np.zeros((48, 48), np.uint8)]):
        save_image(image, tmp_path / "photos" / f"{number}.png")
    extract(tmp_path / "photos", tmp_path / "faces.zarr", recognizer=own)
    index = read_index(tmp_path / "faces.zarr")
    assert index["status"].tolist() == ["ok", "ok", "invalid"]
    assert "NaN" in index["reason"].iloc[2]
    stored = zarr.open_group(tmp_path / "faces.zarr", mode="r")["probabilities"][:]
    np.testing.assert_allclose(stored[:2], model.predict_proba(faces.images[:2]), atol=1e-5)


def test_model_with_mirror_images_in_training(faces, folder, tmp_path):
    pipeline = make_fer_pipeline(
        "dct", n_features=20, mirror=True, classifier="knn", calibrated=True, random_state=0
    ).fit(faces.images, faces.labels)
    own = ExpressionRecognizer(pipeline, detector=None)
    assert extract(folder / "sad", tmp_path / "faces.zarr", recognizer=own).statuses == {"ok": 3}
