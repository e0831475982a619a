"""`annotate_video`: frames, timestamps, sound and tables."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from fertools.exceptions import VideoReadError
from fertools.video import annotate_video

TIMES = np.cumsum([40, 10, 120, 33] * 6) - 40


@pytest.mark.parametrize("name", ["out.mp4", "out.webm", "out.mkv", "out.mov"])
def test_no_frame_is_lost(name, frames, write_video, read_back, tmp_path, recognizer):
    path = write_video("a.mp4", frames, times=TIMES.tolist())
    summary = annotate_video(path, tmp_path / name, recognizer, table=tmp_path / "t.csv")
    table = pd.read_csv(tmp_path / "t.csv")
    times, images, _ = read_back(tmp_path / name)
    assert len(images) == summary.n_frames == table["frame"].nunique() == 24
    assert_allclose(times, TIMES / 1000, atol=1e-3)
    assert_allclose(table["time"], TIMES / 1000, atol=1e-6)
    assert (summary.n_with_faces, summary.n_tracks, summary.problem) == (18, 1, "")
    # Small frames are enlarged; the box of the face is drawn on them.
    assert images[0].shape == (288, 384, 3)
    assert np.abs(images[0].astype(int) - images[-1]).max() > 80


def test_sound_is_copied(frames, write_video, read_back, tmp_path, recognizer):
    path = write_video("a.mp4", frames, sound="aac")
    annotate_video(path, tmp_path / "out.mp4", recognizer)
    sound = read_back(path)[2]
    assert len(sound) > 20 and read_back(tmp_path / "out.mp4")[2] == sound


def test_sound_that_browsers_do_not_play_is_encoded_again(
    frames, write_video, read_back, tmp_path, recognizer
):
    av = pytest.importorskip("av")
    for source, sound, out, codec in (
        ("a.mp4", "aac", "out.webm", "opus"),
        ("a.mkv", "pcm_s16le", "out.mp4", "aac"),
    ):
        annotate_video(write_video(source, frames, sound=sound), tmp_path / out, recognizer)
        with av.open(str(tmp_path / out)) as container:
            stream = container.streams.audio[0]
            assert stream.codec_context.name == codec
            samples = [frame.to_ndarray() for frame in container.decode(stream)]
        assert sum(part.shape[-1] for part in samples) >= 0.9 * 24 / 25 * 48_000
        assert np.std(np.concatenate(samples, axis=-1).astype(float)) > 0
        assert len(read_back(tmp_path / out)[0]) == 24


def test_part_of_a_video_begins_at_zero(frames, write_video, read_back, tmp_path, recognizer):
    path = write_video("a.mp4", frames, sound="aac")
    annotate_video(path, tmp_path / "out.mp4", recognizer, start=0.4, end=0.8)
    times, _, sound = read_back(tmp_path / "out.mp4")
    assert_allclose(times, np.arange(10) / 25, atol=1e-6)
    assert len(sound) == pytest.approx(0.4 * 48_000 / 1024, abs=2)


def test_rotated_video_is_drawn_upright(draw, write_video, turn, read_back, tmp_path, recognizer):
    path = write_video("a.mp4", [draw([(1, 100, 0)])] * 3)
    turn(path)
    annotate_video(path, tmp_path / "out.mp4", recognizer)
    _, images, _ = read_back(tmp_path / "out.mp4")
    assert images[0].shape == (384, 288, 3) and images[0][310:370, 230:270].mean() > 90


def test_skipped_frames_show_the_last_faces(draw, read_back, tmp_path, recognizer):
    images = [draw([(1, 50, 40)])] * 6
    summary = annotate_video(images, tmp_path / "out.mp4", recognizer, every=3)
    _, drawn, _ = read_back(tmp_path / "out.mp4")
    assert (summary.n_frames, summary.n_analyzed, recognizer.n_calls) == (6, 2, 2)
    for image in drawn[1:]:
        assert np.abs(image.astype(int) - drawn[0]).mean() < 2


def test_frames_of_odd_or_changing_size(draw, read_back, tmp_path, recognizer):
    images = [draw([(1, 50, 40)], size=(243, 301)), draw([(1, 50, 40)], size=(260, 301))]
    annotate_video(images, tmp_path / "out.mp4", recognizer)
    assert [image.shape for image in read_back(tmp_path / "out.mp4")[1]] == [(244, 302, 3)] * 2


def test_equal_timestamps_lose_no_frame(draw, read_back, tmp_path, recognizer):
    timed = [(time, draw([(1, 50, 40)])) for time in (0.0, 0.1, 0.1, 0.05, 0.2)]
    annotate_video(timed, tmp_path / "out.mp4", recognizer)
    times = read_back(tmp_path / "out.mp4")[0]
    assert len(times) == 5 and (np.diff(times) > 0).all()
    assert times[-1] == pytest.approx(0.2, abs=1e-3)


def test_truncated_video_is_written_as_far_as_it_goes(write_video, read_back, tmp_path, recognizer):
    rng = np.random.default_rng(0)
    path = write_video("a.mkv", list(rng.integers(0, 255, (50, 64, 96, 3), dtype=np.uint8)))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    summary = annotate_video(path, tmp_path / "o.mp4", recognizer, table=tmp_path / "t.parquet")
    table = pd.read_parquet(tmp_path / "t.parquet")
    assert len(read_back(tmp_path / "o.mp4")[0]) == summary.n_frames == table["frame"].nunique()
    assert "of 2.00 seconds" in summary.problem == table["reason"].iloc[-1]
    assert table["status"].iloc[-1] == "damaged" and 5 < summary.n_frames < 50


def test_tables_agree(frames, tmp_path, recognizer):
    for name in ("t.csv", "t.parquet"):
        annotate_video(frames, tmp_path / "out.mp4", recognizer, table=tmp_path / name)
    csv, parquet = pd.read_csv(tmp_path / "t.csv"), pd.read_parquet(tmp_path / "t.parquet")
    assert list(csv.columns) == list(parquet.columns)
    assert_allclose(csv["happy"].dropna(), parquet["happy"].dropna())
    assert csv["expression"].tolist()[:18] == parquet["expression"].tolist()[:18] == ["happy"] * 18


def test_failure_keeps_the_previous_files(frames, tmp_path, recognizer):
    out, table = tmp_path / "out.mp4", tmp_path / "t.csv"
    for path in (out, table):
        path.write_text("previous")

    def broken():
        yield from frames[:5]
        raise RuntimeError("camera burned")

    with pytest.raises(RuntimeError, match="camera burned"):
        annotate_video(broken(), out, recognizer, table=table)
    assert out.read_text() == table.read_text() == "previous"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.mp4", "t.csv"]


def test_invalid_outputs(frames, write_video, tmp_path, recognizer):
    path = write_video("a.mp4", frames)
    with pytest.raises(ValueError, match=r"path must end with one of \.mp4"):
        annotate_video(path, tmp_path / "out.gif", recognizer)
    with pytest.raises(ValueError, match=r"table must end with one of \.csv, \.parquet"):
        annotate_video(path, tmp_path / "out.mp4", recognizer, table=tmp_path / "t.xlsx")
    with pytest.raises(ValueError, match="must not replace the video itself"):
        annotate_video(path, path, recognizer)
    with pytest.raises(ValueError, match="no frame was written"):
        annotate_video([], tmp_path / "out.mp4", recognizer)
    with pytest.raises(VideoReadError, match="no such file"):
        annotate_video(tmp_path / "none.mp4", tmp_path / "out.mp4", recognizer)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
