"""Output files are written atomically."""

import errno
import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from sklearn.naive_bayes import GaussianNB

from fertools._utils import files
from fertools._utils.files import check_folder, check_output, replacing, write_file
from fertools.persistence import load, save

try:
    import resource
    import signal
except ImportError:  # Windows
    resource = None


@pytest.fixture
def full_disk(monkeypatch):
    """Make writing fail after half of the bytes, as on a full disk."""

    def write_bytes(path, content):
        with open(path, "wb") as file:
            file.write(content[: len(content) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("pathlib.Path.write_bytes", write_bytes)


def test_threads_can_write_one_file(tmp_path):
    path = tmp_path / "model.fer"
    contents = [bytes([65 + i]) * 20_000 for i in range(4)]
    write_file(path, contents[0])

    def write_and_read(content):
        seen = []
        for _ in range(80):
            write_file(path, content)
            seen.append(path.read_bytes())
        return seen

    with ThreadPoolExecutor(4) as pool:
        for seen in pool.map(write_and_read, contents):
            assert set(seen) <= set(contents)
    assert list(tmp_path.iterdir()) == [path]


def test_models_saved_by_threads_are_complete(tmp_path):
    model = GaussianNB().fit([[0.0], [1.0]], ["sad", "happy"])
    path = tmp_path / "model.fer"
    save(model, path)

    def save_and_load(_):
        save(model, path)
        return load(path).predict([[0.0]])[0]

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(save_and_load, range(40))) == {"sad"}
    assert list(tmp_path.iterdir()) == [path]


def test_full_disk_keeps_the_old_file_and_is_reported(full_disk, tmp_path):
    path = tmp_path / "page.html"
    path.write_text("old")
    with pytest.raises(OSError, match="page") as caught:
        write_file(path, "new" * 100)
    assert caught.value.errno == errno.ENOSPC and caught.value.filename == str(path)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_late_write_error_keeps_the_old_file(monkeypatch, tmp_path):
    def fsync(descriptor):
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    path = tmp_path / "page.html"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match="page"):
        write_file(path, "new")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(resource is None, reason="needs POSIX resource limits")
def test_file_size_limit_keeps_the_old_file(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match="page") as caught:
            write_file(path, "x" * 10_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert caught.value.errno == errno.EFBIG
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_interrupted_write_leaves_no_temporary_file(failure, tmp_path):
    with pytest.raises(failure), replacing(tmp_path / "a.npz") as beside:
        assert beside.parent == tmp_path and beside.suffix == ".npz" and beside.name[0] == "."
        beside.write_text("half")
        raise failure
    assert list(tmp_path.iterdir()) == []


def test_errors_about_other_files_pass_unchanged(tmp_path):
    with pytest.raises(FileNotFoundError) as caught, replacing(tmp_path / "a"):
        (tmp_path / "other").read_text()
    assert caught.value.filename == str(tmp_path / "other")


@pytest.mark.parametrize("suffix", [".html", "." + "x" * 253])
def test_longest_file_name_can_be_written(suffix, tmp_path):
    path = tmp_path / ("n" * (255 - len(suffix)) + suffix)
    for content in ("one", "two"):
        write_file(path, content)
        assert path.read_text() == content
    too_long = tmp_path / ("n" + path.name)
    with pytest.raises(OSError) as caught:
        write_file(too_long, "three")
    assert caught.value.errno == errno.ENAMETOOLONG and list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_new_files_follow_umask_and_replaced_files_keep_permissions(tmp_path):
    umask = os.umask(0o027)
    try:
        write_file(tmp_path / "a", "new")
        assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640
    finally:
        os.umask(umask)
    (tmp_path / "a").chmod(0o604)
    write_file(tmp_path / "a", "replaced")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o604


def test_protected_files_are_not_replaced(monkeypatch, tmp_path):
    (tmp_path / "a").write_text("old")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    for function in (check_output, lambda path: write_file(path, "new")):
        with pytest.raises(PermissionError) as caught:
            function(tmp_path / "a")
        assert caught.value.filename == str(tmp_path / "a")
    assert (tmp_path / "a").read_text() == "old"


@pytest.mark.skipif(os.name == "nt", reason="symbolic links need a privilege on Windows")
def test_links_keep_pointing_to_the_replaced_file(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder" / "file")
    write_file(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "folder/file").read_text() == "new"


@pytest.mark.skipif(os.name == "nt", reason="POSIX files")
def test_folders_and_special_files_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        for function in (check_output, lambda path: write_file(path, "new")):
            with pytest.raises(OSError, match=name):
                function(tmp_path / name)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert len(list(tmp_path.iterdir())) == 2


def test_check_output_changes_nothing(tmp_path):
    check_output(tmp_path / "new")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "old").write_text("old")
    check_output(tmp_path / "old")
    assert (tmp_path / "old").read_text() == "old"
    with pytest.raises(FileNotFoundError, match="missing"):
        check_output(tmp_path / "missing" / "new")
    with pytest.raises(NotADirectoryError):
        check_output(tmp_path / "old" / "new")


def test_check_folder_creates_nothing(monkeypatch, tmp_path):
    for folder in (tmp_path, tmp_path / "a" / "b"):
        check_folder(folder)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "a"):
        with pytest.raises(NotADirectoryError) as caught:
            check_folder(folder)
        assert caught.value.filename == str(folder)
    with pytest.raises(OSError, match="too long"):
        check_folder(tmp_path / ("n" * 256))

    def refuse(target):
        raise PermissionError(errno.EACCES, "Permission denied", str(target))

    monkeypatch.setattr(files, "_create_beside", refuse)
    with pytest.raises(PermissionError) as caught:
        check_folder(tmp_path / "a" / "b")
    assert caught.value.filename == str(tmp_path / "a" / "b")


def test_lone_surrogates_are_escaped(tmp_path):
    write_file(tmp_path / "page.html", "caf\udce9 é")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == "caf\\udce9 é"
