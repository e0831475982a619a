"""Uploaded videos."""

import pytest

from fertools.app._video import annotate_upload, has_known_format


@pytest.mark.parametrize(
    ("head", "is_known"),
    [
        (b"\x00\x00\x00\x20ftypisom", True),
        (b"\x1a\x45\xdf\xa3 matroska", True),
        (b"RIFF\x00\x00\x00\x00AVI LIST", True),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", False),
        (b"#EXTM3U\nhttp://127.0.0.1/", False),
        (b"ffconcat version 1.0\nfile /etc/passwd", False),
        (b"", False),
    ],
)
def test_only_formats_without_references_are_opened(head, is_known, tmp_path):
    path = tmp_path / "video.mp4"
    path.write_bytes(head)
    assert has_known_format(path) == is_known
    if not is_known:
        with pytest.raises(ValueError, match="not a video of one of these formats"):
            annotate_upload(None, path, tmp_path)
