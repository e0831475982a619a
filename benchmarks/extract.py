"""Rate, memory and bytes of `fertools.batch.extract` on generated JPEG files.

Writes results/extract.json. Faces are drawn in images of 96 x 96 pixels, with gray around them.
The rate is measured with two processes, from the files to the stored features and predictions of
the model "fast"; the profile with one. The same bytes are checked on the first images.

    python benchmarks/extract.py [--images N] [--out FOLDER] [--scratch FOLDER]
"""

import argparse
import cProfile
import hashlib
import pstats
import shutil
import tempfile
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import psutil
from _common import RESULTS, write_result
from joblib import Parallel, delayed, parallel_config

from fertools.batch import extract, read_index
from fertools.datasets import make_faces

N_BYTES = 2_000  # images whose stores are compared
# Cumulative times of these functions, by file and name, are the stages of the profile.
STAGES = {
    "read and decode": ("_sources.py", "decode"),
    "find faces": ("_recognizer.py", "_find"),
    "crop and refine": ("_recognizer.py", "_crops"),
    "features and probabilities": ("_features.py", "describe_crops"),
    "write the arrays": ("_store.py", "write_chunk"),
    "write the index": ("_index.py", "write_part"),
}


def write_images(folder, n, per_folder=5000):
    """Write n JPEG files of drawn faces, many from each drawn face."""

    def write(first):
        rng = np.random.default_rng(first)
        faces = make_faces(100, random_state=first)
        place = folder / f"{first // per_folder:05d}"
        place.mkdir(exist_ok=True, parents=True)
        for number in range(first, min(first + 1000, n)):
            image = np.full((96, 96), rng.integers(60, 200), np.uint8)
            y, x = rng.integers(4, 20, 2)
            image[y : y + 72, x : x + 72] = cv2.resize(faces.images[number % 100], (72, 72))
            noise = rng.normal(0, 4, image.shape)
            image = (image + noise).clip(0, 255).astype(np.uint8)
            data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
            (place / f"{number:07d}.jpg").write_bytes(data.tobytes())

    Parallel(n_jobs=2, prefer="threads")(delayed(write)(first) for first in range(0, n, 1000))


class Memory:
    """Memory of a process and its children in MiB, sampled every second."""

    def __enter__(self):
        self.samples, self._stop = [], threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def _run(self):
        process, is_stopped = psutil.Process(), False
        while not is_stopped:
            total = 0
            for each in [process, *process.children(recursive=True)]:
                try:
                    total += each.memory_full_info().uss
                except psutil.Error:
                    continue
            self.samples.append(total / 2**20)
            is_stopped = self._stop.wait(1)

    def __exit__(self, *exception):
        self._stop.set()
        self._thread.join()


def digest(store):
    """Return a hash of all files of a store and their names."""
    found = hashlib.sha256()
    for path in sorted(p for p in Path(store).rglob("*") if p.is_file()):
        found.update(str(path.relative_to(store)).encode() + path.read_bytes())
    return found.hexdigest()


def profile(source, store):
    """Return the seconds of each stage of a run in one process, which has loaded the model."""
    extract(source, store.with_name("warm"))
    profiler = cProfile.Profile()
    summary = profiler.runcall(extract, source, store)
    stats = pstats.Stats(profiler).stats
    seconds = {
        stage: sum(
            times[3] for (path, _, name), times in stats.items() if (Path(path).name, name) == place
        )
        for stage, place in STAGES.items()
    }
    return seconds | {"total": summary.seconds}


def same_bytes(source, scratch):
    """Return whether threads, processes and a Dask cluster write the same bytes."""
    from distributed import Client, LocalCluster

    digests = {}
    extract(source, scratch / "one")
    digests["one thread"] = digest(scratch / "one")
    with parallel_config(backend="loky", n_jobs=2):
        extract(source, scratch / "processes")
    digests["two processes"] = digest(scratch / "processes")
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with cluster, Client(cluster), parallel_config(backend="dask"):
        extract(source, scratch / "dask")
    digests["Dask cluster of two workers"] = digest(scratch / "dask")
    return digests


def main(argv=None):
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--out", default=RESULTS)
    parser.add_argument("--scratch", type=Path, help="folder for images and stores")
    arguments = parser.parse_args(argv)
    scratch = Path(tempfile.mkdtemp(dir=arguments.scratch))
    try:
        images, few = scratch / "images", scratch / "few"
        write_images(images, arguments.images)
        write_images(few, min(N_BYTES, arguments.images))
        digests = same_bytes(few, scratch)
        stages = profile(few, scratch / "profile")
        start = time.perf_counter()
        with Memory() as memory, parallel_config(backend="loky", n_jobs=2):
            summary = extract(images, scratch / "all")
        seconds = time.perf_counter() - start
        tenth = max(1, len(memory.samples) // 10)
        # The first tenth begins when both processes have loaded the model.
        first = memory.samples[tenth : 2 * tenth] or memory.samples
        size = sum(p.stat().st_size for p in (scratch / "all").rglob("*") if p.is_file())
        result = {
            "images": arguments.images,
            "processes": 2,
            "seconds": seconds,
            "images_per_second": summary.n_inputs / seconds,
            "statuses": summary.statuses,
            "faces_found": float(
                (read_index(scratch / "all", columns=["face"])["face"] >= 0).mean()
            ),
            "bytes_per_image": size / summary.n_inputs,
            "memory_mib": {
                "second_tenth": float(np.median(first)),
                "last_tenth": float(np.median(memory.samples[-tenth:])),
            },
            "profile_seconds": stages,
            "profiled_images": min(N_BYTES, arguments.images),
            "same_bytes": len(set(digests.values())) == 1,
            "compared": list(digests),
        }
        print(write_result("extract", result, arguments.out))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
