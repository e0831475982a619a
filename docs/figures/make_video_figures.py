"""Draw the pictures of the page on videos from photos of london.zip.

Usage: FERTOOLS_DATA=folder python docs/figures/make_video_figures.py
"""

import os
import sys
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
from _video_scenes import LENGTH, load_people, scene_frames  # noqa: E402

from fertools.plotting import ExpressionTimelineDisplay  # noqa: E402
from fertools.video import analyze  # noqa: E402
from fertools.video._picture import draw_records  # noqa: E402

# A smile that has just begun shows later, through the smoothing.
SHOWN = (76, 155, 170, 178)


def main():
    """Write docs/_static/video_frames.jpg and docs/_static/video_timeline.png."""
    matplotlib.use("Agg")
    people = load_people(Path(os.environ["FERTOOLS_DATA"]) / "london.zip", 2)
    images = [image for image, _ in scene_frames(people, LENGTH)]
    records = list(analyze(images, "fast"))
    pictures = [
        draw_records(images[number], [r for r in records if r.frame == number])[60:380]
        for number in SHOWN
    ]
    strip = np.vstack([np.hstack(pictures[:2]), np.hstack(pictures[2:])])
    Image.fromarray(strip).save(ROOT / "docs/_static/video_frames.jpg", quality=85)
    # Boxes that are no faces vanish after a few frames.
    counts = {}
    for record in records:
        counts[record.track] = counts.get(record.track, 0) + 1
    n_faces = sum(n >= 5 for track, n in counts.items() if track is not None)
    display = ExpressionTimelineDisplay.from_records(records, max_faces=n_faces)
    display.figure_.savefig(ROOT / "docs/_static/video_timeline.png", dpi=150)


if __name__ == "__main__":
    main()
