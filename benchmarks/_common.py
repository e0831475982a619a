"""Environment, results files and timing of the benchmarks."""

import json
import os
import platform
import statistics
import subprocess
import time
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from threadpoolctl import threadpool_info

RESULTS = Path(__file__).parent / "results"
# Networks with an ImageNet backbone; the tables mark those trained without its weights.
TRANSFER = ("mobilenet_v2", "vgg16", "resnet50_v2", "inception_resnet_v2")
_PACKAGES = (
    "fertools",
    "numpy",
    "scipy",
    "scikit-learn",
    "scikit-image",
    "opencv-python",
    "opencv-python-headless",
    "av",
    "mahotas",
    "numba",
    "scikit-lego",
    "joblib",
    "fastapi",
    "uvicorn",
    "keras",
    "tensorflow-cpu",
    "tensorflow",
    "torch",
    "jax",
    "jax-cuda13-plugin",
)


def _versions():
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _processor():
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _memory_gib():
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (ValueError, OSError, AttributeError):
        return None


def _git(*command):
    folder = Path(__file__).parent.parent
    return subprocess.run(
        ["git", *command], cwd=folder, capture_output=True, text=True, check=False
    ).stdout.strip()


def _commit():
    """Return the hash of the commit, or None; "-dirty" follows if Python files differ from it."""
    commit = _git("rev-parse", "--short", "HEAD")
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", "*.py")
    return f"{commit}-dirty" if changed else commit or None


def environment():
    """Return versions, hardware, threads and commit as a JSON-ready dict."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "commit": _commit(),
        "versions": _versions(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": _memory_gib(),
        "blas": sorted(
            {
                f"{p['internal_api']} {p['version']}, {p['num_threads']} threads"
                for p in threadpool_info()
            }
        ),
    }


def accelerator():
    """Return the name of the GPU that the driver reports, or None."""
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return done.stdout.strip() or None


def peak_memory_gib():
    """Return the peak memory of this process, in GiB."""
    import resource

    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)


def median_seconds(function, repeats=5):
    """Return minimum, median and maximum seconds of `repeats` calls, after a warm-up call."""
    function()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return {"min": min(seconds), "median": statistics.median(seconds), "max": max(seconds)}


def write_result(name, result, folder=RESULTS):
    """Write ``folder/name.json`` with the environment added, and return its path."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"environment": environment(), **result}, indent=1) + "\n")
    return path


def read_result(name, folder=RESULTS):
    """Return the result written by `write_result`, or None if there is none."""
    path = Path(folder) / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else None


def is_complete(name, folder=RESULTS):
    """Return whether a network was trained to the end of its schedule.

    A method without a result of fer2013_neural.py is no network, and complete.
    """
    result = read_result(f"neural_{name}", folder)
    return result is None or result["complete"]


def drawing():
    """Return pyplot, set up to draw without a screen and to write reproducible SVG files."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams.update({"svg.hashsalt": "fertools", "svg.fonttype": "none"})
    from matplotlib import pyplot

    return pyplot
