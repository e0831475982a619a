"""The page in headless Chromium, with everything outside of it blocked."""

import re
import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from fertools.app._video import video_is_available

sync_api = pytest.importorskip("playwright.sync_api", exc_type=ImportError)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")


@pytest.fixture(scope="module")
def browser():
    camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", *camera]
        )
        yield browser
        browser.close()


@pytest.fixture
def outside():
    """Return a list that receives the addresses of requests to other servers."""
    return []


@pytest.fixture
def page(browser, page_url, outside):
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(20_000)
    page, problems = context.new_page(), []

    def answer(route):
        if route.request.url.startswith(f"{page_url}/"):
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    page.route("**/*", answer)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda line: "Content Security Policy" in line.text and problems.append(line.text),
    )
    page.goto(page_url)
    page.get_by_text("Drop a photo here").wait_for()
    yield page
    context.close()
    assert not problems


@pytest.fixture
def files(photo, tmp_path):
    """Return a folder with a photo, a text file named .jpg, a large file and an archive."""
    (tmp_path / "astronaut.jpg").write_bytes(photo)
    (tmp_path / "text.jpg").write_text("just text")
    with (tmp_path / "large.jpg").open("wb") as file:
        file.truncate(200 * 2**20)
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("good.jpg", photo)
        archive.writestr("broken.jpg", photo[:2000])
    return tmp_path


def choose(page, area, path):
    page.locator(f"#{area} input[type=file]").set_input_files(path)


def test_photo_has_boxes_bars_and_a_heat_map(page, files, outside):
    for text in ("People whose faces you analyze must be informed", "Limits of fast."):
        page.get_by_text(text).wait_for()
    choose(page, "photo", files / "astronaut.jpg")
    page.get_by_role("heading", name="Face 1: happy").wait_for()
    assert page.locator(".fer-row").count() == 7
    assert page.locator(".fer-answer .fer-name").inner_text() == "happy"
    # The picture with the box is complete.
    picture = page.locator("#picture img")
    picture.wait_for()
    assert picture.evaluate("async image => { await image.decode(); return image.naturalWidth }")
    page.get_by_text("Reason: which parts of the face count").click()
    page.get_by_role("button", name="Show heat map").click()
    heat = page.locator("#heat img")
    heat.wait_for()
    assert heat.evaluate("async image => { await image.decode(); return image.naturalWidth }")
    page.get_by_text(re.compile("Face 1, happy [0-9]+%: orange parts")).wait_for()
    # Fonts, styles and scripts came from the page itself.
    assert not outside
    fonts = page.evaluate(
        "getComputedStyle(document.querySelector('.gradio-container')).fontFamily"
    )
    assert "system-ui" in fonts
    assert page.evaluate("document.styleSheets.length") > 0


def test_another_model_gives_its_own_answer(page, files):
    choose(page, "photo", files / "astronaut.jpg")
    page.get_by_role("heading", name="Face 1: happy").wait_for()
    page.get_by_role("listbox", name="Model").or_(page.get_by_label("Model").first).first.click()
    page.get_by_role("option", name="accurate").click()
    page.get_by_text("Limits of accurate.").wait_for()
    page.get_by_role("tab", name="Model card").click()
    page.get_by_role("heading", name="Model card: accurate").wait_for()


def test_wrong_files_get_a_message(page, files):
    choose(page, "photo", files / "text.jpg")
    page.get_by_text("text.jpg: not an image that can be decoded.").wait_for()
    page.get_by_label("Remove Image").click()
    page.get_by_text("Upload a photo, paste one").wait_for()
    choose(page, "photo", files / "large.jpg")
    page.get_by_text("exceed the maximum allowed size of 4").wait_for()


def test_camera_takes_a_photo(page):
    page.get_by_label("Capture from camera").click()
    page.get_by_text("Click to Access Webcam").click()
    page.wait_for_function("document.querySelector('#photo video')?.videoWidth > 0")
    page.get_by_label("capture photo").click()
    page.get_by_text("no face was found").wait_for()


def test_archive_becomes_a_table(page, files, outside):
    page.get_by_role("tab", name="Many photos").click()
    choose(page, "uploads", files / "photos.zip")
    page.get_by_text("photos.zip").first.wait_for()
    page.get_by_role("button", name="Recognize").click()
    page.get_by_text("1 photo, 1 face, 1 unusable file.").wait_for()
    assert page.locator("#table tbody tr").count() == 2
    with page.expect_download() as download:
        page.get_by_role("button", name="Download table (CSV)").click()
    table = pd.read_csv(Path(download.value.path())).set_index("source")
    assert table.loc["photos.zip/good.jpg", "expression"] == "happy"
    assert table.loc["photos.zip/broken.jpg", "status"] == "unreadable"
    assert "damaged" in table.loc["photos.zip/broken.jpg", "reason"]
    assert not outside


@pytest.mark.skipif(not video_is_available(), reason="needs PyAV")
def test_video_is_annotated(page, files):
    from skimage.data import astronaut

    from fertools.video import annotate_video

    annotate_video([astronaut()] * 5, files / "video.mp4", fps=5)
    (files / "list.mp4").write_text("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/x.ts\n")
    page.get_by_role("tab", name="Video").click()
    choose(page, "video_upload", files / "list.mp4")
    page.get_by_text("list.mp4").first.wait_for()
    page.get_by_role("button", name="Recognize in video").click()
    page.get_by_text("not a video of one of these formats").wait_for()
    page.get_by_label("Clear").first.click()
    choose(page, "video_upload", files / "video.mp4")
    page.get_by_text("video.mp4").first.wait_for()
    page.get_by_role("button", name="Recognize in video").click()
    page.get_by_text("5 frames in 0.8 s, 5 of them with a face; 1 face.").wait_for()
    page.wait_for_function("document.querySelector('#video video')?.duration > 0.7")
