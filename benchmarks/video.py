"""Speed, memory, tracking and smoothing of the analysis of videos.

Writes results/video.json. The test video shows photos of london.zip on a drawn background: people
enter and leave, nobody is there for a while, two are there at once, they cross, and one is hidden
for ten frames. All runs use one thread on one core; the baseline searches and recognizes each frame
anew, and so does the package `fer` where it is installed.
"""

import argparse
import os
import tempfile
import time
from fractions import Fraction
from importlib.util import find_spec
from itertools import islice, pairwise
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from _common import RESULTS, write_result
from _video_scenes import FPS, HIDDEN, LENGTH, SIZE, jittered_face, load_people, scene_frames

from fertools.recognizer import ExpressionRecognizer
from fertools.video import analyze
from fertools.video._analyze import open_frames
from fertools.video._annotate_video import process_video
from fertools.video._frame_analyzer import FrameAnalyzer
from fertools.video._video_writer import VideoWriter

# The middle of a face is above that of its photo by this many pixels, and a box counts for a person
# within this distance.
UP, NEAR = 10, 50


def resident_mib():
    """Return the memory that this process holds now, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def write_test_video(path, people, n_frames):
    """Write the test video and return the faces of each frame."""
    truth = []
    with VideoWriter(path, Fraction(FPS)) as writer:
        for number, (frame, faces) in enumerate(scene_frames(people, n_frames)):
            writer.write(frame, number, Fraction(1, FPS))
            truth.append(faces)
    return truth


class Clock:
    """Time and processor time per frame."""

    def __enter__(self):
        self.start = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *error):
        self.clock = time.perf_counter() - self.start[0]
        self.processor = time.process_time() - self.start[1]

    def per_second(self, n_frames):
        """Return frames per second, and frames per second of processor time."""
        return {"fps": n_frames / self.clock, "fps_processor": n_frames / self.processor}


def measure_speed(path, n_frames, recognizer):
    """Return the speeds on the first frames of the test video."""
    speeds, end = {}, n_frames / FPS
    with Clock() as clock:
        n_records = len({record.frame for record in analyze(path, recognizer, end=end)})
    speeds["analyze"] = clock.per_second(n_records)
    with Clock() as clock:
        list(analyze(path, recognizer, end=end, search_every=1))
    speeds["analyze, whole frame each time"] = clock.per_second(n_records)
    frames = open_frames(path, every=1, start=None, end=end, fps=25, progress=False)
    images = (frame.image for frame in frames)
    with Clock() as clock:
        for image in images:
            recognizer.recognize(image)
    frames.close()
    speeds["recognize each frame"] = clock.per_second(n_records)
    with tempfile.TemporaryDirectory() as folder, Clock() as clock:
        frames = open_frames(path, every=1, start=None, end=end, fps=25, progress=False)
        process_video(frames, FrameAnalyzer(recognizer), out=Path(folder) / "out.mp4")
    speeds["annotate_video"] = clock.per_second(n_records)
    if find_spec("fer") is not None:
        from fer.fer import FER

        peer = FER()
        frames = open_frames(path, every=1, start=None, end=end, fps=25, progress=False)
        with Clock() as clock:
            for frame in frames:
                peer.detect_emotions(frame.image[..., ::-1])
        frames.close()
        speeds["fer"] = clock.per_second(n_records)
    return speeds


def whole_run(path, n_frames, recognizer, marks):
    """Annotate the whole video; return its counts, its memory and its table."""
    memory = {}

    def watch_memory(record):
        if record.frame in marks:
            memory[record.frame] = resident_mib()

    with tempfile.TemporaryDirectory() as folder:
        out, table = Path(folder) / "out.mp4", Path(folder) / "out.csv"
        frames = open_frames(path, every=1, start=None, end=None, fps=25, progress=False)
        analyzer = FrameAnalyzer(recognizer)
        summary = process_video(frames, analyzer, out=out, table=table, sinks=[watch_memory])
        records = pd.read_csv(table)
        written = open_frames(out, every=1, start=None, end=None, fps=25, progress=False)
        n_written = sum(1 for _ in written)
        written.close()
    counts = {
        "in": n_frames,
        "read": summary.n_frames,
        "out": n_written,
        "table": int(records["frame"].nunique()),
    }
    return counts, memory, records


def score_tracking(records, truth):
    """Compare the tracks with the people in the video."""
    seen = records[records["track"].notna()]
    by_frame = dict(iter(seen.groupby("frame")))
    tracks, n_faces, n_found, n_boxes = {}, 0, 0, len(seen)
    n_matched = 0
    for number, faces in enumerate(truth):
        rows = by_frame.get(number)
        # While people cross, one hides the other.
        apart = len(faces) < 2 or abs(faces[0][1] - faces[1][1]) > 130
        for person, x, y in faces:
            is_inside = 80 < x < SIZE[1] - 80
            if not (apart and is_inside):
                continue
            n_faces += 1
            if rows is None:
                continue
            across = rows["x"] + rows["width"] / 2 - x
            down = rows["y"] + rows["height"] / 2 - (y - UP)
            distance = np.hypot(across, down).to_numpy()
            if distance.min() < NEAR:
                n_found += 1
                track = int(rows["track"].to_numpy()[distance.argmin()])
                tracks.setdefault(person, []).append((number % LENGTH, track))
    for number, faces in enumerate(truth):
        for _, row in by_frame.get(number, seen.iloc[:0]).iterrows():
            middle = row["x"] + row["width"] / 2, row["y"] + row["height"] / 2
            n_matched += any(np.hypot(middle[0] - x, middle[1] - y) < 80 for _, x, y in faces)

    def survived(person, before, after):
        early = [track for step, track in tracks.get(person, []) if step < before]
        late = [track for step, track in tracks.get(person, []) if step >= after]
        return bool(early and late) and early[-1] == late[0]

    first = [person for person in tracks if person % 2 == 0]
    return {
        "people": len(tracks),
        "faces": n_faces,
        "found": n_found,
        "false_boxes": n_boxes - n_matched,
        "boxes": n_boxes,
        "one_number": sum(len({track for _, track in found}) == 1 for found in tracks.values()),
        "gaps": len(first),
        "gaps_survived": sum(survived(person, *HIDDEN) for person in first),
        "crossings": len(tracks),
        "crossings_survived": sum(survived(person, 170, 195) for person in tracks),
    }


def _changes(labels):
    return sum(a != b for a, b in pairwise(labels))


def measure_flicker(people, n_frames, recognizer):
    """Count changes of the label of a jittered still face, raw and smoothed."""
    totals = {"raw": 0, "exponential": 0, "window": 0}
    photos = [photo for pair in people for photo in pair]
    for number, photo in enumerate(photos):
        images = list(jittered_face(photo, n_frames, number))
        for smoothing in ("exponential", "window"):
            found = analyze(images, recognizer, smoothing=smoothing)
            records = [record for record in found if record.track == 1]
            totals[smoothing] += _changes([record.expression for record in records])
            if smoothing == "window":
                raw = [record.raw_probabilities for record in records]
                totals["raw"] += _changes([max(one, key=one.get) for one in raw])
    return {"faces": len(photos), "frames": n_frames, "changes": totals}


def main(argv=None):
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    data = Path(os.environ.get("FERTOOLS_DATA", "data")) / "london.zip"
    parser.add_argument("--data", type=Path, default=data)
    parser.add_argument("--frames", type=int, default=3010)
    parser.add_argument("--timed-frames", type=int, default=600)
    parser.add_argument("--people", type=int, default=22)
    parser.add_argument("--flicker-people", type=int, default=20)
    parser.add_argument("--flicker-frames", type=int, default=100)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args(argv)
    cv2.setNumThreads(1)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    people = load_people(options.data, max(options.people, options.flicker_people))
    recognizer = ExpressionRecognizer("fast")
    list(analyze(islice(jittered_face(people[0][0], 2), 2), recognizer))  # compile
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test.mp4"
        truth = write_test_video(path, people[: options.people], options.frames)
        n_timed = min(options.timed_frames, options.frames)
        speeds = measure_speed(path, n_timed, recognizer)
        marks = (min(300, options.frames // 10), min(3000, options.frames - 1))
        counts, memory, records = whole_run(path, options.frames, recognizer, marks)
    result = {
        "size": SIZE,
        "timed_frames": n_timed,
        "speed": speeds,
        "ratio": {
            name: speed["fps_processor"] / speeds["recognize each frame"]["fps_processor"]
            for name, speed in speeds.items()
        },
        "load_average": round(os.getloadavg()[0], 1),
        "frames": counts,
        "memory_mib": memory,
        "tracking": score_tracking(records, truth),
        "flicker": measure_flicker(
            people[: options.flicker_people], options.flicker_frames, recognizer
        ),
    }
    print(write_result("video", result, options.out))


if __name__ == "__main__":
    main()
