"""`fertools video` and `fertools webcam`."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from skimage.data import astronaut

from fertools.video._video_writer import VideoWriter

pytest.importorskip("av")

_FILES = (".gif", ".xlsx", ".bmp", ".mp4")


def write_video(path, images):
    with VideoWriter(path, Fraction(10)) as writer:
        for number, image in enumerate(images):
            writer.write(np.ascontiguousarray(image), number, Fraction(1, 10))
    return path


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Return a video of one second: a face, which leaves after 0.7 seconds."""
    photo = astronaut()[:260, 60:400]
    images = [photo] * 7 + [np.zeros_like(photo)] * 3
    return write_video(tmp_path_factory.mktemp("videos") / "clip.mp4", images)


def test_all_outputs(clip, model, tmp_path, run):
    out, table, plot = tmp_path / "a.webm", tmp_path / "t.csv", tmp_path / "p.png"
    code, printed, err = run(
        *("video", clip, "--model", model, "--out", out, "--table", table, "--plot", plot)
    )
    assert code == 0 and "10 frames, 0.9 seconds; faces in 7 of 10 analyzed frames." in printed
    assert "0.00 s" in printed and "0.60 s" in printed and "10/10" in err
    frame = pd.read_csv(table)
    assert frame["frame"].tolist() == list(range(10)) and out.stat().st_size > 1000
    with Image.open(plot) as picture:
        assert picture.size[0] > 800


def test_selection_of_frames(clip, model, tmp_path, run):
    table = tmp_path / "t.parquet"
    code, printed, err = run(
        *("video", clip, "--model", model, "--table", table, "--quiet", "--every", 2),
        *("--start", "0:00.2", "--end", "00:00:00.6", "--smoothing", "none"),
    )
    assert (code, err) == (0, "")
    assert "4 frames" in printed and pd.read_parquet(table)["frame"].tolist() == [2, 4]


def test_options_of_the_search(clip, model, run):
    code, printed, _ = run("video", clip, "--model", model, "--quiet", "--min-size", 200)
    assert code == 1 and "faces in 0 of 10 analyzed frames" in printed


def test_unusable_videos_end_with_exit_code_1(clip, model, tmp_path, run):
    text = tmp_path / "text.mp4"
    text.write_text("hello")
    code, _, err = run("video", text, "--model", model, "--out", tmp_path / "a.mp4", "--quiet")
    assert code == 1 and "not a video" in err and not (tmp_path / "a.mp4").exists()
    assert run("video", tmp_path / "none.mp4", "--model", model)[0] == 1
    dark = write_video(tmp_path / "dark.mp4", [np.zeros((64, 64, 3), np.uint8)] * 3)
    code, printed, err = run("video", dark, "--model", model, "--quiet")
    assert code == 1 and "0 of 3" in printed and "no face was found" in err


def test_truncated_video_is_reported(model, tmp_path, run):
    rng = np.random.default_rng(0)
    path = write_video(tmp_path / "a.mkv", rng.integers(0, 255, (30, 64, 64, 3), dtype=np.uint8))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    code, _, err = run("video", path, "--model", model, "--quiet", "--out", tmp_path / "o.mp4")
    assert code == 1 and "of 3.00 seconds" in err.replace("\n", " ")
    assert (tmp_path / "o.mp4").stat().st_size > 0
    code, _, err = run("video", path, "--model", model, "--quiet", "--start", 2.8)
    assert code == 1 and "of 3.00 seconds" in err.replace("\n", " ")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--out", "a.gif"], "--out must end with"),
        (["--table", "t.xlsx"], "--table must end with"),
        (["--plot", "p.bmp"], "--plot must end with"),
        (["--out", "nowhere/a.mp4"], "no such folder"),
        (["--start", "1:xx"], "such as 90 or 1:30"),
        (["--start", "5", "--end", "4"], "--end must be greater than --start, 5; got 4."),
        (["--end", "0"], "--end must be greater than 0; got 0."),
        (["--start", "5"], "--start must be before the end of the video, 1.00 seconds; got 5."),
        (["--start", "0.95"], "--start must be before the end of the video; got 0.95."),
        (["--start", "0.12", "--end", "0.15"], "must have a frame from --start to --end; got 0.12"),
        (["--smoothing", "median"], "median"),
    ],
)
def test_wrong_options_end_with_exit_code_2(options, message, clip, model, tmp_path, run):
    options = [tmp_path / item if item.endswith(_FILES) else item for item in options]
    code, _, err = run("video", clip, "--model", model, "--quiet", *options)
    assert code == 2 and message in " ".join(err.split())


def test_camera_needs_an_end(model, tmp_path, run):
    code, _, err = run("video", "0", "--model", model, "--out", tmp_path / "a.mp4", "--quiet")
    assert code == 2 and "--end must be given for a camera" in err


def test_webcam_without_a_display(model, tmp_path, run, monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    code, _, err = run("webcam", "--model", model, "--out", tmp_path)
    assert code == 2 and "no display" in err


def test_webcam_that_stops(model, tmp_path, run, monkeypatch):
    class Closed:
        def isOpened(self):
            return False

        def release(self):
            pass

    class FakeWindow:
        def __init__(self, title):
            pass

        def close(self):
            pass

    monkeypatch.setattr("cv2.VideoCapture", lambda index: Closed())
    monkeypatch.setattr("fertools.video._watch.Window", FakeWindow)
    code, _, err = run("webcam", "3", "--model", model, "--out", tmp_path)
    assert code == 1 and "camera 3 cannot be opened." in err
