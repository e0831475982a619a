"""Annotated videos play in a browser."""

import shutil

import numpy as np
import pytest

from fertools.video import annotate_video

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PLAY = """async source => {
    const video = document.createElement("video");
    video.muted = true;
    document.body.append(video);
    video.src = source;
    await new Promise((resolve, reject) => {
        video.onended = resolve;
        video.onerror = () => reject(video.error.message);
        video.play().catch(reject);
    });
    return [video.duration, video.videoWidth, video.videoHeight, video.currentTime];
}"""


@pytest.fixture(scope="module")
def page():
    """Return a page of headless Chromium, or skip the test."""
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


@pytest.mark.parametrize("name", ["out.mp4", "out.webm"])
def test_annotated_video_plays_to_its_end(name, page, frames, write_video, tmp_path, recognizer):
    times = (np.cumsum([40, 10, 120, 33] * 6) - 40).tolist()
    path = write_video("a.mp4", frames, times=times, sound="aac")
    annotate_video(path, tmp_path / name, recognizer)
    (tmp_path / "page.html").write_text("<!doctype html><title>video</title><body></body>")
    page.goto((tmp_path / "page.html").as_uri())
    duration, width, height, end = page.evaluate(PLAY, name)
    # The sound is a little longer than the last frame.
    assert duration == pytest.approx(times[-1] / 1000, abs=0.15) == end
    assert (width, height) == (384, 288)
