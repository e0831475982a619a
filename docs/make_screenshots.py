"""Take the pictures of the web page and of a comparison report, with headless Chromium.

    python docs/make_screenshots.py [--out FOLDER] [--chromium FILE]

The photo is the portrait of the astronaut Eileen Collins by NASA, which scikit-image contains. The
report compares pipelines on drawn faces.
"""

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright
from skimage.data import astronaut

from fertools.datasets import make_faces
from fertools.evaluation import compare
from fertools.pipeline import make_fer_pipeline
from fertools.reports import write_comparison_report

OUT = Path(__file__).parent / "_static"
# Name: width in pixels, color scheme.
VIEWS = {"wide": (1400, "light"), "dark": (1400, "dark"), "narrow": (400, "light")}


@contextmanager
def running_page():
    """Run the page and yield its address."""
    command = [sys.executable, "-m", "fertools", "app", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().split()[1]
        finally:
            process.send_signal(signal.SIGINT)


def write_files(folder):
    """Write a photo, and an archive with a broken one."""
    picture = Image.fromarray(astronaut())
    picture.save(folder / "astronaut.jpg", quality=95)
    content = (folder / "astronaut.jpg").read_bytes()
    with zipfile.ZipFile(folder / "photos.zip", "w") as archive:
        archive.writestr("astronaut.jpg", content)
        archive.writestr("cut_short.jpg", content[:3000])


def write_report(folder):
    """Compare pipelines on drawn faces, and return the page of the report."""
    faces = make_faces(280, random_state=0)
    methods = {
        f"{features}, {classifier}": make_fer_pipeline(
            features, selector="anova", n_features=300, classifier=classifier, calibrated=True
        )
        for features in ("lbp", "dct")
        for classifier in ("svm", "knn")
    }
    return write_comparison_report(compare(methods, faces), folder, faces)


def save(page, path, full_page=True):
    """Save the whole page, or the part that is visible."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(800)  # the end of all transitions
    picture = Image.open(BytesIO(page.screenshot(full_page=full_page, animations="disabled")))
    picture.convert("RGB").save(path, quality=85, method=6)
    print(path, picture.size)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT, help="output folder")
    parser.add_argument("--chromium", default=shutil.which("chromium"), help="browser")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, running_page() as url, sync_playwright() as play:
        folder = Path(name)
        write_files(folder)
        browser = play.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])
        for view, (width, scheme) in VIEWS.items():
            size = {"width": width, "height": 900}
            page = browser.new_page(viewport=size, color_scheme=scheme)
            page.goto(url)
            page.locator("#photo input[type=file]").set_input_files(folder / "astronaut.jpg")
            page.get_by_role("heading", name="Face 1: happy").wait_for()
            page.get_by_text("Reason: which parts of the face count").click()
            page.get_by_role("button", name="Show heat map").click()
            page.locator("#heat img").wait_for()
            save(page, options.out / f"app_photo_{view}.webp")
            if view != "dark":
                page.get_by_role("tab", name="Many photos").click()
                page.locator("#uploads input[type=file]").set_input_files(folder / "photos.zip")
                page.get_by_role("button", name="Recognize").click()
                page.get_by_text("1 unusable file.").wait_for()
                save(page, options.out / f"app_batch_{view}.webp")
            page.close()
        page = browser.new_page(viewport={"width": 1000, "height": 1250})
        page.goto(write_report(folder / "report").as_uri())
        save(page, options.out / "comparison_report.webp", full_page=False)
        browser.close()


if __name__ == "__main__":
    main()
