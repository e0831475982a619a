"""Version, help, errors, warnings and log messages of the command."""

import base64
import logging
import os
import subprocess
import sys
import warnings

import numpy as np
import pytest

from fertools import __version__
from fertools.cli import main


def test_version_and_help(run):
    assert run("--version")[:2] == (0, f"fertools {__version__}\n")
    code, out, _ = run("--help")
    assert code == 0 and all(c in out for c in ("demo", "predict", "train", "evaluate", "info"))


def test_no_arguments_print_the_help(run):
    code, out, err = run()
    assert code == 2 and out == run("--help")[1] and err == ""


def cut_in_half(model, folder):
    (folder / "half.fer").write_bytes(model.read_bytes()[: model.stat().st_size // 2])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("evaluate nowhere.zip", "nowhere.zip"),
        ("predict a.jpg --model nowhere.fer", "nowhere.fer: no such file"),
        ("predict a.jpg --model half.fer", "damaged, cut short or not a model file"),
        ("predict a.jpg --format xml", "'--format': 'xml' is not one of 'table', 'json', 'csv'."),
        ("train short.csv --out no/folder/m.fer", "no such folder"),
        ("train short.csv --out m.fer --features sift", "features must be one of"),
        ("info half.fer", "damaged"),
        ("sing", "No such command"),
    ],
)
def test_errors_have_no_traceback(arguments, words, model, tmp_path, monkeypatch, run):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    cut_in_half(model, tmp_path)
    pixels = " ".join(["7"] * 2304)
    rows = f"0,{pixels},Training\n1,{pixels[:-6]},Training\n"
    (tmp_path / "short.csv").write_text("emotion,pixels,Usage\n" + rows)
    code, out, err = run(*arguments.split())
    assert code == 2 and out == ""
    assert words in err and "Traceback" not in err
    assert not list(tmp_path.glob("*.part")) and not (tmp_path / "m.fer").exists()


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
        ("train x.zip --out m.fer --seed 4294967296", "4294967296"),
        ("train x.zip --out m.fer --seed one", "'one'"),
        ("predict x.jpg --min-size 100000", "100000"),
        ("benchmark x.zip --out o --methods svm --seed -1", "--seed"),
        ("train x.zip --out m.fer --test-size 1", "must be between 0 and 1; got 1"),
        ("train x.zip --out m.fer --test-size nan", "must be between 0 and 1; got nan"),
        ("train x.zip --out m.fer --network ann --learning-rate nan", "must be a positive number"),
        ("train x.zip --out m.fer --network ann --epochs 0", "--epochs"),
        ("train x.zip --out m.fer --network ann --batch-size -1", "--batch-size"),
        ("train x.zip --out m.fer --network ann --patience -1", "--patience"),
        ("predict x.jpg --min-probability nan", "--min-probability"),
        ("evaluate ~nouser/x", "~nouser/x: no such file or folder"),
        ("train ~nouser/x --out m.fer", "~nouser/x: no such file or folder"),
        ("train x.zip --out ~nouser/m.fer", "--out: no such folder: ~nouser"),
        ("info ~nouser/x", "~nouser/x: no such file"),
        ("evaluate x\0y", "must not contain null characters"),
        ("info x", "no such file, and fertools ships no model"),
        ("benchmark x.zip --out o --methods nul", "--methods must be one of"),
        ("benchmark x.zip --out o --methods latin.yaml", "latin.yaml: not a YAML file"),
        ("benchmark x.zip --out o --methods deep.yaml", "deep.yaml: not a YAML file"),
        ("benchmark x.zip --out o --methods large.yaml", "large.yaml: must be at most"),
        ("benchmark x.zip --out o --methods folder.yaml", "folder.yaml: no such file"),
        ("benchmark x.zip --out o --methods con.yaml", "device names of Windows"),
        ("benchmark x.zip --out o --methods inf.yaml", "n_features"),
    ],
)
def test_wrong_options_are_reported_before_data_is_read(
    arguments, words, tmp_path, monkeypatch, run
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "latin.yaml").write_bytes(b"caf\xe9: {method: knn}")
    (tmp_path / "deep.yaml").write_text("[" * 100_000)
    (tmp_path / "large.yaml").write_text("#" * 1_000_001)
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "con.yaml").write_text("con: {method: knn}")
    (tmp_path / "inf.yaml").write_text("a: {method: knn, n_features: .inf}")
    before = sorted(tmp_path.iterdir())
    code, out, err = run(*arguments.split(" "))
    assert code == 2 and out == ""
    assert words in err and "x.zip" not in err and "Traceback" not in err
    assert len(err.splitlines()) == 1 or err.startswith("Usage: ")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "command", ["evaluate {}", "audit {}", "train {} --out m.fer", "info {}", "predict {} -q"]
)
def test_long_path_is_no_such_file(command, tmp_path, monkeypatch, run):
    monkeypatch.chdir(tmp_path)
    text = base64.b64encode(np.random.default_rng(0).bytes(30_000)).decode()
    code, out, err = run(*command.format(text).split())
    assert code == (1 if "predict" in command else 2)
    assert "no such file" in err or "missing" in out or "too long" in err
    assert err.count("\n") == 1 and all(len(line) < 800 for line in [err, *out.splitlines()])


