"""Benchmark of the analysis of videos on few frames."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from skimage.data import astronaut

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def people(tmp_path):
    """Return a zip in the layout of london.zip, with one person."""
    path = tmp_path / "london.zip"
    photo = Image.fromarray(astronaut()[:256, 96:352])
    with zipfile.ZipFile(path, "w") as archive:
        for kind in ("neutral", "happy"):
            content = io.BytesIO()
            photo.save(content, "JPEG")
            archive.writestr(f"{kind}/001.jpg", content.getvalue())
    return path


def test_all_is_measured(people, tables, tmp_path):
    pytest.importorskip("av")
    arguments = "--frames 65 --timed-frames 5 --people 1 --flicker-people 1 --flicker-frames 4"
    # A process of its own, as the script keeps to one core.
    command = [sys.executable, FOLDER / "video.py", "--data", people, *arguments.split()]
    done = subprocess.run(
        [*command, "--out", tmp_path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "video.json").read_text())
    assert set(result["frames"].values()) == {65}
    assert result["ratio"]["recognize each frame"] == 1
    assert result["tracking"]["people"] == 1 and result["tracking"]["found"] > 0
    assert len(result["memory_mib"]) == 2
    assert "`annotate_video`" in tables.TABLES["video"](tmp_path)
