"""Files: timestamps, rotation, damage."""

import wave

import numpy as np
import pytest
from numpy.testing import assert_allclose

from fertools.exceptions import VideoReadError
from fertools.video import analyze
from fertools.video._video_file import VideoFile


def noisy(n_frames, size=(64, 96)):
    """Return frames that compress badly, so that a cut file still holds some of them."""
    rng = np.random.default_rng(0)
    return [rng.integers(0, 255, (*size, 3), dtype=np.uint8) for _ in range(n_frames)]


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.webm", "a.mov", "a.avi"])
def test_frames_of_common_formats(name, frames, write_video):
    video = VideoFile(write_video(name, frames))
    read = list(video)
    video.close()
    assert [frame.number for frame in read] == list(range(24)) and video.problem == ""
    assert_allclose([frame.time for frame in read], np.arange(24) / 25, atol=2e-3)
    assert np.abs(read[9].image.astype(int) - frames[9]).mean() < 12
    assert video.rate == 25 or name == "a.avi"


def test_variable_frame_rate(frames, write_video):
    times = np.cumsum([40, 10, 120, 33] * 6) - 40
    for name in ("a.mp4", "a.mkv"):
        read = list(VideoFile(write_video(name, frames, times=times.tolist())))
        assert_allclose([frame.time for frame in read], times / 1000, atol=1e-6)


def test_rotation(draw, write_video, turn):
    path = write_video("a.mp4", [draw([(1, 100, 0)])] * 3)
    turn(path)
    [image, *_] = [frame.image for frame in VideoFile(path)]
    # The right upper corner of the stored picture is the right lower one after a clockwise turn.
    assert image.shape == (128, 96, 3)
    assert image[100:, 72:].mean() > 100 and image[:90, :60].mean() < 40


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.webm", "a.avi"])
@pytest.mark.parametrize("open_gop", ["0", "1"])
def test_part_has_the_frames_of_the_whole(name, open_gop, frames, write_video):
    options = {"g": "7"}
    if name != "a.webm":
        options["x264-params"] = f"open-gop={open_gop}"
    path = write_video(name, frames, codec_options=options)
    whole = list(VideoFile(path))
    for start in (0.0, 0.1, 0.27, 0.28, 0.56, 0.6, 0.92):
        part = list(VideoFile(path, start=start))
        expected = [frame for frame in whole if frame.time >= start]
        assert [frame[:2] for frame in part] == [frame[:2] for frame in expected]
        for frame, other in zip(part, expected, strict=True):
            np.testing.assert_array_equal(frame.image, other.image)
    assert list(VideoFile(path, start=2.0)) == []


def test_frames_before_the_start_are_not_decoded(frames, write_video):
    path = write_video("a.mp4", frames * 4, codec_options={"g": "10"})
    video, decoded = VideoFile(path, start=3.0), []
    decode = video._decode_packet
    video._decode_packet = lambda packet: decoded.append(packet) or decode(packet)
    assert next(iter(video)).number == 75
    assert len(decoded) < 25


@pytest.mark.parametrize("name", ["a.mkv", "a.webm", "a.mp4"])
def test_truncated_file(name, write_video, recognizer):
    # The index of the MP4 file is at its beginning.
    options = {"movflags": "faststart"} if name == "a.mp4" else None
    content = write_video(name, noisy(50), options=options).read_bytes()
    records = list(analyze(content[: len(content) * 6 // 10], recognizer))
    read, last = records[:-1], records[-1]
    assert 5 < len({record.frame for record in read}) < 50
    assert all(record.status != "damaged" for record in read)
    assert last.status == "damaged" and last.frame == read[-1].frame and last.track is None
    assert "of 2.00 seconds" in last.reason
    assert [record.status for record in analyze(content, recognizer)].count("damaged") == 0


def test_damaged_part_is_reported(write_video, recognizer):
    content = bytearray(write_video("a.mkv", noisy(50)).read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4000] = bytes(4000)
    *read, last = analyze(bytes(content), recognizer)
    assert last.status == "damaged" and last.reason
    assert read[-1].frame >= 20


def test_end_before_the_damage_is_no_damage(write_video, recognizer):
    content = write_video("a.mkv", noisy(50)).read_bytes()
    records = list(analyze(content[: len(content) * 6 // 10], recognizer, end=0.4))
    assert len({record.frame for record in records}) == 10
    assert {record.status for record in records} <= {"ok", "no_face"}


def test_files_that_are_no_videos(tmp_path, recognizer):
    text = tmp_path / "text.mp4"
    text.write_text("hello " * 500)
    empty = tmp_path / "empty.mp4"
    empty.touch()
    sound = tmp_path / "sound.wav"
    with wave.open(str(sound), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(16000))
    for source, status, message in (
        (text, "unreadable", "text.mp4: not a video"),
        (empty, "unreadable", "empty.mp4: the file is empty"),
        (sound, "unreadable", "sound.wav: the file has no video"),
        (tmp_path / "none.mp4", "missing", "none.mp4: there is no such file"),
        (tmp_path, "unreadable", "Is a directory|Permission denied"),
        (b"", "unreadable", "BytesIO: not a video"),
    ):
        with pytest.raises(VideoReadError, match=message) as caught:
            analyze(source, recognizer)
        assert caught.value.status == status


def test_video_without_frames(write_video, recognizer):
    path = write_video("a.mkv", noisy(3))
    content = path.read_bytes()
    # The header alone.
    with pytest.raises(VideoReadError, match=r"no frame of the video can be read|not a video"):
        list(analyze(content[: content.find(b"\x1f\x43\xb6\x75")], recognizer))


def test_missing_pyav_names_the_extra(frames, recognizer, tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(ImportError, match=r'pip install "fertools\[video\]"'):
        analyze(tmp_path / "a.mp4", recognizer)
    assert len(list(analyze(frames, recognizer))) == 24


def test_names_that_look_like_protocols_are_files(frames, write_video, recognizer, monkeypatch):
    path = write_video("a.mp4", frames)
    monkeypatch.chdir(path.parent)
    path.rename("concat:a|b.mp4")
    assert len(list(analyze("concat:a|b.mp4", recognizer))) == 24


@pytest.mark.parametrize(
    "content",
    [
        "ffconcat version 1.0\nfile a.mp4\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\na.mp4\n#EXT-X-ENDLIST\n",
    ],
)
def test_playlists_open_no_other_files(content, frames, write_video, recognizer, monkeypatch):
    path = write_video("a.mp4", frames)
    monkeypatch.chdir(path.parent)
    (path.parent / "list.m3u8").write_text(content)
    with pytest.raises(VideoReadError):
        list(analyze("list.m3u8", recognizer))