def test_memory_error_is_one_line(faces, tmp_path, monkeypatch, run):
    def fail(*args, **kwargs):
        raise MemoryError("Unable to allocate 9 TiB")

    monkeypatch.setattr(np, "empty", fail)
    code, _, err = run("train", faces, "--out", tmp_path / "m.fer", "--size", "1024", "-q")
    assert code == 2 and err == "fertools: out of memory. Unable to allocate 9 TiB\n"


def test_unexpected_errors_are_raised(monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("a bug")

    monkeypatch.setattr("fertools.persistence.read_metadata", fail)
    with pytest.raises(RuntimeError, match="a bug"):
        main(["info"])


@pytest.mark.parametrize("quiet", [False, True])
def test_log_messages_are_shown_unless_quiet(quiet, faces, monkeypatch, run):
    logger = logging.getLogger("fertools")

    def fail(path):
        logger.info("Compiling kernels.")
        raise ValueError("stop")

    monkeypatch.setattr("fertools.datasets.load_dataset", fail)
    level, handlers = logger.level, list(logger.handlers)
    code, _, err = run("audit", faces, *["-q"] * quiet)
    assert code == 2 and err.endswith("fertools: stop\n")
    assert ("Compiling kernels.\n" in err) == (not quiet)
    assert (logger.level, logger.handlers) == (level, handlers)


def test_warning_is_one_line(monkeypatch, run):
    def warn(path):
        warnings.warn("odd\n  model", UserWarning, stacklevel=2)
        return {}

    monkeypatch.setattr("fertools.persistence.read_metadata", warn)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        before = warnings.showwarning
        code, _, err = run("info")
        assert code == 0 and err == "Warning: odd model\n"
        assert warnings.showwarning is before


def test_missing_standard_output_is_reported(monkeypatch, run):
    monkeypatch.setattr(sys, "stdout", None)  # as after >&-
    code, _, err = run("info")
    assert code == 2 and err == "fertools: [Errno 9] Bad file descriptor: 'standard output'\n"


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
def test_closed_standard_output_is_reported():
    reader, closed = os.pipe()
    os.close(reader)
    full, processes = os.open("/dev/full", os.O_WRONLY), []
    try:
        for target in (full, closed):
            command = [sys.executable, "-m", "fertools", "info"]
            processes.append(subprocess.Popen(command, stdout=target, stderr=subprocess.PIPE))
        errors = [process.communicate(timeout=120)[1] for process in processes]
    finally:
        os.close(full)
        os.close(closed)
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [2, 1], errors
    assert b"'standard output'" in errors[0] and len(errors[0].splitlines()) == 1
    assert errors[1] == b""
