"""Kernels without a usable cache: damaged files, a full disk, a read-only folder."""

import os
import re
import runpy
import shutil
import subprocess
import sys

import numpy as np
import pytest

from fertools._utils.compilation import compiled

SCRIPT = """
import logging, sys
logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.INFO)
import numpy as np
from fertools._utils import pixels
if "full" in sys.argv:
    from numba.core import caching
    def full(self, name, data):
        raise OSError(28, "No space left on device")
    caching.IndexDataCacheFile._save_data = full
if "read-only" in sys.argv:
    from numba.core import caching
    def refuse(self):
        raise OSError(30, "Read-only file system")
    caching._CacheLocator.ensure_cache_path = refuse
images = np.arange(200, dtype=np.uint8).reshape(2, 10, 10)
print(pixels.standardized(images).sum(axis=(1, 2)).round(3).tolist())
print(pixels.standardized(images / np.float32(255)).std(axis=(1, 2)).round(3).tolist())
"""
EXPECTED = ["[0.0, 0.0]", "[1.0, 1.0]"]


def run(folder, *arguments):
    """Return the standard error of a process that runs a kernel on two dtypes."""
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", SCRIPT, *arguments],
        capture_output=True,
        text=True,
        env=os.environ | {"NUMBA_CACHE_DIR": str(folder)},
    )
    assert done.returncode == 0, done.stderr
    assert [line.replace("-", "") for line in done.stdout.splitlines()] == EXPECTED
    return done.stderr


def cached(folder, suffix):
    return sorted(folder.glob(f"*/*_standardize*{suffix}"))


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    """Return a folder with cached kernels."""
    folder = tmp_path_factory.mktemp("cache")
    stderr = run(folder)
    assert "Warning" not in stderr
    # Logged once, although the kernel is compiled for two dtypes.
    assert stderr.count("INFO fertools: Compiling kernels") == 1
    assert len(cached(folder, ".nbc")) == 2
    return folder


def test_cached_kernels_are_loaded_silently(pristine):
    assert run(pristine) == ""


@pytest.mark.parametrize(
    ("suffix", "damage"),
    [(".nbi", "empty"), (".nbi", "half"), (".nbc", "half"), (".nbc", "noise"), (".nbc", "byte")],
)
def test_damaged_cache_files_are_replaced(pristine, tmp_path, suffix, damage):
    folder = tmp_path / "cache"
    shutil.copytree(pristine, folder)
    for path in cached(folder, suffix):
        content = path.read_bytes()
        # Numba itself would load and execute the changed code.
        place = min(2653, len(content) - 1)
        changed = content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]
        damaged = {
            "empty": b"",
            "half": content[: len(content) // 2],
            "noise": np.random.default_rng(0).bytes(len(content)),
            "byte": changed,
        }
        path.write_bytes(damaged[damage])
    stderr = run(folder)
    assert stderr.count("RuntimeWarning: The compiled kernels in") == 1
    assert str(folder) in stderr and "NUMBA_CACHE_DIR" in stderr
    assert run(folder) == "", "damaged files are replaced"


def test_full_disk_only_warns(tmp_path):
    stderr = run(tmp_path, "full")
    assert stderr.count("RuntimeWarning: The compiled kernels in") == 1
    assert "No space left on device" in stderr and "free disk space" in stderr
    assert not cached(tmp_path, ".nbc")


def test_read_only_folder_only_warns(tmp_path):
    stderr = run(tmp_path, "read-only")
    assert stderr.count("RuntimeWarning: The compiled kernels in") == 1
    assert f"in {tmp_path} cannot be" in stderr


def test_warning_names_the_folder_beside_the_kernel(tmp_path, monkeypatch):
    caching = pytest.importorskip("numba.core.caching")
    monkeypatch.setattr(caching._CacheLocator, "ensure_cache_path", refuse_folder)
    monkeypatch.setattr("numba.config.CACHE_DIR", "")
    source = tmp_path / "kernels_of_a_test.py"
    source.write_text("def double(x):\n    return 2 * x\n")
    namespace = runpy.run_path(source)
    folder = re.escape(str(tmp_path / "__pycache__"))
    with pytest.warns(RuntimeWarning, match=f"kernels in {folder} cannot be"):
        assert compiled(namespace["double"])(2) == 4


def refuse_folder(self):
    raise OSError(30, "Read-only file system")
