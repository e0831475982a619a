"""`fertools extract`, and `fertools train` on its stores."""

import numpy as np
import pytest

from fertools.annotation import save_image
from fertools.batch import read_index
from fertools.datasets import make_faces
from fertools.persistence import load

pytest.importorskip("zarr")


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    faces = make_faces(21, random_state=0)
    for number, (image, label) in enumerate(zip(faces.images, faces.labels, strict=True)):
        (folder / label).mkdir(exist_ok=True)
        save_image(image, folder / label / f"{number:02d}.png")
    return folder


def test_store_is_written_continued_and_trained_on(images, run, tmp_path):
    store = tmp_path / "faces.zarr"
    command = ("extract", images, store, "--whole", "--labels", "folder", "--chunk-size", 8)
    code, out, err = run(*command)
    assert code == 0 and "21 images in" in out and "21 in this run" in out
    assert "21.0/21.0" in err and list(read_index(store)["status"]) == ["ok"] * 21
    code, out, err = run(*command, "--quiet")
    assert code == 0 and "0 in this run." in out and not err
    model = tmp_path / "m.fer"
    code, out, _ = run(
        *("train", store, "--classifier", "sgd", "--epochs", 2, "--n-features", 50, "--out", model)
    )
    assert code == 0 and f"Wrote {model}" in out
    assert load(model)["select"].n_features_to_select == 50
    code, _, err = run("predict", images / "happy", "--model", model, "--whole")
    assert code == 0


def test_broken_image_is_counted_and_gives_exit_code_1(run, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "broken.png").write_bytes(b"\x89PNG")
    save_image(np.zeros((60, 60), np.uint8), tmp_path / "in" / "black.png")
    code, out, err = run("extract", tmp_path / "in", tmp_path / "s", "--quiet")
    assert code == 1 and "unreadable" in out and "no_face" in out
    [line] = err.splitlines()
    assert "broken.png: " in line and "an image that can be decoded" in line


def test_some_broken_images_are_named(run, tmp_path):
    (tmp_path / "in").mkdir()
    for number in range(7):
        (tmp_path / "in" / f"{number}.png").write_bytes(b"\x89PNG")
    command = ("extract", tmp_path / "in", tmp_path / "s", "--quiet", "--chunk-size", 2)
    code, _, err = run(*command, "--max-faces", 2)
    lines = err.splitlines()
    assert code == 1 and len(lines) == 6 and "4.png" in lines[4]
    assert lines[5] == "2 more images cannot be used; see read_index."


def test_threads_and_processes_can_be_chosen(images, run, tmp_path):
    for backend in ("threads", "processes"):
        code, _, _ = run(
            *("extract", images, tmp_path / backend, "--whole", "--quiet"),
            *("--backend", backend, "--jobs", 2),
        )
        assert code == 0
    a, b = (read_index(tmp_path / backend) for backend in ("threads", "processes"))
    assert a.equals(b)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none", "s"], "there is no file or folder none"),
        (["{images}", "s", "--scheduler", "tcp://x:1"], "--scheduler requires --backend dask"),
        (["{images}", "{images}"], "store must be a new folder"),
        (["{images}", "s", "--model", "best"], "best: no such file"),
    ],
)
def test_wrong_arguments_have_exit_code_2(images, run, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    code, _, err = run("extract", *(a.format(images=images) for a in arguments))
    assert code == 2 and message in err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--classifier", "svm"], "--classifier must be sgd on a store"),
        (["--n-features", "0.5"], "--n-features must be a whole number"),
        (["--test-size", "0.5"], "--test-size does not apply to a store"),
    ],
)
def test_other_training_options_are_refused_on_a_store(images, run, tmp_path, options, message):
    run("extract", images, tmp_path / "s", "--whole", "--labels", "folder", "--quiet")
    code, _, err = run("train", tmp_path / "s", *options, "--out", tmp_path / "m.fer")
    assert code == 2 and message in err


def test_interruption_tells_how_to_continue(images, run, tmp_path, monkeypatch):
    import fertools.batch

    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(fertools.batch, "extract", interrupted)
    code, _, err = run("extract", images, tmp_path / "s")
    assert code == 130 and "The same command continues" in err
