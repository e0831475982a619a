import errno
import os
import signal
import subprocess
import sys

import pytest
from joblib import parallel_config

from fertools.annotation import save_image
from fertools.batch import _extract, _tasks, extract, read_index
from fertools.batch._store import locked
from fertools.datasets import make_faces
from fertools.recognizer import ExpressionRecognizer

zarr = pytest.importorskip("zarr")

# Starts `extract` 20 times with chunks of two images, and kills it at random moments.
KILLED = """
import os, random, signal, sys, time
from fertools.batch import _tasks, extract
from fertools.recognizer import ExpressionRecognizer

describe = _tasks.describe_items
recognizer = ExpressionRecognizer("fast", detector=None)

def slow(*arguments):
    time.sleep(0.03)
    return describe(*arguments)

_tasks.describe_items = slow
moments, killed = random.Random(0), 0
for _ in range(20):
    child = os.fork()
    if child == 0:
        extract(sys.argv[1], sys.argv[2], recognizer=recognizer, chunk_size=2)
        os._exit(0)
    time.sleep(moments.uniform(0, 0.25))
    os.kill(child, signal.SIGKILL)
    killed += os.WIFSIGNALED(os.waitpid(child, 0)[1])
print(killed)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    for number, image in enumerate(make_faces(12, random_state=0).images):
        save_image(image, folder / f"{number:02d}.png")
    return folder


@pytest.fixture(scope="module")
def recognizer():
    return ExpressionRecognizer("fast", detector=None)


@pytest.fixture(scope="module")
def unbroken(folder, recognizer, tmp_path_factory):
    store = tmp_path_factory.mktemp("unbroken") / "s"
    extract(folder, store, recognizer=recognizer, chunk_size=2)
    return files_of(store)


def files_of(store):
    return {
        path.relative_to(store): path.read_bytes()
        for path in sorted(store.rglob("*"))
        if path.is_file()
    }


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork")
def test_driver_killed_at_random_moments_is_resumed_with_the_same_bytes(
    folder, recognizer, tmp_path, unbroken
):
    store = tmp_path / "s"
    run = subprocess.run(
        [sys.executable, "-c", KILLED, folder, store], capture_output=True, text=True, check=True
    )
    assert int(run.stdout) > 5
    extract(folder, store, recognizer=recognizer, chunk_size=2)
    assert files_of(store) == unbroken
    sources = list(read_index(store)["source"])
    assert sources == [str(folder / f"{number:02d}.png") for number in range(12)]


def test_killed_worker_is_an_error_and_the_run_is_resumed(
    folder, recognizer, tmp_path, unbroken, monkeypatch
):
    store = tmp_path / "s"

    class Killed(Exception):
        pass

    describe, calls = _tasks.describe_items, []

    def killed(*arguments):
        calls.append(1)
        if len(calls) == 3:
            raise Killed
        return describe(*arguments)

    monkeypatch.setattr(_tasks, "describe_items", killed)
    with pytest.raises(Killed):
        extract(folder, store, recognizer=recognizer, chunk_size=2)
    monkeypatch.undo()
    assert len(read_index(store)) == 4
    assert extract(folder, store, recognizer=recognizer, chunk_size=2).n_resumed == 4
    assert files_of(store) == unbroken


def kill_self(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_worker_process_killed_by_the_system_is_an_error(
    folder, recognizer, tmp_path, unbroken, monkeypatch
):
    store = tmp_path / "s"
    extract(folder, store, recognizer=recognizer, chunk_size=2)
    for path in sorted((store / "index").iterdir())[2:]:
        path.unlink()
    monkeypatch.setattr(_extract, "run_task", kill_self)
    with (
        parallel_config(backend="loky", n_jobs=2),
        pytest.raises(Exception, match="worker process managed by the executor was unexpectedly"),
    ):
        extract(folder, store, recognizer=recognizer, chunk_size=2)
    monkeypatch.undo()
    extract(folder, store, recognizer=recognizer, chunk_size=2)
    assert files_of(store) == unbroken


@pytest.mark.parametrize("after", [0, 3, 7])
def test_full_disk_is_an_error_and_the_run_is_resumed(
    folder, recognizer, tmp_path, unbroken, monkeypatch, after
):
    store, writes = tmp_path / "s", []
    write_chunk = _tasks.write_chunk

    def full(*arguments):
        writes.append(1)
        if len(writes) > after // 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(store))
        return write_chunk(*arguments)

    monkeypatch.setattr(_tasks, "write_chunk", full)
    with pytest.raises(OSError, match="No space left"):
        extract(folder, store, recognizer=recognizer, chunk_size=2)
    monkeypatch.undo()
    extract(folder, store, recognizer=recognizer, chunk_size=2)
    assert files_of(store) == unbroken


LIMITED = """
import resource, sys
from fertools.batch import extract
from fertools.recognizer import ExpressionRecognizer
recognizer = ExpressionRecognizer("fast", detector=None)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
extract(sys.argv[1], sys.argv[2], recognizer=recognizer, chunk_size=2)
"""


@pytest.mark.skipif(os.name == "nt", reason="limits of a process")
def test_file_cut_by_a_quota_is_not_taken_as_complete(folder, recognizer, tmp_path, unbroken):
    store = tmp_path / "s"
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, folder, store, "3000"], capture_output=True, text=True
    )
    assert run.returncode and "File too large" in run.stderr
    extract(folder, store, recognizer=recognizer, chunk_size=2)
    assert files_of(store) == unbroken


@pytest.mark.parametrize("name", ["crops/c/1/0/0", "features/c/1/0", "index/00000001.parquet"])
@pytest.mark.parametrize("damage", ["truncated", "missing"])
def test_damaged_chunk_is_computed_again(folder, recognizer, tmp_path, unbroken, name, damage):
    store = tmp_path / "s"
    extract(folder, store, recognizer=recognizer, chunk_size=2)
    path = store / name
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(content[: len(content) // 2])
    summary = extract(folder, store, recognizer=recognizer, chunk_size=2)
    assert summary.n_resumed == 10 and files_of(store) == unbroken


def test_second_run_on_a_store_is_refused(folder, recognizer, tmp_path):
    store = tmp_path / "s"
    extract(folder, store, recognizer=recognizer, chunk_size=2)
    with locked(store), pytest.raises(BlockingIOError, match="another run is writing"):
        extract(folder, store, recognizer=recognizer, chunk_size=2)


def test_lock_ends_with_the_process(folder, recognizer, tmp_path):
    store = tmp_path / "s"
    extract(folder, store, recognizer=recognizer, chunk_size=2)
    code = (
        "import sys, time; from fertools.batch._store import locked\n"
        "with locked(sys.argv[1]): print('locked', flush=True); time.sleep(60)"
    )
    run = subprocess.Popen([sys.executable, "-c", code, store], stdout=subprocess.PIPE)
    assert run.stdout.readline() == b"locked\n"
    with pytest.raises(BlockingIOError):
        extract(folder, store, recognizer=recognizer, chunk_size=2)
    run.kill()
    run.wait()
    run.stdout.close()
    assert extract(folder, store, recognizer=recognizer, chunk_size=2).n_resumed == 12


def test_files_that_change_during_the_run_are_recorded_once(
    folder, recognizer, tmp_path, monkeypatch
):
    images = tmp_path / "images"
    images.mkdir()
    for path in folder.iterdir():
        (images / path.name).write_bytes(path.read_bytes())
    describe, calls = _tasks.describe_items, []

    def changed(*arguments):
        calls.append(1)
        if len(calls) == 2:
            (images / "05.png").unlink()
            (images / "06.png").write_bytes(b"\x89PNG cut")
            (images / "99.png").write_bytes((images / "00.png").read_bytes())
        return describe(*arguments)

    monkeypatch.setattr(_tasks, "describe_items", changed)
    extract(images, tmp_path / "s", recognizer=recognizer, chunk_size=2)
    index = read_index(tmp_path / "s")
    assert len(index) == 12 and index["source"].is_unique
    statuses = dict(zip(index["source"].str[-6:], index["status"], strict=True))
    assert statuses["05.png"] == "missing" and statuses["06.png"] == "unreadable"
    assert list(statuses.values()).count("ok") == 10
