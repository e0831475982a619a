"""Wrong options, inputs and outputs of every command: one clear line, and no lost results."""

import base64
import builtins
import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from skimage.data import astronaut

from fertools._utils import files
from fertools.cli import main
from fertools.cli._inputs import find_photos
from fertools.datasets import EXPRESSIONS, make_faces
from fertools.persistence import load, read_metadata

QUICK = ["--classifier", "knn", "--features", "dct", "--n-features", "50", "-q"]


def run(capsys, *args):
    """Run the command; return its exit code, standard output and standard error."""
    with pytest.raises(SystemExit) as exit_:
        main(list(map(str, args)))
    return (exit_.value.code or 0, *capsys.readouterr())


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    """Return a folder of drawn faces, a folder for each class."""
    folder, drawn = tmp_path_factory.mktemp("data") / "faces", make_faces(70, random_state=4)
    for row, (image, label) in enumerate(zip(drawn.images, drawn.labels, strict=True)):
        (folder / label).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / label / f"{row}.png")
    return folder


@pytest.fixture
def photos(tmp_path):
    """Return a folder with photos of a face on two levels, and other files."""
    folder = tmp_path / "photos"
    for name in ("b.jpg", "a.png", "sub/c.jpeg", ".hidden/d.jpg", ".e.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(astronaut()).resize((256, 256)).save(folder / name)
    (folder / "notes.txt").write_text("text")
    return folder


@pytest.fixture
def full_disk(monkeypatch):
    """Make writing of any output file fail as on a full disk; return the size that still fits."""

    def write_bytes(path, content):
        with builtins.open(path, "wb") as file:
            file.write(content[:100])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", write_bytes)


@pytest.fixture
def locked(monkeypatch):
    """Make creating any output file fail, as in a folder without permission."""

    def create(target):
        raise PermissionError(errno.EACCES, "Permission denied", str(target))

    monkeypatch.setattr(files, "_create_beside", create)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("train x.zip --out m.fer --n-features inf", "--n-features"),
        ("train x.zip --out m.fer --n-features 1.5", "whole number from 1, or a share"),
        ("train x.zip --out m.fer --n-features -3", "--n-features"),
        ("train x.zip --out m.fer --n-features 0", "--n-features"),
        ("train x.zip --out m.fer --size 100000", "--size"),
        ("benchmark x.zip --out o --methods svm --size 100000", "--size"),
        ("train x.zip --out m.fer --jobs 100000", "must be in 1..256, or -1"),
        ("predict x.jpg --jobs 100000", "must be in 1..256, or -1"),
        ("audit x.zip --jobs 0", "must be in 1..256, or -1"),
        ("benchmark x.zip --out o --methods svm --jobs -2", "must be in 1..256, or -1"),
        ("train x.zip --out m.fer --limit -5", "--limit"),
        ("train x.zip --out m.fer --seed -1", "--seed"),
        ("train x.zip --out m.fer --seed 4294967296", "--seed"),
        ("benchmark x.zip --out o --methods svm --seed -1", "--seed"),
        ("train x.zip --out m.fer --test-size 1", "must be between 0 and 1; got 1"),
        ("train x.zip --out m.fer --test-size nan", "must be between 0 and 1; got nan"),
        ("train x.zip --out m.fer --network ann --learning-rate nan", "must be a positive number"),
        ("train x.zip --out m.fer --network ann --epochs 0", "--epochs"),
        ("train x.zip --out m.fer --network ann --batch-size -1", "--batch-size"),
        ("train x.zip --out m.fer --network ann --patience -1", "--patience"),
        ("predict x.jpg --min-probability nan", "--min-probability"),
        ("evaluate ~nouser/x", "~nouser/x: there is no such file or folder"),
        ("train ~nouser/x --out m.fer", "~nouser/x: there is no such file or folder"),
        ("train x.zip --out ~nouser/m.fer", "--out: there is no folder ~nouser"),
        ("info ~nouser/x", "~nouser/x: there is no such file"),
        ("evaluate x\0y", "must not contain null characters"),
        ("info x", "no such file, and no model of this name"),
        ("benchmark x.zip --out o --methods nul", "--methods must be of"),
        ("benchmark x.zip --out o --methods latin.yaml", "latin.yaml: not a YAML file"),
        ("benchmark x.zip --out o --methods deep.yaml", "deep.yaml: not a YAML file"),
        ("benchmark x.zip --out o --methods large.yaml", "large.yaml: must be at most"),
        ("benchmark x.zip --out o --methods folder.yaml", "folder.yaml: there is no such file"),
        ("benchmark x.zip --out o --methods con.yaml", "device names of Windows"),
        ("benchmark x.zip --out o --methods inf.yaml", "n_features"),
    ],
)
def test_wrong_options_are_one_line_before_anything_is_read(
    arguments, words, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "latin.yaml").write_bytes(b"caf\xe9: {method: knn}")
    (tmp_path / "deep.yaml").write_text("[" * 100_000)
    (tmp_path / "large.yaml").write_text("#" * 1_000_001)
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "con.yaml").write_text("con: {method: knn}")
    (tmp_path / "inf.yaml").write_text("a: {method: knn, n_features: .inf}")
    before = sorted(tmp_path.iterdir())
    code, out, err = run(capsys, *arguments.split(" "))
    assert code == 2 and out == ""
    assert words in err and "x.zip" not in err and "Traceback" not in err
    assert len(err.splitlines()) == 1 or err.startswith("Usage: ")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "command", ["evaluate {}", "audit {}", "train {} --out m.fer", "info {}", "predict {} -q"]
)
def test_base64_in_place_of_a_path_is_no_such_file(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = base64.b64encode(np.random.default_rng(0).bytes(30_000)).decode()
    code, out, err = run(capsys, *command.format(text).split())
    assert code == (1 if "predict" in command else 2)
    assert "no such file" in err or "missing" in out or "too long" in err
    assert err.count("\n") == 1 and all(len(line) < 800 for line in [err, *out.splitlines()])


def test_home_folder_is_expanded(faces, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(faces.parent))
    code, out, _ = run(capsys, "audit", "~/faces", "--no-detect", "-q", "--html=~/a.html")
    assert code == 0 and (faces.parent / "a.html").exists()
    assert f"Wrote {faces.parent}" in out


def test_predict_searches_folders(photos, capsys):
    code, out, err = run(capsys, "predict", photos, photos / "b.jpg", "-q", "--format", "csv")
    assert code == 0 and err == ""
    lines = [line.split(",")[0] for line in out.splitlines()[1:]]
    names = ["a.png", "b.jpg", "sub/c.jpeg", "b.jpg"]
    assert list(dict.fromkeys(lines)) == [str(photos / name) for name in names[:3]]


def test_folders_without_photos_are_reported(photos, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    code, out, err = run(capsys, "predict", tmp_path / "empty", photos / "a.png", "-q")
    assert code == 1 and "a.png" in out
    assert err == f"{tmp_path / 'empty'}: the folder holds no images.\n"


def test_folders_that_cannot_be_read_are_one_error(photos, monkeypatch):
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("sub"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found, problems = find_photos([photos])
    assert [Path(photo).name for photo in found] == ["a.png", "b.jpg"]
    assert problems == [f"{photos / 'sub'}: the folder cannot be read (Permission denied)."]
    found, problems = find_photos([photos / "sub"])
    assert found == [] and len(problems) == 1 and "cannot be read" in problems[0]


def test_picture_that_cannot_be_written_loses_no_result(photos, tmp_path, monkeypatch, capsys):
    (tmp_path / "a" / "001_b.png").mkdir(parents=True)
    code, out, err = run(capsys, "predict", photos, "-q", "--annotate", tmp_path / "a")
    assert code == 1 and out.count(" ok ") >= 3
    assert len(err.splitlines()) == 1 and "b.jpg: the annotated picture is missing" in err
    assert len(list((tmp_path / "a").iterdir())) == 3


def test_full_disk_loses_no_result(photos, tmp_path, full_disk, capsys):
    code, out, err = run(capsys, "predict", photos / "a.png", "-q", "--annotate", tmp_path / "a")
    assert code == 1 and " ok " in out
    assert "No space left on device" in err and "000_a.png" in err
    assert list((tmp_path / "a").iterdir()) == []


def test_full_disk_keeps_the_old_page_of_an_audit(faces, tmp_path, full_disk, capsys):
    page = tmp_path / "audit.html"
    page.write_text("old")
    code, _, err = run(capsys, "audit", faces, "--no-detect", "-q", "--html", page)
    assert code == 2 and "audit.html" in err and "No space left" in err
    assert page.read_text() == "old" and list(tmp_path.iterdir()) == [page]


def test_full_disk_keeps_the_old_report(faces, tmp_path, capsys, request):
    options = ["--methods", "majority", "--out", tmp_path / "out", "-q"]
    assert run(capsys, "benchmark", faces, *options)[0] == 0
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    request.getfixturevalue("full_disk")
    code, _, err = run(capsys, "benchmark", faces, *options)
    assert code == 2 and "No space left" in err and "comparison.md" in err
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == before


@pytest.mark.parametrize(
    "command",
    [
        "train x.zip --out {}/m.fer",
        "audit x.zip --html {}/a.html",
        "benchmark x.zip --methods majority --out {}/o",
        "predict x.jpg --annotate {}/a",
        "demo --out {}/d",
        "train x.zip --network five_conv --out {}/m.fer --checkpoint {}/state",
    ],
)
def test_output_that_cannot_be_written_is_reported_first(command, locked, tmp_path, capsys):
    code, out, err = run(capsys, *command.replace("{}", str(tmp_path)).split())
    # The data is not there: nothing of it was read.
    assert code == 2 and out == ""
    assert "Permission denied" in err and str(tmp_path) in err and "x.zip" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("train x.zip --out {}", "Is a directory"),
        ("audit x.zip --html {}", "Is a directory"),
        ("benchmark x.zip --methods majority --out {}/file", "Not a directory"),
        ("predict x.jpg --annotate {}/file", "Not a directory"),
        ("demo --out {}/file", "Not a directory"),
        ("demo --out {}/" + "n" * 256, "too long"),
        ("train x.zip --network five_conv --out m.fer --checkpoint {}/file", "Not a directory"),
        ("train x.zip --out {}/" + "n" * 256, "too long"),
    ],
)
def test_outputs_of_the_wrong_kind_are_reported_first(command, words, tmp_path, capsys):
    (tmp_path / "file").write_text("old")
    code, out, err = run(capsys, *command.format(tmp_path).split())
    assert code == 2 and out == "" and words in err and "x.zip" not in err
    assert (tmp_path / "file").read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_data_without_splits_is_trained_on_as_a_whole_and_said_so(faces, tmp_path, capsys):
    options = ["train", faces, "--out", tmp_path / "m.fer", *QUICK[:-1]]
    code, out, err = run(capsys, *options)
    assert code == 0 and "accuracy" not in out
    assert "no splits: training on all images. --test-size 0.2 holds out a part." in err
    code, _, err = run(capsys, "evaluate", faces, "--model", tmp_path / "m.fer")
    assert code == 0 and "was trained on images of this data" in err
    assert run(capsys, *options, "-q")[2] == ""


def test_held_out_part_is_scored_and_not_trained_on(faces, tmp_path, capsys):
    options = ["train", faces, "--out", tmp_path / "m.fer", *QUICK, "--test-size", "0.3"]
    code, out, err = run(capsys, *options)
    assert code == 0 and err == "" and "Validation accuracy" in out
    about = read_metadata(tmp_path / "m.fer")
    assert about["training_images"] == 49
    score = about["scores"]["Validation"]["published"]
    assert score["n"] == 21 and {v["support"] for v in score["per_class"].values()} == {3}
    assert load(tmp_path / "m.fer").classes_.tolist() == sorted(about["classes"])


def test_test_size_is_refused_for_data_with_splits(drawn_fer2013, tmp_path, capsys):
    options = ["train", drawn_fer2013, "--out", tmp_path / "m.fer", *QUICK, "--test-size", "0.3"]
    code, _, err = run(capsys, *options)
    assert code == 2 and "--test-size is for data without splits" in err


@pytest.mark.parametrize("usage", [{}, {"Usage": "Training"}])
def test_table_without_splits_works_in_every_command(usage, tmp_path, capsys):
    drawn = make_faces(70, random_state=4)
    rows = [" ".join(map(str, image.ravel())) for image in drawn.images]
    columns = {"emotion": [EXPRESSIONS.index(label) for label in drawn.labels], "pixels": rows}
    if not usage:
        columns = {"label": drawn.labels, "pixels": rows}
    table, model = tmp_path / "train.csv", tmp_path / "m.fer"
    pd.DataFrame(columns | usage).to_csv(table, index=False)
    code, out, _ = run(capsys, "train", table, "--out", model, *QUICK, "--test-size", "0.3")
    assert code == 0 and "Validation accuracy" in out
    code, out, _ = run(capsys, "evaluate", table, "--model", model, "-q")
    assert code == 0 and "all" in out
    options = ["--methods", "majority", "--out", tmp_path / "o", "-q"]
    assert run(capsys, "benchmark", table, *options)[0] == 0
    assert run(capsys, "audit", table, "--no-detect", "-q")[0] == 0


def test_memory_that_is_too_small_is_one_line(faces, tmp_path, monkeypatch, capsys):
    def fail(*args, **kwargs):
        raise MemoryError("Unable to allocate 9 TiB")

    monkeypatch.setattr(np, "empty", fail)
    code, _, err = run(capsys, "train", faces, "--out", tmp_path / "m.fer", "--size", "1024", "-q")
    assert code == 2 and err == "fertools: out of memory. Unable to allocate 9 TiB\n"


def test_unexpected_errors_are_not_hidden(monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("a bug")

    monkeypatch.setattr("fertools.persistence.read_metadata", fail)
    with pytest.raises(RuntimeError, match="a bug"):
        main(["info"])


def test_quiet_hides_warnings_and_others_are_one_line(monkeypatch, capsys):
    import warnings

    def warn(path):
        warnings.warn("odd\n  model", UserWarning, stacklevel=2)
        return {}

    monkeypatch.setattr("fertools.persistence.read_metadata", warn)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        before = warnings.showwarning
        code, _, err = run(capsys, "info")
        assert code == 0 and err == "Warning: odd model\n"
        assert warnings.showwarning is before


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
def test_output_that_cannot_be_printed_is_one_line():
    for target, code, words in (("/dev/full", 2, b"'standard output'"), (None, 1, b"")):
        command = [sys.executable, "-m", "fertools", "info"]
        if target is None:
            # The reader closes the pipe before anything is written.
            reader, writer = os.pipe()
            os.close(reader)
        else:
            writer = os.open(target, os.O_WRONLY)
        try:
            done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, timeout=120)
        finally:
            os.close(writer)
        assert done.returncode == code, done.stderr
        assert words in done.stderr and b"Traceback" not in done.stderr
        assert len(done.stderr.splitlines()) == bool(words)
