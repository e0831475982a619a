"""Memory, prediction time and model size of an estimator."""

from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import cv2
from threadpoolctl import threadpool_limits

from ..exceptions import ModelFileError
from ..persistence import save

# Numbers of images predicted one by one and as a batch, and of repetitions of the batch.
_N_SINGLE, _N_BATCH, _N_REPEATS = 20, 128, 3
_PROC = Path("/proc/self")


@contextmanager
def memory_peak():
    """Measure the peak of additional memory of this process in MiB.

    Yields
    ------
    dict
        On exit, "mib" is the peak of the resident memory minus the resident memory at the start;
        None on systems other than Linux.
    """
    peak = {"mib": None}
    try:
        # Resets the recorded peak.
        (_PROC / "clear_refs").write_text("5")
        before = _peak_kib()
    except OSError:
        yield peak
        return
    yield peak
    peak["mib"] = (_peak_kib() - before) / 1024


def _peak_kib():
    for line in (_PROC / "status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise OSError("VmHWM not found in /proc/self/status.")


def _milliseconds_per_image(predict, batches):
    """Return the median time per image over the batches, in milliseconds."""
    times = []
    for images in batches:
        start = perf_counter()
        predict(images)
        times.append(1000 * (perf_counter() - start) / len(images))
    return median(times)


@contextmanager
def single_thread(estimator):
    """Limit BLAS, OpenMP, OpenCV and every `n_jobs` of an estimator to one thread."""
    parameters = estimator.get_params()
    jobs = {name: n for name, n in parameters.items() if name.split("__")[-1] == "n_jobs"}
    n_threads = cv2.getNumThreads()
    estimator.set_params(**dict.fromkeys(jobs, 1))
    cv2.setNumThreads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        cv2.setNumThreads(n_threads)
        estimator.set_params(**jobs)


def model_bytes(estimator):
    """Return the size of the saved model, or None if `fertools.persistence` cannot save it."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "model.fer")
        try:
            save(estimator, path)
        except ModelFileError:
            return None
        return path.stat().st_size


def measure_costs(estimator, images):
    """Measure prediction time and model size of a fitted estimator.

    Parameters
    ----------
    estimator : estimator
        Fitted classifier of images.
    images : ndarray of shape (n_images, ...)
        Test images; the first 128 are used.

    Returns
    -------
    dict
        `ms_one` and `ms_batch`, milliseconds per face on one thread, as the median of 20 single
        predictions and of 3 batch predictions; `threads`, which is 1; `model_bytes`.
    """
    images = images[:_N_BATCH]
    single = [images[k : k + 1] for k in range(min(_N_SINGLE, len(images)))]
    with single_thread(estimator):
        estimator.predict(single[0])  # Warm up.
        ms_one = _milliseconds_per_image(estimator.predict, single)
        ms_batch = _milliseconds_per_image(estimator.predict, [images] * _N_REPEATS)
    size = model_bytes(estimator)
    return {"ms_one": ms_one, "ms_batch": ms_batch, "threads": 1, "model_bytes": size}
